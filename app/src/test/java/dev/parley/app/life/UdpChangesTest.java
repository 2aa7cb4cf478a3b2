package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.proxy.loop.Transport;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics.Drop;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** UDP sessions while their listener and their endpoints change, and when Parley stops. */
class UdpChangesTest {
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

    @ParameterizedTest
    @EnumSource(Transport.class)
    void aRemovedListenerFinishesItsSessionsAndBeginsNone(Transport transport) throws IOException {
        String nothing = "drain: 20s\nlisteners: {}\nservices: {}\nroutes: {}\n";
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(
                        to(endpoints(echo), ", timeouts: { session: 1s }").replace("drain: 1s", "drain: 20s"),
                        transport);
                DatagramClient client = connect(proxy);
                DatagramClient late = connect(proxy)) {
            InetSocketAddress address = (InetSocketAddress) proxy.address("edge");
            assertThat(client.ask("x")).isEqualTo("x");
            ListenerMetrics metrics = proxy.listenerMetrics("edge");
            proxy.apply(nothing);
            late.send("let me in");
            for (int i = 0; i < 10; i++) {
                assertThat(client.ask("y" + i)).isEqualTo("y" + i);
            }
            await().atMost(Bounds.WAIT).until(() -> metrics.dropped(Drop.DRAINING) == 1);
            assertThat(echo.received()).isEqualTo(11);
            assertThat(proxy.awaitLogged("\"udp\"")).contains("\"reason\":\"idle\"");
            // After the last session the address is free.
            await().atMost(Bounds.WAIT).until(() -> isFree(address));
        }
    }

    private static boolean isFree(InetSocketAddress address) {
        try (DatagramChannel probe = DatagramChannel.open(StandardProtocolFamily.INET)) {
            probe.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    @Test
    void aListenerThatComesBackWhileItDrainsKeepsItsSessions() throws IOException {
        try (DatagramServer echo = DatagramServer.start("")) {
            String yaml = to(endpoints(echo), "").replace("port: 0", "port: " + LiveProxy.freePort());
            String without = yaml.replaceAll("(?m)^(listeners|routes):.*$", "$1: {}");
            try (LiveProxy proxy = LiveProxy.start(yaml);
                    DatagramClient client = connect(proxy)) {
                assertThat(client.ask("x")).isEqualTo("x");
                proxy.apply(without);
                proxy.apply(yaml);
                assertThat(client.ask("y")).isEqualTo("y");
                assertThat(echo.peers()).hasSize(1);
                try (DatagramClient another = connect(proxy)) {
                    assertThat(another.ask("z")).isEqualTo("z");
                }
                // The end of the drain that was called off cuts nothing.
                await().during(Duration.ofMillis(1500))
                        .atMost(Bounds.WAIT)
                        .until(() -> client.ask("still").equals("still"));
                assertThat(echo.peers()).hasSize(2);
                proxy.requireNothingIsLeft();
            }
        }
    }

    @Test
    void aChangeKeepsSessions() throws IOException {
        try (DatagramServer a = DatagramServer.start("a");
                DatagramServer b = DatagramServer.start("b");
                LiveProxy proxy = LiveProxy.start(to(a));
                DatagramClient client = connect(proxy)) {
            assertThat(client.ask("")).isEqualTo("a");
            proxy.apply(to(endpoints(a, b), ", limits: { connections: 5 }"));
            assertThat(client.ask("")).isEqualTo("a");
            assertThat(a.peers()).hasSize(1);
            // A removed endpoint has the time to drain, and then the session goes elsewhere.
            proxy.apply(to(b));
            assertThat(client.ask("")).isEqualTo("a");
            await().atMost(Bounds.WAIT).until(() -> client.ask("").equals("b"));
            assertThat(proxy.listenerMetrics("edge").interactions()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void stoppingWaitsForSessionsToFallIdle() throws IOException {
        try (DatagramServer echo = DatagramServer.start("");
                LiveProxy proxy = LiveProxy.start(to(endpoints(echo), ", timeouts: { session: 300ms }"));
                DatagramClient client = connect(proxy)) {
            client.ask("x");
            long before = System.nanoTime();
            proxy.proxy().drain(Bounds.WAIT);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Bounds.WAIT.dividedBy(2));
            assertThat(proxy.awaitLogged("\"udp\"")).contains("\"reason\":\"idle\"");
        }
    }
}
