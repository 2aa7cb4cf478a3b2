package dev.parley.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreboardTest {
    private static Snapshot at(int seconds, long answered, long broken, long ms1, long ms10, long all, long connects) {
        String metrics = """
            # HELP parley_endpoint_requests_total Attempts at the endpoint.
            # TYPE parley_endpoint_requests_total counter
            parley_endpoint_requests_total{service="payments",endpoint="127.0.0.1:9001",class="2xx"} %d
            parley_endpoint_requests_total{service="payments",endpoint="127.0.0.1:9001",class="none"} %d
            parley_endpoint_latency_seconds_bucket{service="payments",endpoint="127.0.0.1:9001",le="0.001"} %d
            parley_endpoint_latency_seconds_bucket{service="payments",endpoint="127.0.0.1:9001",le="0.01"} %d
            parley_endpoint_latency_seconds_bucket{service="payments",endpoint="127.0.0.1:9001",le="+Inf"} %d
            parley_endpoint_in_flight{service="payments",endpoint="127.0.0.1:9001"} 3
            parley_endpoint_up{service="payments",endpoint="127.0.0.1:9001"} 1
            parley_endpoint_connects_total{service="echo",endpoint="127.0.0.1:9002"} %d
            parley_endpoint_up{service="echo",endpoint="127.0.0.1:9002"} 0
            """.formatted(answered, broken, ms1, ms10, all, connects);
        return Snapshot.parse(Duration.ofSeconds(seconds).toNanos(), metrics);
    }

    @Test
    void readsLabelsWithEscapesAndPassesOverWhatDoesNotParse() {
        List<MetricsText.Sample> samples = MetricsText.parse("""
                # parley_x a comment
                parley_x{a="q\\"\\\\\\n",b="}"} 1.5e3 1700000000
                parley_x 2
                parley_x{a="never closed
                parley_x nonsense
                other_x 3
                """, "parley_x");

        assertThat(samples).hasSize(2);
        assertThat(samples.getFirst().label("a")).isEqualTo("q\"\\\n");
        assertThat(samples.getFirst().label("b")).isEqualTo("}");
        assertThat(samples.getFirst().value()).isEqualTo(1500);
        assertThat(samples.getLast().labels()).isEmpty();
    }

    @Test
    void takesRatesAndQuantilesOverTheWindow() {
        Scoreboard scoreboard = new Scoreboard();
        // What was before the window, ever so many slow failures, must not show.
        scoreboard.add(at(0, 0, 0, 0, 0, 0, 0));
        scoreboard.add(at(10, 1000, 1000, 0, 0, 2000, 50));
        scoreboard.add(at(14, 1360, 1040, 200, 400, 2400, 90));

        Scoreboard.Row row = scoreboard.row("payments", "payments-1", "127.0.0.1:9001", true);
        assertThat(row.state()).isEqualTo(Scoreboard.State.UP);
        assertThat(row.perSecond()).isEqualTo(100);
        assertThat(row.success()).isEqualTo(0.9);
        assertThat(row.p50Seconds()).isEqualTo(0.001);
        assertThat(row.p99Seconds()).isBetween(0.0097, 0.01);
        assertThat(row.inFlight()).isEqualTo(3);

        Scoreboard.Row tcp = scoreboard.row("echo", "echo-1", "127.0.0.1:9002", true);
        assertThat(tcp.state()).isEqualTo(Scoreboard.State.DOWN);
        assertThat(tcp.perSecond()).isEqualTo(10);
        assertThat(tcp.success()).isNaN();
        assertThat(scoreboard.row("echo", "echo-1", "127.0.0.1:9002", false).state())
                .isEqualTo(Scoreboard.State.KILLED);
    }

    @Test
    void rendersTheTable() {
        List<Scoreboard.Row> rows = List.of(
                new Scoreboard.Row(
                        "payments", "payments-1", "127.0.0.1:9001", Scoreboard.State.UP, 123.44, 1, 0.0031, 0.0198, 2),
                new Scoreboard.Row(
                        "orders",
                        "orders-3",
                        "127.0.0.1:9006",
                        Scoreboard.State.KILLED,
                        0,
                        0.99999,
                        1.5,
                        Double.NaN,
                        0));

        assertThat(String.join("\n", new Table(false).rows(rows))).isEqualTo("""
                        SERVICE    ENDPOINT     ADDRESS           STATE       REQ/S   SUCCESS       P50       P99  IN FLIGHT
                        payments   payments-1   127.0.0.1:9001    up          123.4   100.0 %    3.1 ms   19.8 ms          2
                        orders     orders-3     127.0.0.1:9006    killed        0.0    99.9 %    1.50 s         -          0""");
        assertThat(new Table(false)
                        .totals(new Table.Totals(
                                Duration.ofSeconds(12), 498.4, 5980, 0, Duration.ofMillis(4), Duration.ofMillis(21))))
                .isEqualTo("  12s  498 requests/s  5980 requests  0 failed  p50 4.0 ms  p99 21.0 ms");
    }

    @Test
    void colorsNothingWhereNoneIsWanted() {
        List<Scoreboard.Row> rows = List.of(new Scoreboard.Row(
                "a", "a-1", "127.0.0.1:1", Scoreboard.State.UP, 0, Double.NaN, Double.NaN, Double.NaN, 0));

        assertThat(String.join("", new Table(false).rows(rows))).doesNotContain("\u001b");
        assertThat(String.join("", new Table(true).rows(rows))).contains("\u001b[32mup");
    }

    @Test
    void quantilesOfTheLoadAreAtMostOneSixteenthTooHigh() {
        Latencies latencies = new Latencies();
        for (int millis = 1; millis <= 100; millis++) {
            latencies.record(Duration.ofMillis(millis).toNanos());
        }

        assertThat(latencies.quantile(0.5)).isBetween(Duration.ofMillis(50), Duration.ofMillis(54));
        assertThat(latencies.quantile(0.99)).isBetween(Duration.ofMillis(99), Duration.ofMillis(106));
        assertThat(new Latencies().quantile(0.99)).isZero();
    }
}
