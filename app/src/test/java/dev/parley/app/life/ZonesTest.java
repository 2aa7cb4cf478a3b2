package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.proxy.upstream.Endpoint;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Zones, priorities and panic, over every protocol. Parley is in zone a; endpoints are told as {@code zone/priority}. */
class ZonesTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static String serving(String protocol, String service, String... placed) {
        List<String> endpoints = new ArrayList<>();
        for (String each : placed) {
            endpoints.add("{ address: \"%s\", zone: %s, priority: %s }"
                    .formatted(each.substring(4), each.charAt(0), each.charAt(2)));
        }
        return """
            zone: a
            drain: 2s
            listeners: { edge: { port: 0, protocol: %s } }
            services: { s: { endpoints: [%s], %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(protocol, String.join(", ", endpoints), service);
    }

    @Test
    void requestsStayInTheZoneFailOverAndReturnWithoutAFailure() throws Exception {
        try (NamedServer a = NamedServer.start("a");
                NamedServer b = NamedServer.start("b");
                NamedServer later = NamedServer.start("later");
                LiveProxy proxy = LiveProxy.start(serving(
                        "http",
                        "health: { interval: 100ms, rise: 1 }, locality: { failback: 2s }",
                        "b/0 " + b.endpoint(),
                        "a/0 " + a.endpoint(),
                        "a/1 " + later.endpoint()));
                Load load = Load.on(proxy.port("edge"), "/", 6)) {
            load.awaitMoreBy("a", 200);
            assertThat(load.answeredBy("b")).isZero();
            a.close();
            load.awaitMoreBy("b", 200);
            assertThat(load.answeredBy("later")).isZero();
            b.close();
            load.awaitMoreBy("later", 200);
            try (NamedServer again = NamedServer.start(a.port(), "a again")) {
                load.awaitMoreBy("a again", 200);
                await().atMost(Bounds.WAIT).until(() -> loadOf(proxy, 0) == 1);
                load.requireNoFailure();
                assertThat(again.served()).isPositive();
            }
        }
    }

    @Test
    void theExampleDoesAsItSays() throws Exception {
        String example = Files.readString(Path.of("../examples/zones.yaml")).replace("port: 8080", "port: 0");
        List<NamedServer> servers = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            servers.add(NamedServer.start("900" + i));
            example = example.replace("127.0.0.1:900" + i, servers.getLast().endpoint());
        }
        try (LiveProxy proxy = LiveProxy.start(example);
                Load load = Load.on(proxy.port("edge"), "/", 4)) {
            load.awaitMore(40);
            assertThat(load.answeredBy("9003") + load.answeredBy("9004")).isZero();
            servers.get(0).close();
            servers.get(1).close();
            load.awaitMoreBy("9003", 20);
            assertThat(load.answeredBy("9004")).isZero();
            servers.get(2).close();
            load.awaitMoreBy("9004", 20);
            load.requireNoFailure();
        } finally {
            for (NamedServer server : servers) {
                server.close();
            }
        }
    }

    private static double loadOf(LiveProxy proxy, int level) {
        return proxy.proxy().snapshot().services().values().stream()
                .findFirst()
                .orElseThrow()
                .domains()
                .levels()
                .get(level)
                .load();
    }

    @Test
    void whatAFullZoneCannotTakeGoesOn() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin a = Origin.answering(Answer.after(held).then(Answer.ok("a")));
                NamedServer b = NamedServer.start("b");
                LiveProxy proxy = LiveProxy.start(
                        serving("http", "connections_per_endpoint: 1", "a/0 " + a.endpoint(), "b/0 " + b.endpoint()));
                RawClient first = proxy.connect("edge");
                RawClient second = proxy.connect("edge")) {
            first.send(GET);
            a.takeRequest();
            assertThat(second.send(GET).readReply().body()).isEqualTo("b");
            held.countDown();
            assertThat(first.readReply().body()).isEqualTo("a");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void connectionsStayInTheZoneAndFailOver() throws Exception {
        try (EchoServer a = EchoServer.start();
                EchoServer b = EchoServer.start();
                EchoServer later = EchoServer.start();
                LiveProxy proxy = LiveProxy.start(serving(
                        "tcp",
                        "connections_per_endpoint: 2",
                        "a/1 " + later.endpoint(),
                        "b/0 " + b.endpoint(),
                        "a/0 " + a.endpoint()))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                RawClient client = proxy.connect("edge");
                clients.add(client);
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            }
            assertThat(a.openConnections()).as("its zone first").isEqualTo(2);
            assertThat(b.openConnections()).as("then the other zone").isEqualTo(2);
            assertThat(later.openConnections()).as("then the next priority").isEqualTo(1);
            a.close();
            b.close();
            try (RawClient client = proxy.connect("edge")) {
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            }
            for (RawClient client : clients) {
                client.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void datagramsStayInTheZoneAndFailOver() throws Exception {
        try (DatagramServer a = DatagramServer.start("a ");
                DatagramServer b = DatagramServer.start("b ");
                LiveProxy proxy = LiveProxy.start(serving(
                        "udp",
                        "locality: {}",
                        "b/0 " + b.endpoint().replace("\"", ""),
                        "a/0 " + a.endpoint().replace("\"", "")))) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(proxy)).isEqualTo("a x");
            }
            a.close();
            await().atMost(Bounds.WAIT).until(() -> answers(proxy));
            assertThat(ask(proxy)).isEqualTo("b x");
        }
    }

    private static String ask(LiveProxy proxy) throws IOException {
        try (DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("edge"))) {
            return client.ask("x");
        }
    }

    /** Whether a client is answered; the first datagram may find its endpoint gone. */
    private static boolean answers(LiveProxy proxy) throws IOException {
        try (DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("edge"))) {
            return client.answers("x", Duration.ofMillis(200));
        }
    }

    @Test
    void callsWhatFailsItsCheckWhenTooFewAreUpAndSaysSo() throws Exception {
        AtomicBoolean healthy = new AtomicBoolean();
        try (Origin one = checked(new AtomicBoolean(true), "one");
                Origin two = checked(healthy, "two");
                LiveProxy proxy = LiveProxy.start(serving(
                        "http",
                        "health: { http: /health, interval: 100ms, fall: 1, rise: 1 }",
                        "a/0 " + one.endpoint(),
                        "a/0 " + two.endpoint(),
                        "a/0 127.0.0.1:" + LiveProxy.freePort()));
                RawClient client = proxy.connect("edge")) {
            await().atMost(Bounds.WAIT).until(() -> panics(proxy));
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Endpoint.Cause.UNHEALTHY);
            assertThat(proxy.endpoint("s", 2).available()).as("unreachable").isFalse();
            Set<String> answered = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                Reply reply = client.send(GET).readReply();
                assertThat(reply.status()).isEqualTo(200);
                answered.add(reply.body());
            }
            assertThat(answered).containsExactlyInAnyOrder("one", "two");
            healthy.set(true);
            await().atMost(Bounds.WAIT).until(() -> !panics(proxy));
            assertThat(client.send(GET).readReply().status()).isEqualTo(200);
            proxy.requireNothingIsLeft();
        }
    }

    private static Origin checked(AtomicBoolean healthy, String name) throws IOException {
        return Origin.start(request -> request.head().startsWith("GET /health") && !healthy.get()
                ? Answer.status(500, "not well")
                : Answer.ok(name));
    }

    private static boolean panics(LiveProxy proxy) throws IOException {
        return proxy.scrape().contains("parley_service_panic{service=\"s\"} 1");
    }

    @Test
    void connectionsAreLetInToWhatFailsItsCheck() throws Exception {
        try (Origin well = checked(new AtomicBoolean(true), "well");
                Origin sick = checked(new AtomicBoolean(), "sick");
                LiveProxy proxy = LiveProxy.start(serving(
                        "tcp",
                        "health: { http: /health, interval: 100ms, fall: 1, rise: 1 }",
                        "a/0 " + well.endpoint(),
                        "a/0 " + sick.endpoint(),
                        "b/0 127.0.0.1:" + LiveProxy.freePort()))) {
            await().atMost(Bounds.WAIT).until(() -> panics(proxy));
            Set<String> answered = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                try (RawClient client = proxy.connect("edge")) {
                    answered.add(client.send(GET).readReply().body());
                }
            }
            assertThat(answered).containsExactlyInAnyOrder("well", "sick");
        }
    }

    @Test
    void sessionsStayAtWhatFailsItsCheck() throws Exception {
        try (DatagramServer well = DatagramServer.start("well ");
                DatagramServer sick = DatagramServer.start("sick ");
                DatagramServer ill = DatagramServer.start("ill ");
                LiveProxy proxy = LiveProxy.start(serving(
                        "udp",
                        "health: { udp: { send: ask, expect: well }, interval: 100ms, fall: 1, rise: 1 }",
                        "a/0 " + well.endpoint().replace("\"", ""),
                        "a/0 " + sick.endpoint().replace("\"", ""),
                        "a/0 " + ill.endpoint().replace("\"", "")))) {
            await().atMost(Bounds.WAIT).until(() -> panics(proxy));
            Set<String> answered = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                try (DatagramClient client = DatagramClient.connect((InetSocketAddress) proxy.address("edge"))) {
                    String first = client.ask("x");
                    assertThat(client.ask("x")).isEqualTo(first);
                    answered.add(first);
                }
            }
            assertThat(answered).containsExactlyInAnyOrder("well x", "sick x", "ill x");
        }
    }

    /** Without anybody to relieve, what the checks say counts. */
    @Test
    void callsNobodyWhereNobodyIsUp() throws Exception {
        try (Origin one = checked(new AtomicBoolean(), "one");
                Origin two = checked(new AtomicBoolean(), "two");
                LiveProxy proxy = LiveProxy.start(serving(
                        "http",
                        "health: { http: /health, interval: 100ms, fall: 1, rise: 1 }",
                        "a/0 " + one.endpoint(),
                        "a/0 " + two.endpoint()));
                RawClient client = proxy.connect("edge")) {
            await().atMost(Bounds.WAIT)
                    .until(() -> !proxy.endpoint("s", 0).available()
                            && !proxy.endpoint("s", 1).available());
            Reply reply = client.send(GET).readReply();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).contains("no-endpoint");
            assertThat(panics(proxy)).isFalse();
        }
    }
}
