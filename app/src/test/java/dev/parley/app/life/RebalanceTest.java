package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.proxy.loop.Transport;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What lasts moves to endpoints that came later, where a service asks for it. */
class RebalanceTest {
    private static final String FAST = "rebalance: { per_minute: 100%, least_age: 0s, tolerance: 0% }";

    private static final int MANY = 300;

    private static String serving(String protocol, String service, String... endpoints) {
        return """
            drain: 2s
            listeners: { edge: { port: 0, protocol: %s } }
            services: { s: { endpoints: [%s], %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(protocol, String.join(", ", endpoints), service);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void connectionsEndInOrderAndBeginAnewAtTheNewEndpoint(Transport transport) throws Exception {
        try (EchoServer old = EchoServer.start();
                EchoServer fresh = EchoServer.start();
                LiveProxy proxy = LiveProxy.start(serving("tcp", FAST, old.endpoint()), transport)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                RawClient client = proxy.connect("edge");
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
                clients.add(client);
            }
            proxy.apply(serving("tcp", FAST, old.endpoint(), fresh.endpoint()));
            // All of them a minute: each second one of sixty.
            await().atMost(Bounds.WAIT).until(() -> fresh.openConnections() + reconnect(proxy, clients) >= 10);
            assertThat(rebalanced(proxy)).isBetween(10.0, 60.0);
            for (RawClient client : clients) {
                client.close();
            }
            assertThat(proxy.awaitLogged("\"rebalanced\"")).contains("\"outcome\":\"tunnelled\"");
            proxy.requireNothingIsLeft();
        }
    }

    /** Makes anew what was ended; each that was ended read an orderly end and no reset. */
    private static int reconnect(LiveProxy proxy, List<RawClient> clients) throws IOException {
        int moved = 0;
        for (int i = 0; i < clients.size(); i++) {
            RawClient client = clients.get(i);
            if (!client.staysSilentFor(Duration.ofMillis(1))) {
                assertThat(client.readToEnd()).as("an orderly end").isEmpty();
                client.close();
                RawClient again = proxy.connect("edge");
                assertThat(again.send("again").readText(5)).isEqualTo("again");
                clients.set(i, again);
                moved++;
            }
        }
        return moved;
    }

    private static double rebalanced(LiveProxy proxy) throws IOException {
        return proxy.scrape()
                .lines()
                .filter(line -> line.startsWith("parley_service_rebalanced_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    @Test
    void sessionsGoToTheNewEndpointWithTheirNextDatagram() throws Exception {
        try (DatagramServer old = DatagramServer.start("old ");
                DatagramServer fresh = DatagramServer.start("new ");
                LiveProxy proxy = LiveProxy.start(serving("udp", FAST, old.endpoint()))) {
            List<DatagramClient> clients = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("edge"));
                assertThat(client.ask("x")).isEqualTo("old x");
                clients.add(client);
            }
            proxy.apply(serving("udp", FAST, old.endpoint(), fresh.endpoint()));
            await().atMost(Bounds.WAIT).until(() -> {
                int moved = 0;
                for (DatagramClient client : clients) {
                    moved += client.ask("y").equals("new y") ? 1 : 0;
                }
                return moved >= 10;
            });
            for (DatagramClient client : clients) {
                client.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void nothingMovesWhereNobodyAskedForIt() throws Exception {
        try (EchoServer old = EchoServer.start();
                EchoServer fresh = EchoServer.start();
                LiveProxy proxy = LiveProxy.start(serving("tcp", "rebalance: 100%", old.endpoint()));
                RawClient client = proxy.connect("edge");
                RawClient other = proxy.connect("edge")) {
            assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            assertThat(other.send("hello").readText(5)).isEqualTo("hello");
            // Younger than least_age, and then not asked for at all.
            proxy.apply(serving("tcp", "rebalance: 100%", old.endpoint(), fresh.endpoint()));
            proxy.apply(serving("tcp", "retries: 1", old.endpoint(), fresh.endpoint()));
            assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            assertThat(other.send("hello").readText(5)).isEqualTo("hello");
            assertThat(rebalanced(proxy)).isZero();
        }
    }
}
