package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A service that hangs takes nothing that another needs. */
class BulkheadsTest {
    private static final int HANGING = 300;
    private static final int MOST = 40;

    private static String serving(String hangs, String well) {
        return """
            drain: 1s
            listeners: { edge: { port: 0 } }
            services:
              hangs: { endpoints: ["%s"], connections_per_endpoint: %d, retries: 0 }
              well: { endpoints: ["%s"] }
            routes:
              hangs: { listener: edge, path: /hangs, to: hangs }
              well: { listener: edge, path: /well, to: well }
            """.formatted(hangs, MOST, well);
    }

    @Test
    void whatHangsHoldsItsOwnConnectionsAlone() throws Exception {
        try (Origin hangs = Origin.answering(Answer.never());
                NamedServer well = NamedServer.start("well");
                LiveProxy proxy = LiveProxy.start(serving(hangs.endpoint(), well.endpoint()));
                Load load = Load.on(proxy.port("edge"), "/well", 6)) {
            load.awaitMore(200);
            List<RawClient> waiting = new ArrayList<>();
            for (int i = 0; i < HANGING; i++) {
                waiting.add(proxy.connect("edge").send("GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            int refused = 0;
            for (RawClient client : waiting.subList(HANGING - 50, HANGING)) {
                Reply reply = client.readReply();
                assertThat(reply.status()).as("at once, not queued").isEqualTo(503);
                refused++;
            }
            assertThat(refused).isEqualTo(50);
            assertThat(proxy.endpoint("hangs", 0).connections()).isLessThanOrEqualTo(MOST);
            load.awaitMore(1000);
            assertThat(proxy.endpoint("well", 0).connections())
                    .as("a client has one on each loop at most")
                    .isLessThanOrEqualTo(12);
            assertThat(proxy.endpoint("well", 0).available()).isTrue();
            load.requireNoFailure();
            for (RawClient client : waiting) {
                client.reset();
            }
            await().atMost(Bounds.WAIT).until(() -> proxy.endpoint("hangs", 0).inFlight() == 0);
            proxy.requireNothingIsLeft();
        }
    }

    /** Two services that name one address have each their own connections to it, and their own word of its health. */
    @Test
    void anAddressThatTwoServicesNameIsTwoEndpoints() throws Exception {
        try (Origin both = Origin.start(
                        request -> request.head().startsWith("GET /hangs") ? Answer.never() : Answer.ok("well"));
                LiveProxy proxy = LiveProxy.start(serving(both.endpoint(), both.endpoint()));
                RawClient client = proxy.connect("edge")) {
            List<RawClient> waiting = new ArrayList<>();
            for (int i = 0; i < MOST; i++) {
                waiting.add(proxy.connect("edge").send("GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            await().atMost(Bounds.WAIT).until(() -> proxy.endpoint("hangs", 0).inFlight() > 0);
            for (int i = 0; i < 20; i++) {
                Reply reply =
                        client.send("GET /well HTTP/1.1\r\nHost: x\r\n\r\n").readReply();
                assertThat(reply.status()).isEqualTo(200);
            }
            assertThat(proxy.endpoint("well", 0).connections()).isEqualTo(1);
            for (RawClient each : waiting) {
                each.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void sessionsOfOneServiceDoNotUseUpThoseOfAnother() throws Exception {
        try (DatagramServer silent = DatagramServer.start("");
                DatagramServer well = DatagramServer.start("well ");
                LiveProxy proxy = LiveProxy.start("""
                    drain: 1s
                    listeners: { a: { port: 0, protocol: udp }, b: { port: 0, protocol: udp } }
                    services:
                      silent: { endpoints: [%s], connections_per_endpoint: 3 }
                      well: { endpoints: [%s] }
                    routes: { a: { listener: a, to: silent }, b: { listener: b, to: well } }
                    """.formatted(silent.endpoint(), well.endpoint()))) {
            silent.silent(true);
            List<DatagramClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("a"));
                clients.add(client.send("x"));
            }
            await().atMost(Bounds.WAIT).until(() -> proxy.endpoint("silent", 0).connections() == 3);
            for (int i = 0; i < 20; i++) {
                try (DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("b"))) {
                    assertThat(client.ask("x")).isEqualTo("well x");
                }
            }
            assertThat(proxy.endpoint("silent", 0).connections()).isEqualTo(3);
            for (DatagramClient client : clients) {
                client.close();
            }
        }
    }
}
