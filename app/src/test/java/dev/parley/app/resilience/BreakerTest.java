package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.proxy.resilience.CircuitBreaker.State;
import dev.parley.telemetry.metrics.ServiceMetrics.CallRefusal;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** When a service or an endpoint is not called any more: because it fails, or because it has enough. */
class BreakerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final Answer OK = Answer.ok("ok");
    private static final Answer BROKEN = Answer.status(500, "broken");

    private static LiveProxy serving(String protocol, String addresses, String service) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0, protocol: %s } }
            services: { s: { endpoints: [%s], balance: round_robin, outlier_detection: off, %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(protocol, addresses, service));
    }

    private static LiveProxy serving(Backends backends, String breaker) throws IOException {
        return serving("http", backends.addresses(), "breaker: " + breaker);
    }

    private static Reply ask(LiveProxy proxy) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send(GET).readReply();
        }
    }

    private static void requireRefused(Reply reply, String code) {
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).contains("\"code\":\"%s\"".formatted(code));
        assertThat(Integer.parseInt(reply.value("Retry-After"))).isPositive();
    }

    // ---- what fails ----

    @Test
    void aServiceThatFailsIsNotCalledAndIsCalledAgainOnceProbesSucceed() throws Exception {
        try (Backends backends = Backends.start(2, BROKEN);
                LiveProxy proxy =
                        serving(backends, "{ minimum_calls: 10, open: 200ms, probes: 2, per_endpoint: false }")) {
            for (int i = 0; i < 10; i++) {
                assertThat(ask(proxy).body()).isEqualTo("broken");
            }
            Reply refused = ask(proxy);
            requireRefused(refused, "breaker-open");
            assertThat(refused.body()).contains("100 % of 10 calls failed");
            assertThat(backends.asked()).isEqualTo(10);
            assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.BREAKER_OPEN))
                    .isEqualTo(1);
            assertThat(proxy.awaitLogged("breaker-open")).contains("\"outcome\":\"breaker_open\"", "\"attempts\":0");
            backends.answer(OK);
            await().atMost(Bounds.WAIT).until(() -> ask(proxy).status() == 200);
            await().atMost(Bounds.WAIT).until(() -> {
                ask(proxy);
                return proxy.guard("s").breaker().state() == State.CLOSED;
            });
            assertThat(ask(proxy).body()).isEqualTo("ok");
            assertThat(proxy.scrape())
                    .contains(
                            "parley_service_breaker_transitions_total{service=\"s\",state=\"open\"} 1",
                            "parley_service_breaker_transitions_total{service=\"s\",state=\"half_open\"} 1",
                            "parley_service_breaker_transitions_total{service=\"s\",state=\"closed\"} 1");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aProbeThatFailsOpensItAgain() throws Exception {
        try (Backends backends = Backends.start(1, BROKEN);
                LiveProxy proxy = serving(backends, "{ minimum_calls: 5, open: 100ms, probes: 1 }")) {
            for (int i = 0; i < 5; i++) {
                ask(proxy);
            }
            await().atMost(Bounds.WAIT).until(() -> {
                ask(proxy);
                return backends.asked() == 6;
            });
            Reply refused = ask(proxy);
            requireRefused(refused, "breaker-open");
            assertThat(refused.body()).contains("a probe failed; before, 100 % of 5 calls failed");
        }
    }

    @Test
    void oneHangingProbeLetsNoOtherThrough() throws Exception {
        try (Backends backends = Backends.start(1, BROKEN);
                LiveProxy proxy =
                        serving(backends, "{ minimum_calls: 5, open: 100ms, probes: 1, per_endpoint: false }")) {
            for (int i = 0; i < 5; i++) {
                ask(proxy);
            }
            CountDownLatch go = new CountDownLatch(1);
            backends.answer(Answer.after(go).then(OK));
            try (RawClient probing = proxy.connect("edge")) {
                await().atMost(Bounds.WAIT).until(() -> {
                    if (proxy.guard("s").breaker().retryAfterNs(System.nanoTime()) == 1) {
                        probing.send(GET);
                        return true;
                    }
                    return false;
                });
                backends.arrival(5);
                requireRefused(ask(proxy), "breaker-open");
                go.countDown();
                assertThat(probing.readReply().body()).isEqualTo("ok");
                assertThat(proxy.guard("s").breaker().state()).isEqualTo(State.CLOSED);
            }
        }
    }

    @Test
    void aSlowServiceIsNotCalledEither() throws Exception {
        try (Backends backends = Backends.start(1, OK);
                LiveProxy proxy =
                        serving(backends, "{ minimum_calls: 4, slow_call: 20ms, per_endpoint: false, open: 5s }")) {
            for (int i = 0; i < 4; i++) {
                backends.answer(backends.in(Duration.ofMillis(60), OK));
                assertThat(ask(proxy).body()).isEqualTo("ok");
            }
            assertThat(ask(proxy).body()).contains("took longer than 20ms");
        }
    }

    @Test
    void anEndpointThatFailsIsPassedOver() throws Exception {
        try (Backends bad = Backends.start(1, BROKEN);
                Backends good = Backends.start(1, OK);
                LiveProxy proxy = serving(
                        "http",
                        bad.addresses() + ", " + good.addresses(),
                        "breaker: { minimum_calls: 10, open: 5s, longest_open: 5s }")) {
            for (int i = 0; i < 60; i++) {
                ask(proxy);
            }
            assertThat(bad.asked()).isEqualTo(10);
            assertThat(good.asked()).isEqualTo(50);
            assertThat(proxy.guard("s").breaker().state()).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void clientErrorsOpenNothing() throws Exception {
        try (Backends backends = Backends.start(1, Answer.status(404, "not here"));
                LiveProxy proxy = serving(backends, "{ minimum_calls: 5 }")) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(proxy).status()).isEqualTo(404);
            }
        }
    }

    @Test
    void callsOfGrpcThatFailOpenItAndAreToldSo() throws Exception {
        try (Http2Server server = Http2Server.handling((connection, request) -> connection.headers(
                        request.stream(),
                        5,
                        ":status",
                        "200",
                        "content-type",
                        "application/grpc",
                        "grpc-status",
                        "14"));
                LiveProxy proxy = serving(
                        "http",
                        '"' + server.endpoint() + '"',
                        "protocol: http2, breaker: { minimum_calls: 5, open: 5s }");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            for (int i = 0; i < 6; i++) {
                client.post(1 + 2 * i, "/pkg.S/M", "content-type", "application/grpc", "te", "trailers");
                client.data(1 + 2 * i, 1, "\0\0\0\0\0");
                Message answer = client.response(1 + 2 * i);
                assertThat(answer.value("grpc-status")).isEqualTo("14");
                assertThat(answer.value("grpc-message").startsWith("breaker-open: "))
                        .isEqualTo(i == 5);
            }
            assertThat(server.requests()).isEqualTo(5);
        }
    }

    // ---- what has enough ----

    @Test
    void soManyRequestsAreUnderWay() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(1, Answer.after(go).then(OK));
                LiveProxy proxy = serving(backends, "{ in_flight: 2 }");
                RawClient one = proxy.connect("edge").send(GET);
                RawClient two = proxy.connect("edge").send(GET)) {
            backends.arrival(1);
            requireRefused(ask(proxy), "in-flight-limit");
            go.countDown();
            assertThat(one.readReply().body()).isEqualTo("ok");
            assertThat(two.readReply().body()).isEqualTo("ok");
            await().atMost(Bounds.WAIT).until(() -> proxy.guard("s").inFlight() == 0);
            assertThat(ask(proxy).body()).isEqualTo("ok");
            assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.IN_FLIGHT))
                    .isEqualTo(1);
        }
    }

    @Test
    void soManyRequestsAreUnderWayAtOneEndpointAndThenOthersAreTried() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(2, Answer.after(go).then(OK));
                LiveProxy proxy = serving(backends, "{ in_flight_per_endpoint: 1 }");
                RawClient one = proxy.connect("edge").send(GET);
                RawClient two = proxy.connect("edge").send(GET)) {
            assertThat(backends.arrival(0).endpoint())
                    .isNotEqualTo(backends.arrival(1).endpoint());
            assertThat(ask(proxy).body()).contains("\"code\":\"no-endpoint\"");
            go.countDown();
            assertThat(one.readReply().body()).isEqualTo("ok");
            assertThat(two.readReply().body()).isEqualTo("ok");
        }
    }

    @Test
    void soManyConnectionsAreOpenToAllEndpoints() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(2, Answer.after(go).then(OK));
                LiveProxy proxy = serving(backends, "{ connections: 1 }");
                RawClient one = proxy.connect("edge").send(GET)) {
            backends.arrival(0);
            assertThat(ask(proxy).status()).isEqualTo(503);
            assertThat(proxy.guard("s").connections()).isEqualTo(1);
            go.countDown();
            assertThat(one.readReply().body()).isEqualTo("ok");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void soManyRequestsWaitForAConnection() throws Exception {
        try (FullQueue full = FullQueue.start();
                LiveProxy proxy = serving(
                        "http",
                        '"' + full.endpoint() + '"',
                        "retries: 0, breaker: { pending: 2 }, timeouts: { connect: 3s }");
                RawClient one = proxy.connect("edge").send(GET);
                RawClient two = proxy.connect("edge").send(GET)) {
            await().atMost(Bounds.WAIT).until(() -> proxy.guard("s").pending() == 2);
            requireRefused(ask(proxy), "pending-limit");
            assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.PENDING))
                    .isEqualTo(1);
            assertThat(one.readReply().status()).isEqualTo(502);
            assertThat(two.readReply().status()).isEqualTo(502);
            assertThat(proxy.guard("s").pending()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    // ---- TCP, UDP ----

    /** A reset can come as soon as the client is connected. */
    private static void requireReset(LiveProxy proxy) {
        assertThatThrownBy(() -> {
                    try (RawClient client = proxy.connect("edge")) {
                        client.send("x").read(1);
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void tcpConnectionsAboveTheBoundAreReset() throws Exception {
        try (EchoServer echo = EchoServer.start();
                LiveProxy proxy = serving("tcp", '"' + echo.endpoint() + '"', "breaker: { in_flight: 1 }")) {
            try (RawClient first = proxy.connect("edge")) {
                first.send("x").read(1);
                requireReset(proxy);
                assertThat(proxy.awaitLogged("in-flight-limit"))
                        .contains("\"protocol\":\"tcp\"", "\"outcome\":\"overloaded\"");
                first.send("y").read(1);
            }
            await().atMost(Bounds.WAIT).until(() -> proxy.guard("s").inFlight() == 0);
            try (RawClient next = proxy.connect("edge")) {
                assertThat(next.send("z").read(1)).isEqualTo(new byte[] {'z'});
            }
            assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.IN_FLIGHT))
                    .isEqualTo(1);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void tcpConnectionsAboveTheBoundOfEachEndpointAreReset() throws Exception {
        try (EchoServer echo = EchoServer.start();
                LiveProxy proxy =
                        serving("tcp", '"' + echo.endpoint() + '"', "breaker: { in_flight_per_endpoint: 1 }");
                RawClient first = proxy.connect("edge")) {
            first.send("x").read(1);
            requireReset(proxy);
            assertThat(proxy.awaitLogged("\"outcome\":\"over_limit\"")).contains("\"protocol\":\"tcp\"");
        }
    }

    @Test
    void udpSessionsAboveTheBoundAreDropped() throws Exception {
        try (DatagramServer server = DatagramServer.start("");
                LiveProxy proxy = serving("udp", server.endpoint(), "breaker: { in_flight: 1 }");
                DatagramClient one = DatagramClient.connect((InetSocketAddress) proxy.address("edge"));
                DatagramClient two = DatagramClient.connect((InetSocketAddress) proxy.address("edge"))) {
            assertThat(one.ask("x")).isEqualTo("x");
            assertThat(two.answers("y", Duration.ofMillis(200))).isFalse();
            assertThat(one.ask("z")).isEqualTo("z");
            assertThat(proxy.awaitLogged("in-flight-limit"))
                    .contains("\"protocol\":\"udp\"", "\"outcome\":\"overloaded\"");
            proxy.requireNothingIsLeft();
        }
    }
}
