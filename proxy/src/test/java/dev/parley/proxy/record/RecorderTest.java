package dev.parley.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.telemetry.log.Destination;
import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.telemetry.metrics.RouteMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.telemetry.metrics.StatusClass;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderTest {
    private static final byte[] HEAD =
            "GET /pay?x=1 HTTP/1.1\r\nHost: pay.example\r\n\r\n".getBytes(StandardCharsets.UTF_8);
    private static final Label EDGE = Label.of("edge");
    private static final Label CLIENT = Label.of("10.0.0.7:50312");
    private static final Label PAYMENTS = Label.of("payments");
    private static final Label ENDPOINT = Label.of("127.0.0.1:9001");

    @TempDir
    Path folder;

    private final MetricsRegistry registry = new MetricsRegistry(1, Outcome.codes(), List.of("bare_line_feed"));
    private final ListenerMetrics listener = registry.listener("edge");
    private final RouteMetrics route = registry.route("payments");
    private final ServiceMetrics service = registry.service("payments");
    private final EndpointMetrics endpoint = registry.endpoint("payments", "127.0.0.1:9001");
    private final DecisionIds ids = new DecisionIds(1, 2);
    private final Decision decision = new Decision();
    private final Recorder recorder = new Recorder(0, null);

    @Test
    void countsAForwardedRequestEverywhere() throws IOException {
        forward(recorder, 204);
        assertThat(route.requestsOf(2)).isEqualTo(1);
        assertThat(service.requestsOf(2)).isEqualTo(1);
        assertThat(endpoint.requestsOf(2)).isEqualTo(1);
        assertThat(route.latencies().sumNs()).isEqualTo(900_000);
        assertThat(endpoint.latencies().sumNs()).isEqualTo(880_000);
        assertThat(scrape())
                .contains("parley_listener_interactions_total{listener=\"edge\",outcome=\"forwarded\"} 1.0\n")
                .contains("parley_listener_received_bytes_total{listener=\"edge\"} 120.0\n")
                .contains("parley_listener_sent_bytes_total{listener=\"edge\"} 310.0\n")
                .contains("parley_endpoint_sent_bytes_total{endpoint=\"127.0.0.1:9001\",service=\"payments\"} 120.0\n");
    }

    @Test
    void countsAnAnswerOfItsOwnForTheClientButNotForTheEndpoint() {
        begin();
        decision.outcome(Outcome.UPSTREAM_TIMEOUT, Label.of("response_timeout"));
        decision.status(504);
        decision.end(2_000_000);
        recorder.record(decision);
        assertThat(service.requestsOf(StatusClass.SERVER_ERROR)).isEqualTo(1);
        assertThat(endpoint.requestsOf(StatusClass.SERVER_ERROR)).isZero();
        assertThat(endpoint.requestsOf(StatusClass.NONE)).isEqualTo(1);
        assertThat(endpoint.latencies().count()).isZero();
    }

    @Test
    void countsWhatWasCutAsNoAnswer() {
        begin();
        decision.outcome(Outcome.CLIENT_GONE);
        decision.status(200);
        decision.cutShort();
        decision.end(2_000_000);
        recorder.record(decision);
        assertThat(route.requestsOf(StatusClass.NONE)).isEqualTo(1);
        assertThat(route.requestsOf(StatusClass.SUCCESS)).isZero();
        assertThat(route.latencies().count()).isZero();
    }

    @Test
    void countsEachAttemptOnceAndTheRequestOnce() throws IOException {
        begin();
        recorder.retry(decision);
        decision.attempt(ENDPOINT, endpoint, 50_000);
        decision.outcome(Outcome.FORWARDED);
        decision.status(200);
        decision.end(1_000_000);
        recorder.record(decision);
        assertThat(endpoint.requestsOf(StatusClass.NONE)).isEqualTo(1);
        assertThat(endpoint.requestsOf(StatusClass.SUCCESS)).isEqualTo(1);
        assertThat(service.requestsOf(StatusClass.SUCCESS)).isEqualTo(1);
        assertThat(scrape()).contains("parley_service_retries_total{cause=\"unsent\",service=\"payments\"} 1.0\n");
    }

    @Test
    void countsRefusalsByCodeWithoutARoute() throws IOException {
        decision.begin(ids, Decision.Protocol.HTTP_1_1, 0, 0);
        decision.from(EDGE, listener, CLIENT);
        decision.refused(0, Label.of("bare_line_feed"));
        decision.status(400);
        decision.end(1_000);
        recorder.record(decision);
        assertThat(scrape())
                .contains("parley_listener_requests_refused_total{code=\"bare_line_feed\",listener=\"edge\"} 1.0\n")
                .contains("parley_listener_interactions_total{listener=\"edge\",outcome=\"refused_request\"} 1.0\n");
    }

    @Test
    void showsTheBytesOfATunnelWhileItFlowsAndCountsThemOnce() throws IOException {
        decision.begin(ids, Decision.Protocol.TCP, 0, 0);
        decision.from(EDGE, listener, CLIENT);
        decision.service(PAYMENTS, service);
        decision.bytes(1_000, 0);
        recorder.countBytes(decision);
        assertThat(scrape()).contains("parley_listener_received_bytes_total{listener=\"edge\"} 1000.0\n");
        decision.bytes(24, 0);
        decision.outcome(Outcome.TUNNELLED);
        decision.end(1_000);
        recorder.record(decision);
        assertThat(scrape())
                .contains("parley_listener_received_bytes_total{listener=\"edge\"} 1024.0\n")
                .contains("parley_service_tcp_connections_total{service=\"payments\"} 1.0\n");
        assertThat(service.requestsOf(StatusClass.NONE)).isZero();
    }

    @Test
    void logsOneLineForEachInteraction() throws Exception {
        Path file = folder.resolve("access.log");
        try (LineWriter log = new LineWriter(new Destination.AppendedFile(file), 1, 1 << 20)) {
            Recorder logging = new Recorder(0, log.lane(0));
            for (int request = 0; request < 1_000; request++) {
                forward(logging, 200);
            }
        }
        assertThat(Files.readAllLines(file))
                .hasSize(1_000)
                .allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    @Test
    void allocatesNothing() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (LineWriter log = new LineWriter(new Destination.AppendedFile(folder.resolve("log")), 1, 256 * 1024)) {
            Recorder logging = new Recorder(0, log.lane(0));
            for (int request = 0; request < 20_000; request++) {
                forward(logging, 200);
            }
            long beforeBytes = threads.getCurrentThreadAllocatedBytes();
            for (int request = 0; request < 200_000; request++) {
                forward(logging, 200);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - beforeBytes;
            // Asking costs some hundred bytes itself, and a chunk is made when it is first used: nothing a request.
            assertThat(allocated).isLessThan(4 * 64 * 1024 + 4_096);
        }
    }

    private void forward(Recorder to, int status) {
        begin();
        decision.connected(40_000);
        decision.firstByte(800_000);
        decision.status(status);
        decision.bytes(120, 310);
        decision.outcome(Outcome.FORWARDED);
        decision.end(900_000);
        to.record(decision);
    }

    private void begin() {
        decision.begin(ids, Decision.Protocol.HTTP_1_1, 1_800_000_000_000L, 0);
        decision.from(EDGE, listener, CLIENT);
        decision.request(HEAD, 0, 3, 29, 40, 4, 12);
        decision.route(PAYMENTS, route);
        decision.service(PAYMENTS, service);
        decision.attempt(ENDPOINT, endpoint, 20_000);
    }

    private String scrape() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        registry.scrape("").writeTo(body);
        return body.toString(StandardCharsets.UTF_8);
    }
}
