package dev.parley.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MetricsRegistryTest {
    private static final String OPENMETRICS =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    private final MetricsRegistry registry =
            new MetricsRegistry(2, List.of("forwarded", "no_route"), List.of("bare_line_feed", "target_too_long"));

    @Test
    void exposesWhatEachListenerCounts() throws IOException {
        ListenerMetrics edge = registry.listener("edge");
        edge.accepted(0);
        edge.accepted(1);
        edge.accepted(1);
        edge.closed(0);
        edge.refused(1, ListenerMetrics.ConnectionRefusal.DENIED_RANGE);
        edge.bytes(0, 10, 20);
        edge.bytes(1, 1, 2);
        edge.interaction(0, 1);
        edge.requestRefused(1, 1);

        ExpositionText text = scrape("");
        assertThat(text.value("parley_listener_connections_total{listener=\"edge\"}"))
                .isEqualTo(3);
        assertThat(text.value("parley_listener_connections_open{listener=\"edge\"}"))
                .isEqualTo(2);
        assertThat(text.value("parley_listener_connections_refused_total{listener=\"edge\",reason=\"denied_range\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_listener_received_bytes_total{listener=\"edge\"}"))
                .isEqualTo(11);
        assertThat(text.value("parley_listener_sent_bytes_total{listener=\"edge\"}"))
                .isEqualTo(22);
        assertThat(text.value("parley_listener_interactions_total{listener=\"edge\",outcome=\"no_route\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_listener_interactions_total{listener=\"edge\",outcome=\"forwarded\"}"))
                .isZero();
        assertThat(text.value("parley_listener_requests_refused_total{code=\"target_too_long\",listener=\"edge\"}"))
                .isEqualTo(1);
    }

    @Test
    void exposesLatenciesAsCumulativeOctaves() throws IOException {
        RouteMetrics route = registry.route("pay");
        route.requests(0, StatusClass.of(204));
        route.latency(0, 1L << 20);
        route.latency(1, (1L << 20) + 1);
        route.latency(1, Long.MAX_VALUE / 2);

        ExpositionText text = scrape("");
        assertThat(text.value("parley_route_requests_total{class=\"2xx\",route=\"pay\"}"))
                .isEqualTo(1);
        String bucket = "parley_route_latency_seconds_bucket{route=\"pay\",le=\"%s\"}";
        assertThat(text.value(bucket.formatted("5.24288E-4"))).isZero();
        assertThat(text.value(bucket.formatted("0.001048576"))).isEqualTo(1);
        assertThat(text.value(bucket.formatted("0.002097152"))).isEqualTo(2);
        assertThat(text.value(bucket.formatted("68.719476736"))).isEqualTo(2);
        assertThat(text.value(bucket.formatted("+Inf"))).isEqualTo(3);
        assertThat(text.value("parley_route_latency_seconds_count{route=\"pay\"}"))
                .isEqualTo(3);
    }

    @Test
    void readsEndpointGaugesAtScrape() throws IOException {
        EndpointMetrics endpoint = registry.endpoint("payments", "127.0.0.1:9001");
        endpoint.observe(new EndpointMetrics.State() {
            @Override
            public int inFlight() {
                return 7;
            }

            @Override
            public boolean up() {
                return true;
            }

            @Override
            public boolean ejected() {
                return true;
            }

            @Override
            public double ewmaLatencyNs() {
                return 1_500_000;
            }
        });
        endpoint.ejected(EjectionCause.LATENCY);
        endpoint.ejected(EjectionCause.LATENCY);
        endpoint.idle(0, 1);
        endpoint.idle(1, 1);
        endpoint.idle(0, -1);

        ExpositionText text = scrape("");
        String labels = "{endpoint=\"127.0.0.1:9001\",service=\"payments\"}";
        assertThat(text.value("parley_endpoint_in_flight" + labels)).isEqualTo(7);
        assertThat(text.value("parley_endpoint_up" + labels)).isEqualTo(1);
        assertThat(text.value("parley_endpoint_ejected" + labels)).isEqualTo(1);
        assertThat(
                        text.value(
                                "parley_endpoint_ejections_total{cause=\"latency\",endpoint=\"127.0.0.1:9001\",service=\"payments\"}"))
                .isEqualTo(2);
        assertThat(text.value("parley_endpoint_ewma_latency_seconds" + labels)).isEqualTo(0.0015);
        assertThat(text.value("parley_endpoint_connections_idle" + labels)).isEqualTo(1);
    }

    @Test
    void countsCallsByTheirStatus() throws IOException {
        ServiceMetrics service = registry.service("pay");
        assertThat(raw("")).doesNotContain("grpc_calls");
        service.call(0, 0);
        service.call(1, 14);
        service.call(1, 14);
        service.call(0, -1);
        service.call(0, 17);
        ExpositionText text = scrape("");
        assertThat(text.value("parley_service_grpc_calls_total{service=\"pay\",status=\"0\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_grpc_calls_total{service=\"pay\",status=\"14\"}"))
                .isEqualTo(2);
        assertThat(text.value("parley_service_grpc_calls_total{service=\"pay\",status=\"16\"}"))
                .isZero();
        // What no server may send is counted with those that had none.
        assertThat(text.value("parley_service_grpc_calls_total{service=\"pay\",status=\"none\"}"))
                .isEqualTo(2);
    }

    @Test
    void exposesWhyAServiceWasNotCalledAndWhatFollowedFailures() throws IOException {
        ServiceMetrics service = registry.service("pay");
        service.refused(0, ServiceMetrics.CallRefusal.BREAKER_OPEN);
        service.refused(1, ServiceMetrics.CallRefusal.BREAKER_OPEN);
        service.refused(1, ServiceMetrics.CallRefusal.SHED);
        service.retried(0, ServiceMetrics.RetryCause.GRPC_STATUS);
        service.retryBudgetExhausted(1);
        service.hedged(0);
        service.hedged(1);
        service.hedgeWon(1);
        service.rateLimited(0);
        registry.listener("edge").rateLimited(1);
        registry.route("charge").rateLimited(0);

        ExpositionText text = scrape("");
        assertThat(text.value("parley_service_refusals_total{reason=\"breaker_open\",service=\"pay\"}"))
                .isEqualTo(2);
        assertThat(text.value("parley_service_refusals_total{reason=\"shed\",service=\"pay\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_refusals_total{reason=\"too_late\",service=\"pay\"}"))
                .isZero();
        assertThat(text.value("parley_service_retries_total{cause=\"grpc_status\",service=\"pay\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_retries_total{cause=\"unsent\",service=\"pay\"}"))
                .isZero();
        assertThat(text.value("parley_service_retry_budget_exhausted_total{service=\"pay\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_hedges_total{service=\"pay\"}")).isEqualTo(2);
        assertThat(text.value("parley_service_hedges_won_total{service=\"pay\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_rate_limited_total{service=\"pay\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_listener_rate_limited_total{listener=\"edge\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_route_rate_limited_total{route=\"charge\"}"))
                .isEqualTo(1);
    }

    @Test
    void readsTheStateOfABreakerAtScrape() throws IOException {
        ServiceMetrics service = registry.service("pay");
        assertThat(raw("")).doesNotContain("breaker_state");
        service.observe(guarded(ServiceMetrics.BreakerState.HALF_OPEN));
        service.breakerMoved(ServiceMetrics.BreakerState.OPEN);
        service.breakerMoved(ServiceMetrics.BreakerState.HALF_OPEN);

        ExpositionText text = scrape("");
        assertThat(text.value("parley_service_breaker_state{service=\"pay\",state=\"half_open\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_breaker_state{service=\"pay\",state=\"open\"}"))
                .isZero();
        assertThat(text.value("parley_service_breaker_transitions_total{service=\"pay\",state=\"open\"}"))
                .isEqualTo(1);
        assertThat(text.value("parley_service_in_flight{service=\"pay\"}")).isEqualTo(4);
        assertThat(text.value("parley_service_pending{service=\"pay\"}")).isEqualTo(3);
        assertThat(text.value("parley_service_awaiting{service=\"pay\"}")).isEqualTo(2);
        assertThat(text.value("parley_service_concurrency_limit{service=\"pay\"}"))
                .isEqualTo(100);
    }

    @Test
    void exposesSpentBudgetsByTenths() throws IOException {
        RouteMetrics route = registry.route("pay");
        route.budgetSpent(0, 10, 100);
        route.budgetSpent(1, 11, 100);
        route.budgetSpent(1, 99, 100);
        route.budgetSpent(1, 150, 100);

        ExpositionText text = scrape("");
        String bucket = "parley_route_budget_spent_ratio_bucket{route=\"pay\",le=\"%s\"}";
        assertThat(text.value(bucket.formatted("0.1"))).isEqualTo(1);
        assertThat(text.value(bucket.formatted("0.2"))).isEqualTo(2);
        assertThat(text.value(bucket.formatted("0.9"))).isEqualTo(2);
        assertThat(text.value(bucket.formatted("1.0"))).isEqualTo(3);
        assertThat(text.value(bucket.formatted("+Inf"))).isEqualTo(4);
        assertThat(text.value("parley_route_budget_spent_ratio_sum{route=\"pay\"}"))
                .isCloseTo(2.7, Offset.offset(1e-5));
        assertThat(text.value("parley_route_budgets_exceeded_total{route=\"pay\"}"))
                .isEqualTo(1);
    }

    @Test
    void exposesEveryMetricOfTheCatalogueWithItsHelp() throws IOException {
        useEverything();
        for (String accept : List.of("", OPENMETRICS)) {
            String raw = raw(accept);
            Set<String> types = new HashSet<>(ExpositionText.read(raw).types().keySet());
            for (Metric metric : Metric.values()) {
                String name = accept.isEmpty() && metric.kind() == Metric.Kind.INFO
                        ? metric.exposedName() + "_info"
                        : accept.isEmpty()
                                ? metric.exposedName()
                                : metric.exposedName().replaceFirst("_total$", "");
                assertThat(types.remove(name)).as(name).isTrue();
                assertThat(raw).contains("# HELP " + name + " " + metric.help() + "\n");
            }
            assertThat(types).as("undeclared").isEmpty();
        }
    }

    @Test
    void speaksOpenMetricsOnlyToThoseWhoAsk() throws IOException {
        registry.listener("edge");
        assertThat(registry.scrape("text/plain").contentType()).startsWith("text/plain; version=0.0.4");
        assertThat(registry.scrape(OPENMETRICS).contentType()).startsWith("application/openmetrics-text");
        assertThat(raw(OPENMETRICS)).endsWith("# EOF\n");
    }

    @Test
    void escapesNamesThatWouldEndALabel() throws IOException {
        registry.route("a\"} 1\nforged 2\\").requests(0, StatusClass.SUCCESS);
        ExpositionText text = scrape("");
        assertThat(text.value("parley_route_requests_total{class=\"2xx\",route=\"a\\\"} 1\\nforged 2\\\\\"}"))
                .isEqualTo(1);
    }

    @Test
    void keepsHandlesAcrossChangesAndDropsWhatIsGone() throws IOException {
        RouteMetrics kept = registry.route("kept");
        RouteMetrics gone = registry.route("gone");
        kept.requests(0, StatusClass.SUCCESS);
        gone.requests(0, StatusClass.SUCCESS);
        registry.retain(Set.of(), Set.of("kept"), Set.of(), Set.of());

        assertThat(registry.route("kept")).isSameAs(kept);
        assertThat(scrape("").samples().keySet()).noneMatch(series -> series.contains("gone"));
        gone.requests(0, StatusClass.SUCCESS);
        assertThat(registry.route("gone").requestsOf(StatusClass.SUCCESS)).isZero();
    }

    @Test
    void sharesOneHandleBeyondItsBound() {
        for (int index = 0; index < MetricsRegistry.MOST_OF_A_KIND; index++) {
            registry.service("s" + index);
        }
        ServiceMetrics shared = registry.service("one more");
        assertThat(registry.service("and another")).isSameAs(shared);
        assertThat(registry.service("s7")).isNotSameAs(shared);
    }

    @Test
    void refusesReadingsThatDoNotFitTheirMetric() {
        assertThatIllegalArgumentException().isThrownBy(() -> registry.read(Metric.ENDPOINT_UP, () -> 1));
        assertThatIllegalArgumentException().isThrownBy(() -> registry.state(Metric.BUILD, "0.1.0"));
    }

    private static ServiceMetrics.State guarded(ServiceMetrics.BreakerState breaker) {
        return new ServiceMetrics.State() {
            @Override
            public ServiceMetrics.BreakerState breaker() {
                return breaker;
            }

            @Override
            public long inFlight() {
                return 4;
            }

            @Override
            public long pending() {
                return 3;
            }

            @Override
            public long awaiting() {
                return 2;
            }

            @Override
            public long concurrencyLimit() {
                return 100;
            }
        };
    }

    private void useEverything() {
        registry.listener("edge").accepted(0);
        registry.listener("edge").handshake(0, HandshakeResult.FULL);
        for (Metric certificate : List.of(Metric.CERTIFICATE_REMAINING, Metric.CERTIFICATE_SHARE_LEFT)) {
            registry.readEach(certificate, () -> Map.of(List.of("listener", "edge", "edge.pem"), 0.5));
        }
        registry.readEach(Metric.STATE_KEYS, () -> Map.of(List.of("pay"), 7.0));
        registry.route("pay").latency(0, 1);
        registry.route("pay").call(0, 0);
        registry.route("pay").budgetSpent(0, 1, 2);
        registry.route("pay").key(0, KeyResult.EXECUTED);
        registry.service("payments").call(0, 0);
        registry.service("payments").observe(guarded(ServiceMetrics.BreakerState.CLOSED));
        EndpointMetrics endpoint = registry.endpoint("payments", "127.0.0.1:9001");
        endpoint.latency(0, 1);
        endpoint.observe(new EndpointMetrics.State() {
            @Override
            public int inFlight() {
                return 0;
            }

            @Override
            public boolean up() {
                return false;
            }

            @Override
            public boolean ejected() {
                return false;
            }

            @Override
            public double ewmaLatencyNs() {
                return 0;
            }
        });
        for (Metric metric : Metric.values()) {
            if (metric.labels().isEmpty()) {
                registry.read(metric, () -> 42);
            }
        }
        registry.state(Metric.BUILD, "0.1.0", "25");
    }

    private ExpositionText scrape(String accept) throws IOException {
        return ExpositionText.read(raw(accept));
    }

    private String raw(String accept) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        registry.scrape(accept).writeTo(body);
        return body.toString(StandardCharsets.UTF_8);
    }
}
