package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often a listener, a route and a service may be used, by whom, and what those are told who come too often. */
class RateLimitTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String THREE = "rate_limits: [{ rate: 1/h, burst: 3 }]";

    /** {@code of} says what the limits are of. */
    private static String configuration(String endpoint, String protocol, String of, String limits) {
        return """
            drain: 2s
            listeners: { edge: { port: 0, protocol: %s, %s } }
            services: { s: { endpoints: [%s], %s } }
            routes: { r: { listener: edge, to: s, %s } }
            """.formatted(
                        protocol,
                        of.equals("listener") ? limits : "deny: []",
                        endpoint,
                        of.equals("service") ? limits : "retries: 2",
                        of.equals("route") ? limits : "criticality: critical");
    }

    private static LiveProxy serving(Backends backends, String of, String limits) throws IOException {
        return LiveProxy.start(configuration(backends.addresses(), "http", of, limits));
    }

    private static Reply ask(LiveProxy proxy, String... fields) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + String.join("", fields) + "\r\n")
                    .readReply();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"listener", "route", "service"})
    void whatIsAboveIsRefusedAndReachesNobody(String of) throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, of, THREE)) {
            String name = of.equals("listener") ? "listener.edge" : of.equals("route") ? "route.r" : "service.s";
            for (int left = 2; left >= 0; left--) {
                Reply reply = ask(proxy);
                assertThat(reply.body()).isEqualTo("ok");
                assertThat(reply.value("RateLimit-Policy")).isEqualTo("\"%s\";q=3;w=10800".formatted(name));
                assertThat(reply.value("RateLimit")).startsWith("\"%s\";r=%d;t=".formatted(name, left));
                assertThat(reply.value("Retry-After")).isEmpty();
            }
            Reply refused = ask(proxy);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.body()).contains("\"code\":\"rate-limited\"", name);
            assertThat(refused.value("RateLimit")).startsWith("\"%s\";r=0;t=".formatted(name));
            assertThat(Integer.parseInt(refused.value("Retry-After"))).isBetween(3000, 3600);
            assertThat(backends.asked()).isEqualTo(3);
            assertThat(proxy.awaitLogged("rate-limited"))
                    .contains("\"outcome\":\"rate_limited\"", "\"fault\":\"client\"", "\"attempts\":0");
            assertThat(proxy.scrape()).containsPattern("parley_%s_rate_limited_total\\{.*} 1".formatted(of));
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void theConnectionIsKeptByWhoWasRefused() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "route", "rate_limits: [{ rate: 1/s, burst: 1 }]");
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(GET).readReply().status()).isEqualTo(200);
            assertThat(client.send(GET).readReply().status()).isEqualTo(429);
            // A token a second comes back.
            await().atMost(Bounds.WAIT).until(() -> client.send(GET).readReply().status() == 200);
        }
    }

    @Test
    void eachAddressHasABucketOfItsOwn() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = LiveProxy.start(configuration(
                                backends.addresses(), "http", "route", "rate_limits: [{ rate: 1/h, by: address }]")
                        .replace("deny: []", "proxy_protocol: required"))) {
            assertThat(askFrom(proxy, "10.0.0.1", 1000).status()).isEqualTo(200);
            assertThat(askFrom(proxy, "10.0.0.1", 1001).status()).isEqualTo(429);
            assertThat(askFrom(proxy, "10.0.0.2", 1000).status()).isEqualTo(200);
        }
    }

    private static Reply askFrom(LiveProxy proxy, String address, int port) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send("PROXY TCP4 %s 10.9.9.9 %d 80\r\n%s".formatted(address, port, GET))
                    .readReply();
        }
    }

    @Test
    void eachCallerHasABucketOfItsOwn() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "route", "rate_limits: [{ rate: 1/h, by: caller }]")) {
            assertThat(ask(proxy, "Authorization: Bearer a\r\n").status()).isEqualTo(200);
            assertThat(ask(proxy, "Authorization: Bearer a\r\n").status()).isEqualTo(429);
            assertThat(ask(proxy, "Authorization: Bearer b\r\n").status()).isEqualTo(200);
            assertThat(ask(proxy).status()).isEqualTo(200);
            assertThat(ask(proxy).status()).isEqualTo(429);
        }
    }

    @Test
    void eachValueOfAHeaderHasABucketOfItsOwn() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "route", "rate_limits: [{ rate: 1/h, by: 'header:X-Tenant' }]")) {
            assertThat(ask(proxy, "x-tenant: a\r\n").status()).isEqualTo(200);
            assertThat(ask(proxy, "X-TENANT: a\r\n").status()).isEqualTo(429);
            assertThat(ask(proxy, "x-tenant: b\r\n").status()).isEqualTo(200);
            assertThat(ask(proxy).status()).isEqualTo(200);
            assertThat(ask(proxy).status()).isEqualTo(429);
        }
    }

    @Test
    void ofSeveralLimitsAllAreToldAndTheFirstThatIsReachedRefuses() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy =
                        serving(backends, "route", "rate_limits: [{ rate: 1/h, burst: 9 }, { rate: 1/h, burst: 1 }]")) {
            Reply first = ask(proxy);
            assertThat(first.values("RateLimit")).hasSize(2);
            assertThat(first.values("RateLimit").get(1)).startsWith("\"route.r.2\";r=0");
            assertThat(ask(proxy).status()).isEqualTo(429);
        }
    }

    @Test
    void anotherConfigurationFillsNoBucket() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "route", THREE)) {
            ask(proxy);
            ask(proxy);
            proxy.apply(
                    configuration(backends.addresses(), "http", "route", THREE).replace("retries: 2", "retries: 1"));
            assertThat(ask(proxy).value("RateLimit")).startsWith("\"route.r\";r=0");
            assertThat(ask(proxy).status()).isEqualTo(429);
            proxy.apply(configuration(backends.addresses(), "http", "route", THREE.replace("3", "4")));
            assertThat(ask(proxy).value("RateLimit")).startsWith("\"route.r\";r=3");
        }
    }

    @Test
    void redirectsAndFixedAnswersAreLimitedToo() throws Exception {
        try (LiveProxy proxy = LiveProxy.start("""
                drain: 2s
                listeners: { edge: { port: 0 } }
                services: {}
                routes: { r: { listener: edge, answer: { body: hello }, rate_limits: [1/h] } }
                """)) {
            assertThat(ask(proxy).body()).isEqualTo("hello");
            assertThat(ask(proxy).status()).isEqualTo(429);
        }
    }

    // ---- HTTP/2, gRPC ----

    @Test
    void streamsOfHttp2AreRefusedOneByOne() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "listener", THREE);
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.exchange(1 + 2 * i, "/").body()).isEqualTo("ok");
            }
            Message refused = client.exchange(7, "/");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.value("ratelimit")).startsWith("\"listener.edge\";r=0");
            assertThat(Integer.parseInt(refused.value("retry-after"))).isPositive();
        }
    }

    @Test
    void callsOfGrpcGetResourceExhausted() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "route", "rate_limits: [1/h]");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            client.exchange(1, "/");
            client.post(3, "/pkg.S/M", "content-type", "application/grpc", "te", "trailers");
            client.data(3, Frame.END_STREAM, "\0\0\0\0\0");
            Message refused = client.response(3);
            assertThat(refused.status()).isEqualTo(200);
            assertThat(refused.value("grpc-status")).isEqualTo("8");
            assertThat(refused.value("grpc-message")).startsWith("rate-limited: ");
            assertThat(refused.value("ratelimit")).startsWith("\"route.r\";r=0");
        }
    }

    // ---- TCP, UDP ----

    @ParameterizedTest
    @ValueSource(strings = {"listener", "route", "service"})
    void tcpConnectionsAboveTheRateAreReset(String of) throws Exception {
        try (EchoServer echo = EchoServer.start();
                LiveProxy proxy = LiveProxy.start(configuration(
                        '"' + echo.endpoint() + '"', "tcp", of, "rate_limits: [{ rate: 1/h, by: address }]"));
                RawClient first = proxy.connect("edge")) {
            assertThat(first.send("x").read(1)).isEqualTo(new byte[] {'x'});
            assertThatThrownBy(() -> {
                        try (RawClient second = proxy.connect("edge")) {
                            second.send("x").read(1);
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(proxy.awaitLogged("rate-limited"))
                    .contains("\"protocol\":\"tcp\"", "\"outcome\":\"rate_limited\"");
            first.send("y").read(1);
        }
    }

    @Test
    void udpSessionsAboveTheRateAreDropped() throws Exception {
        try (DatagramServer server = DatagramServer.start("");
                LiveProxy proxy =
                        LiveProxy.start(configuration(server.endpoint(), "udp", "listener", "rate_limits: [1/h]"));
                DatagramClient one = DatagramClient.connect((InetSocketAddress) proxy.address("edge"));
                DatagramClient two = DatagramClient.connect((InetSocketAddress) proxy.address("edge"))) {
            assertThat(one.ask("x")).isEqualTo("x");
            assertThat(two.answers("y", Duration.ofMillis(200))).isFalse();
            assertThat(one.ask("z")).isEqualTo("z");
            assertThat(proxy.awaitLogged("rate-limited")).contains("\"protocol\":\"udp\"");
        }
    }
}
