package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.proxy.loop.Transport;
import dev.parley.telemetry.metrics.ListenerMetrics.Drop;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams through a proxy: whole, to the right side, and counted. */
class UdpTest {
    private static final Duration SOON = Duration.ofMillis(100);

    private static String to(String service, String listener) {
        return """
            drain: 1s
            listeners: { edge: { port: 0, protocol: udp %s } }
            services: { s: { %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(listener, service);
    }

    private static String to(DatagramServer... servers) {
        return to(endpoints(servers), "");
    }

    private static String endpoints(DatagramServer... servers) {
        List<String> all = new ArrayList<>();
        for (DatagramServer server : servers) {
            all.add(server.endpoint());
        }
        return "endpoints: [" + String.join(", ", all) + "]";
    }

    private static DatagramClient connect(LiveProxy proxy) throws IOException {
        return DatagramClient.connect((InetSocketAddress) proxy.address("edge"));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void carriesDatagramsOfEverySizeWhole(Transport transport) throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(echo), transport);
                DatagramClient client = connect(proxy)) {
            long bytes = 0;
            int[] sizes = {0, 1, 0, 512, 1472, 1473, 9000, 65506, 65507, 0};
            for (int size : sizes) {
                assertThat(client.send(random(size)).receive()).isEqualTo(random(size));
                bytes += size;
            }
            assertThat(proxy.scrape())
                    .contains("parley_listener_received_datagrams_total{listener=\"edge\"} " + sizes.length + ".0")
                    .contains("parley_listener_sent_datagrams_total{listener=\"edge\"} " + sizes.length + ".0")
                    .contains("parley_endpoint_sent_datagrams_total{endpoint=" + echo.endpoint());
            proxy.requireNothingIsLeft();
            assertThat(proxy.awaitLogged("\"udp\""))
                    .contains("\"request_bytes\":" + bytes, "\"response_bytes\":" + bytes)
                    .contains("\"request_datagrams\":" + sizes.length, "\"response_datagrams\":" + sizes.length)
                    .contains("\"outcome\":\"drained\"", "\"client\":\"127.0.0.1\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void eachOfManyClientsHearsItsOwnAnswers(Transport transport) throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(echo), transport)) {
            List<DatagramClient> clients = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                clients.add(connect(proxy));
            }
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < clients.size(); i++) {
                    clients.get(i).send("client " + i + " round " + round);
                }
                for (int i = 0; i < clients.size(); i++) {
                    assertThat(new String(clients.get(i).receive(), java.nio.charset.StandardCharsets.ISO_8859_1))
                            .isEqualTo("client " + i + " round " + round);
                }
            }
            assertThat(echo.peers()).hasSameSizeAs(clients);
            assertThat(proxy.proxy().snapshot().services()).hasSize(1);
            assertThat(proxy.endpoint("s", 0).inFlight()).isEqualTo(clients.size());
            for (DatagramClient client : clients) {
                client.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void carriesIpv6ToBothFamilies() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("::1");
        try (DatagramServer six = DatagramServer.start(new InetSocketAddress(loopback, 0), "six ");
                DatagramServer four = DatagramServer.start("four ");
                LiveProxy proxy =
                        LiveProxy.start(to(endpoints(six, four) + ", balance: round_robin", ", address: \"::1\""))) {
            TreeSet<String> answers = new TreeSet<>();
            for (int i = 0; i < 2; i++) {
                try (DatagramClient client =
                        DatagramClient.connect("::1", new InetSocketAddress(loopback, proxy.port("edge")))) {
                    answers.add(client.ask("x"));
                }
            }
            assertThat(answers).containsExactly("four x", "six x");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void whatIsTooLargeForTheOtherSideIsDroppedAndCounted() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("::1");
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo), ", address: \"::1\""));
                DatagramChannel client = DatagramChannel.open(StandardProtocolFamily.INET6)) {
            // What IPv6 carries, and IPv4 does not: the length of the latter counts its header too.
            client.connect(new InetSocketAddress(loopback, proxy.port("edge")));
            client.write(ByteBuffer.allocate(65527));
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.listenerMetrics("edge").dropped(Drop.TOO_LARGE) == 1);
            assertThat(echo.received()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aSessionStaysWithItsEndpointAndSessionsAreSpread() throws IOException {
        try (DatagramServer a = DatagramServer.start("a");
                DatagramServer b = DatagramServer.start("b");
                LiveProxy proxy = LiveProxy.start(to(endpoints(a, b) + ", balance: least_request", ""))) {
            Map<String, Integer> shares = new HashMap<>();
            List<DatagramClient> open = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                DatagramClient client = connect(proxy);
                open.add(client);
                String first = client.ask("");
                shares.merge(first, 1, Integer::sum);
                for (int again = 0; again < 3; again++) {
                    assertThat(client.ask("")).isEqualTo(first);
                }
            }
            assertThat(shares.get("a")).isBetween(7, 13);
            assertThat(shares.get("b")).isEqualTo(20 - shares.getOrDefault("a", 0));
            for (DatagramClient client : open) {
                client.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"maglev", "ring_hash"})
    void hashingSendsAnAddressToOneEndpoint(String algorithm) throws IOException {
        try (DatagramServer a = DatagramServer.start("a");
                DatagramServer b = DatagramServer.start("b");
                DatagramServer c = DatagramServer.start("c");
                LiveProxy proxy = LiveProxy.start(to(endpoints(a, b, c) + ", balance: " + algorithm, ""))) {
            TreeSet<String> all = new TreeSet<>();
            for (int host = 1; host <= 16; host++) {
                TreeSet<String> ofHost = new TreeSet<>();
                for (int i = 0; i < 3; i++) {
                    try (DatagramClient client =
                            DatagramClient.connect("127.0.0." + host, (InetSocketAddress) proxy.address("edge"))) {
                        ofHost.add(client.ask(""));
                    }
                }
                assertThat(ofHost).hasSize(1);
                all.addAll(ofHost);
            }
            assertThat(all).containsExactly("a", "b", "c");
        }
    }

    @Test
    void anIdleSessionEndsAndTheNextDatagramBeginsAnother() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo), ", timeouts: { session: 200ms }"));
                DatagramClient client = connect(proxy)) {
            assertThat(client.ask("one")).isEqualTo("one");
            assertThat(proxy.awaitLogged("\"udp\"")).contains("\"outcome\":\"tunnelled\"", "\"reason\":\"idle\"");
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.endpoint("s", 0).connections() == 0
                            && proxy.listenerMetrics("edge").connectionsOpen() == 0);
            assertThat(client.ask("two")).isEqualTo("two");
            assertThat(echo.peers()).hasSize(2);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void whatTheEndpointSendsKeepsASessionAwakeToo() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo), ", timeouts: { session: 500ms }"));
                DatagramClient client = connect(proxy)) {
            client.ask("subscribe");
            long until = System.nanoTime() + Duration.ofMillis(1500).toNanos();
            var peer = echo.peers().iterator().next();
            while (System.nanoTime() < until) {
                echo.send(peer, new byte[] {1});
                assertThat(client.receive()).hasSize(1);
                java.util.concurrent.locks.LockSupport.parkNanos(
                        Duration.ofMillis(50).toNanos());
            }
            assertThat(proxy.listenerMetrics("edge").interactions()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void clientsBeyondTheLimitAreDroppedAndThoseWithinGoOn() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(
                        to(endpoints(echo), ", limits: { connections: 2 }, timeouts: { session: 1s }"));
                DatagramClient one = connect(proxy);
                DatagramClient two = connect(proxy);
                DatagramClient three = connect(proxy)) {
            assertThat(one.ask("1")).isEqualTo("1");
            assertThat(two.ask("2")).isEqualTo("2");
            three.send("3");
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.listenerMetrics("edge").dropped(Drop.SESSION_LIMIT) == 1);
            assertThat(one.ask("4")).isEqualTo("4");
            assertThat(echo.received()).isEqualTo(3);
            // Room is made by a session that falls idle.
            await().atMost(Bounds.WAIT).until(() -> three.answers("5", SOON));
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void clientsThatAreNotLetInAreDroppedAlsoWhereTheyWereBefore() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo), ", deny: [127.0.0.2/32]"));
                DatagramClient denied = DatagramClient.connect("127.0.0.2", (InetSocketAddress) proxy.address("edge"));
                DatagramClient client = connect(proxy)) {
            denied.send("x");
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.listenerMetrics("edge").dropped(Drop.DENIED_RANGE) == 1);
            assertThat(client.ask("y")).isEqualTo("y");
            proxy.apply(to(endpoints(echo), ", deny: [127.0.0.1/32]"));
            client.send("z");
            assertThat(proxy.awaitLogged("denied-range")).contains("\"request_datagrams\":1");
            assertThat(proxy.listenerMetrics("edge").dropped(Drop.DENIED_RANGE)).isEqualTo(2);
            assertThat(denied.ask("w")).isEqualTo("w");
            assertThat(echo.received()).isEqualTo(2);
            proxy.requireNothingIsLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void aRefusedDatagramMovesTheSessionToAnotherEndpoint(Transport transport) throws IOException {
        DatagramServer first = DatagramServer.start("first ");
        try (DatagramServer second = DatagramServer.start("second ");
                LiveProxy proxy = LiveProxy.start(
                        to(endpoints(first, second), "")
                                .replace(second.endpoint(), "{address: " + second.endpoint() + ", weight: 0}"),
                        transport);
                DatagramClient client = connect(proxy)) {
            assertThat(client.ask("x")).isEqualTo("first x");
            // Now both have a weight, and the session stays where it is.
            proxy.apply(to(first, second));
            assertThat(client.ask("x")).isEqualTo("first x");
            first.close();
            await().atMost(Bounds.WAIT).until(() -> client.answers("y", SOON));
            assertThat(client.ask("z")).isEqualTo("second z");
            assertThat(proxy.endpoint("s", 0).standing().reason()).contains("refused");
            assertThat(proxy.listenerMetrics("edge").connectionsOpen()).isEqualTo(1);
            proxy.requireNothingIsLeft();
        } finally {
            first.close();
        }
    }

    @Test
    void anEndpointThatIsBackServesAgain() throws IOException {
        DatagramServer server = DatagramServer.start("");
        InetSocketAddress at = server.address();
        try (LiveProxy proxy = LiveProxy.start(to(server));
                DatagramClient client = connect(proxy)) {
            assertThat(client.ask("x")).isEqualTo("x");
            server.close();
            await().atMost(Bounds.WAIT).until(() -> {
                client.send("gone?");
                return !proxy.endpoint("s", 0).available();
            });
            client.send("nobody");
            assertThat(proxy.awaitLogged("endpoint-refused")).contains("\"outcome\":\"connect_failed\"");
            try (DatagramServer back = DatagramServer.start(at, "back ")) {
                await().atMost(Bounds.WAIT).until(() -> client.answers("y", SOON));
                assertThat(back.received()).isPositive();
            }
            proxy.requireNothingIsLeft();
        } finally {
            server.close();
        }
    }

    @Test
    void aCheckAsksOverUdpAndMovesSessionsOffWhoFailsIt() throws IOException {
        try (DatagramServer a = DatagramServer.start("a");
                DatagramServer b = DatagramServer.start("b");
                LiveProxy proxy = LiveProxy.start(to(
                        endpoints(a, b)
                                + ", balance: maglev, health: { udp: { send: \"\\x00?\", expect: \"\" },"
                                + " interval: 200ms, timeout: 200ms }",
                        ""));
                DatagramClient client = connect(proxy)) {
            String at = client.ask("");
            (at.equals("a") ? a : b).silent(true);
            await().atMost(Bounds.WAIT)
                    .until(() -> !proxy.endpoint("s", at.equals("a") ? 0 : 1).available());
            assertThat(proxy.endpoint("s", at.equals("a") ? 0 : 1).standing().reason())
                    .contains("no answer within");
            assertThat(client.ask("")).isEqualTo(at.equals("a") ? "b" : "a");
            (at.equals("a") ? a : b).silent(false);
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.endpoint("s", at.equals("a") ? 0 : 1).available());
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anotherAnswerThanExpectedFailsACheck() throws IOException {
        try (DatagramServer server = DatagramServer.start("error ");
                LiveProxy proxy = LiveProxy.start(to(
                        endpoints(server) + ", health: { udp: { send: ping, expect: pong }, interval: 100ms }", ""))) {
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.endpoint("s", 0).standing().reason().contains("another answer"));
        }
    }

    @Test
    void anAddressThatIsTakenIsRefused() throws IOException {
        try (DatagramServer echo = DatagramServer.start("")) {
            String yaml = to(echo).replace("port: 0", "port: " + echo.address().getPort());
            assertThatThrownBy(() -> LiveProxy.start(yaml).close())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Listener edge cannot listen on 127.0.0.1:")
                    .hasMessageContaining("Another process listens there");
        }
    }

    @Test
    void theBoundOfAnEndpointsConnectionsCountsSessions() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo) + ", connections_per_endpoint: 1", ""));
                DatagramClient one = connect(proxy);
                DatagramClient two = connect(proxy)) {
            assertThat(one.ask("x")).isEqualTo("x");
            two.send("y");
            assertThat(proxy.awaitLogged("connections-per-endpoint")).contains("\"outcome\":\"over_limit\"");
            assertThat(proxy.listenerMetrics("edge").dropped(Drop.NO_ENDPOINT)).isEqualTo(1);
            proxy.requireNothingIsLeft();
        }
    }
}
