package dev.parley.telemetry.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.parley.telemetry.events.Event;
import dev.parley.telemetry.metrics.MetricsRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    static {
        // The bound that is tested below; read once by the JDK's server, in seconds.
        System.setProperty("sun.net.httpserver.maxReqTime", "1");
    }

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final MetricsRegistry metrics = new MetricsRegistry(1, List.of("forwarded"), List.of());
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile List<String> reasons = List.of();
    private AdminServer admin;

    @BeforeEach
    void start() throws IOException {
        admin = AdminServer.start(ANY_PORT, metrics, () -> reasons, AdminServerTest::status);
    }

    @AfterEach
    void stop() {
        admin.close();
        client.close();
    }

    @Test
    void servesMetricsInTheFormatThatIsAskedFor() throws Exception {
        metrics.listener("edge").accepted(0);
        HttpResponse<String> plain = get("/metrics");
        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(plain.headers().firstValue("content-type").orElseThrow()).startsWith("text/plain; version=0.0.4");
        assertThat(plain.body()).contains("parley_listener_connections_total{listener=\"edge\"} 1.0\n");

        HttpResponse<String> open =
                send(request("/metrics").header("Accept", "application/openmetrics-text; version=1.0.0"));
        assertThat(open.headers().firstValue("content-type").orElseThrow()).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
    }

    @Test
    void isAliveEvenWhileNotReady() throws Exception {
        reasons = List.of("Listener edge is not bound yet.", "Draining: 3 connections are open.");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = get("/readyz");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).contains(reasons);

        reasons = List.of();
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void showsTheStateAsJson() throws Exception {
        HttpResponse<String> response = get("/status");
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(response.body()).isEqualTo("""
                {"version":"0.1.0","started":"2026-11-21T02:05:00Z","now":"2026-11-21T02:06:00Z","window_ms":2000.000,\
                "revision":3,"zone":"a",\
                "problems":["quote \\" backslash \\\\ line \\u000a escape \\u001b"],\
                "listeners":[{"name":"edge","address":"127.0.0.1:8080","protocol":"http","state":"listening","reason":"",\
                "connections_open":2,"requests_per_second":10.500}],\
                "services":[{"name":"payments","requests_per_second":10.000,"success_share":0.999,"p50_ms":1.500,\
                "p99_ms":12.000,"in_flight":2,"panic":true,\
                "breaker":{"state":"open","reason":"96 % of 512 calls failed in 10s","since":"2026-11-21T02:05:30Z"},\
                "concurrency_limit":1000,\
                "retries":{"total":7,"per_second":0.500,"budget_used":0.250,"budget_remaining":75,"exhausted_per_second":0.000},\
                "hedges":{"per_second":2.000,"won_per_second":1.000},\
                "refused_per_second":{"breaker_open":12.000,"overloaded":0.000},\
                "endpoints":[\
                {"address":"127.0.0.1:9001","state":"ejected","reason":"7 failures in a row",\
                "since":"2026-11-21T02:05:55Z","until":"2026-11-21T02:06:05Z","ejections":1,"zone":"a","priority":1,\
                "weight":1,"in_flight":2,"connections_open":4,"believed_latency_ms":3.250,\
                "requests_per_second":10.000,"success_share":null,"p50_ms":1.500,"p99_ms":12.000}]}],\
                "routes":[{"name":"pay","listener":"edge","criticality":"critical","budget_ms":null,\
                "requests_per_second":10.000,"success_share":0.999,"p50_ms":1.500,"p99_ms":12.000,\
                "budgets_exceeded_per_second":0.100,"rate_limited_per_second":0.000}],\
                "certificates":[{"kind":"listener","owner":"edge","file":"edge.pem","names":["localhost"],\
                "ends":"2026-12-21T00:00:00Z","lifetime_left":0.250}],\
                "events":[{"time":"2026-11-21T02:05:55Z","kind":"endpoint_ejected","service":"payments",\
                "endpoint":"127.0.0.1:9001","reason":"7 failures in a row"}]}
                """);
    }

    @Test
    void listsWhatThereIs() throws Exception {
        assertThat(get("/").body()).contains("/metrics", "/healthz", "/readyz", "/status");
        assertThat(get("/nowhere").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/more").statusCode()).isEqualTo(404);
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        for (String path : List.of("/metrics", "/status", "/readyz")) {
            HttpResponse<String> response = send(request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void refusesToBeChanged() throws Exception {
        HttpResponse<String> response = send(request("/status").POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).hasValue("GET, HEAD");
    }

    @Test
    void saysWhatToDoWhereTheAddressIsTaken() {
        assertThatIOException()
                .isThrownBy(() -> AdminServer.start(admin.address(), metrics, List::of, AdminServerTest::status))
                .withMessageContaining("127.0.0.1:" + admin.address().getPort())
                .withMessageContaining("admin.port");
    }

    @Test
    void cutsOffAClientThatNeverFinishesItsHead() throws Exception {
        try (Socket slow =
                new Socket(InetAddress.getLoopbackAddress(), admin.address().getPort())) {
            slow.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: a".getBytes(StandardCharsets.US_ASCII));
            InputStream answer = slow.getInputStream();
            assertThat(answer.read()).isEqualTo(-1);
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + admin.address().getPort() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Status status() {
        Instant ejected = Instant.parse("2026-11-21T02:05:55Z");
        Status.Lately lately = new Status.Lately(10, 0.999, Duration.ofNanos(1_500_000), Duration.ofMillis(12));
        Status.Standing standing = new Status.Standing(
                Status.EndpointState.EJECTED,
                "7 failures in a row",
                ejected,
                Optional.of(Instant.parse("2026-11-21T02:06:05Z")),
                1);
        Status.EndpointStatus endpoint = new Status.EndpointStatus(
                "127.0.0.1:9001",
                "a",
                1,
                1,
                standing,
                2,
                4,
                Duration.ofNanos(3_250_000),
                new Status.Lately(10, Double.NaN, lately.p50(), lately.p99()));
        return new Status(
                "0.1.0",
                Instant.parse("2026-11-21T02:05:00Z"),
                Instant.parse("2026-11-21T02:06:00Z"),
                Duration.ofSeconds(2),
                3,
                "a",
                List.of("quote \" backslash \\ line \n escape \u001b"),
                List.of(new Status.ListenerStatus("edge", "127.0.0.1:8080", "http", "listening", "", 2, 10.5)),
                List.of(new Status.ServiceStatus(
                        "payments",
                        lately,
                        2,
                        true,
                        new Status.Breaker(
                                "open", "96 % of 512 calls failed in 10s", Instant.parse("2026-11-21T02:05:30Z")),
                        OptionalLong.of(1000),
                        new Status.Retries(7, 0.5, 0.25, 75, 0),
                        new Status.Hedges(2, 1),
                        new TreeMap<>(Map.of("breaker_open", 12.0, "overloaded", 0.0)),
                        List.of(endpoint))),
                List.of(new Status.RouteStatus("pay", "edge", "critical", Optional.empty(), lately, 0.1, 0)),
                List.of(new Status.CertificateStatus(
                        "listener",
                        "edge",
                        "edge.pem",
                        List.of("localhost"),
                        Instant.parse("2026-12-21T00:00:00Z"),
                        0.25)),
                List.of(new Event(
                        ejected, Event.Kind.ENDPOINT_EJECTED, "payments", "127.0.0.1:9001", "7 failures in a row")));
    }
}
