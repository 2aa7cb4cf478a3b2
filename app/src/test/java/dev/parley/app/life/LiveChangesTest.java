package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of the configuration while requests flow: no client of what stays may notice. */
class LiveChangesTest {
    private static final int CLIENTS = 8;
    /** Requests between two changes, so that each change meets traffic. */
    private static final int SOME = 50;
    /** Changes in a row; bench/changes asks for the full thousand. */
    private static final int CHANGES = Integer.getInteger("parley.changes", 200);

    private NamedServer a;
    private NamedServer b;
    private int port;

    @BeforeEach
    void start() throws IOException {
        a = NamedServer.start("a");
        b = NamedServer.start("b");
        port = LiveProxy.freePort();
    }

    @AfterEach
    void stop() throws IOException {
        a.close();
        b.close();
    }

    /** One listener, one route, one service of these endpoints, and what else is given. */
    private String serving(String listener, String endpoints, String balance) {
        return """
            drain: 5s
            listeners:
              %s: { port: %d }
            services:
              s: { endpoints: [%s], balance: { %s } }
            routes:
              r: { listener: %s, path: /, to: s }
            """.formatted(listener, port, endpoints, balance, listener);
    }

    @Test
    void endpointsComeAndGoUnderLoad() throws IOException {
        String both = serving("edge", a.endpoint() + ", " + b.endpoint(), "");
        String one = serving("edge", a.endpoint(), "");
        try (LiveProxy proxy = LiveProxy.start(both);
                Load load = Load.on(port, "/", CLIENTS)) {
            for (int i = 0; i < 10; i++) {
                load.awaitMoreBy("b", 20);
                proxy.apply(one);
                load.awaitMoreBy("a", 20);
                proxy.apply(both);
            }
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void everyWayOfBalancingTakesOverUnderLoad() throws IOException {
        String both = a.endpoint() + ", { address: " + b.endpoint() + ", weight: 3 }";
        try (LiveProxy proxy = LiveProxy.start(serving("edge", both, ""));
                Load load = Load.on(port, "/", CLIENTS)) {
            for (String kind :
                    new String[] {"least_request", "round_robin", "random", "maglev", "ring_hash", "p2c_ewma"}) {
                proxy.apply(serving("edge", both, "algorithm: " + kind));
                load.awaitMore(SOME);
            }
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aListenerIsRenamedAtItsAddressUnderLoad() throws IOException {
        try (LiveProxy proxy = LiveProxy.start(serving("edge", a.endpoint(), ""));
                RawClient idle = proxy.connect("edge");
                Load load = Load.on(port, "/", CLIENTS)) {
            for (int i = 0; i < 10; i++) {
                load.awaitMore(SOME);
                proxy.apply(serving("front" + i, a.endpoint(), ""));
            }
            load.requireNoFailure();
            idle.close();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void servicesRoutesAndListenersComeAndGoBesideWhatStays() throws IOException {
        String stays = serving("edge", a.endpoint(), "");
        String more = """
            drain: 5s
            listeners:
              edge: { port: %d }
              second: { port: 0 }
            services:
              s: { endpoints: [%s] }
              t: { endpoints: [%s], balance: { algorithm: maglev } }
            routes:
              r: { listener: edge, path: /, to: s }
              other: { listener: edge, path: /other, to: t }
              second: { listener: second, path: /, to: t }
            """.formatted(port, a.endpoint(), b.endpoint());
        try (LiveProxy proxy = LiveProxy.start(stays);
                Load load = Load.on(port, "/", CLIENTS)) {
            for (int i = 0; i < 5; i++) {
                proxy.apply(more);
                try (Load other = Load.on(port, "/other", 2);
                        Load second = Load.on(proxy.port("second"), "/", 2)) {
                    other.awaitMoreBy("b", 50);
                    second.awaitMoreBy("b", 50);
                    other.requireNoFailure();
                    second.requireNoFailure();
                }
                load.awaitMore(SOME);
                proxy.apply(stays);
                load.awaitMore(SOME);
            }
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aRequestUnderWayAtAMovedPortIsStillAnswered() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin origin = Origin.answering(Answer.after(held).then(Answer.ok("late")));
                LiveProxy proxy = LiveProxy.start(serving("edge", origin.endpoint(), ""));
                RawClient client = proxy.connect("edge")) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            origin.takeRequest();
            int before = port;
            port = LiveProxy.freePort();
            proxy.apply(serving("edge", origin.endpoint(), ""));
            assertThat(proxy.port("edge")).isEqualTo(port);
            assertThatThrownBy(() -> RawClient.connect(before)).isInstanceOf(ConnectException.class);
            held.countDown();
            Reply reply = client.readReply();
            assertThat(reply.body()).isEqualTo("late");
            assertThat(reply.value("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aListenerChangesItsProtocolUnderLoad() throws IOException {
        String http = serving("edge", a.endpoint(), "");
        String tcp = http.replace("port: " + port, "port: " + port + ", protocol: tcp")
                .replace("path: /, ", "");
        String auto = http.replace("port: " + port, "port: " + port + ", protocol: auto");
        try (LiveProxy proxy = LiveProxy.start(http);
                Load load = Load.on(port, "/", CLIENTS)) {
            for (int i = 0; i < 4; i++) {
                for (String next : new String[] {tcp, auto, http}) {
                    load.awaitMore(SOME);
                    proxy.apply(next);
                }
            }
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anAddressThatIsTakenRefusesTheWholeChange() throws IOException {
        try (LiveProxy proxy = LiveProxy.start(serving("edge", a.endpoint(), ""));
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Load load = Load.on(port, "/", CLIENTS)) {
            long revision = proxy.proxy().snapshot().revision();
            int free = LiveProxy.freePort();
            String change = serving("edge", b.endpoint(), "")
                    .replace(
                            "services:",
                            "  first: { port: %d }\n  second: { port: %d }\nservices:"
                                    .formatted(free, taken.getLocalPort()));
            assertThatThrownBy(() -> proxy.apply(change))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("second")
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()))
                    .hasMessageContaining("Another process listens there");
            assertThat(proxy.proxy().snapshot().revision()).isEqualTo(revision);
            assertThatThrownBy(() -> RawClient.connect(free)).isInstanceOf(ConnectException.class);
            load.awaitMore(SOME);
            assertThat(load.answeredBy("b")).isZero();
            // Nothing of the refused change is left where users or the resolver look.
            assertThat(proxy.scrape()).doesNotContain(b.endpoint());
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void manyChangesInARowFailNoRequest() throws IOException {
        String[] variants = {
            serving("edge", a.endpoint() + ", " + b.endpoint(), ""),
            serving("edge", a.endpoint(), "algorithm: least_request"),
            serving("front", b.endpoint() + ", " + a.endpoint(), "algorithm: maglev"),
            serving("edge", b.endpoint(), "algorithm: round_robin")
                    .replace("  s:", "  other:")
                    .replace("to: s", "to: other"),
        };
        try (LiveProxy proxy = LiveProxy.start(variants[0]);
                Load load = Load.on(port, "/", CLIENTS)) {
            load.awaitMore(SOME);
            long before = load.answered();
            long begunNs = System.nanoTime();
            for (int change = 1; change <= CHANGES; change++) {
                proxy.apply(variants[change % variants.length]);
            }
            System.out.printf(
                    "%d changes in %.1f s under load, %d requests meanwhile%n",
                    CHANGES, (System.nanoTime() - begunNs) / 1e9, load.answered() - before);
            load.awaitMore(SOME);
            load.requireNoFailure();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void newTimeoutsHoldForConnectionsThatAreOpenAlready() throws Exception {
        AtomicBoolean silent = new AtomicBoolean();
        try (Origin origin = Origin.start(request -> silent.get() ? Answer.never() : Answer.ok("ok"));
                LiveProxy proxy = LiveProxy.start(serving("edge", origin.endpoint(), ""));
                RawClient client = proxy.connect("edge")) {
            String get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            assertThat(client.send(get).readReply().status()).isEqualTo(200);
            proxy.apply(
                    serving("edge", origin.endpoint(), "").replace("balance: {  }", "timeouts: { response: 200ms }"));
            silent.set(true);
            assertThat(client.send(get).readReply().status()).isEqualTo(504);
            assertThat(origin.connections()).isEqualTo(1);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void whatIsUnderWayAtARemovedEndpointEndsWithinTheDrainTime() throws Exception {
        try (EchoServer origin = EchoServer.start()) {
            String with = """
                drain: 300ms
                listeners: { edge: { port: %d, protocol: tcp } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """;
            try (LiveProxy proxy = LiveProxy.start(with.formatted(port, origin.endpoint()));
                    RawClient client = proxy.connect("edge")) {
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
                proxy.apply(with.formatted(port, a.endpoint()));
                assertThatThrownBy(() -> client.read(1)).isInstanceOf(IOException.class);
                await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
                proxy.requireNothingIsLeft();
            }
        }
    }
}
