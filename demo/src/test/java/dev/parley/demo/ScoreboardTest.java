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
            parley_endpoint_requests_total{service="echo",endpoint="127.0.0.1:9002",class="none"} %d
            parley_endpoint_connects_total{service="echo",endpoint="127.0.0.1:9002"} %d
            parley_endpoint_up{service="echo",endpoint="127.0.0.1:9002"} 0
            """.formatted(answered, broken, ms1, ms10, all, broken, connects);
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

        Scoreboard.Row row = scoreboard.row("payments", Protocol.HTTP, "payments-1", "127.0.0.1:9001", true, "");
        assertThat(row.state()).isEqualTo(Scoreboard.State.UP);
        assertThat(row.perSecond()).isEqualTo(100);
        assertThat(row.success()).isEqualTo(0.9);
        assertThat(row.p50Seconds()).isEqualTo(0.001);
        assertThat(row.p99Seconds()).isBetween(0.0097, 0.01);
        assertThat(row.inFlight()).isEqualTo(3);

        Scoreboard.Row tcp = scoreboard.row("echo", Protocol.TCP, "echo-1", "127.0.0.1:9002", true, "");
        assertThat(tcp.state()).isEqualTo(Scoreboard.State.DOWN);
        assertThat(tcp.perSecond()).isEqualTo(10);
        assertThat(tcp.success()).isNaN();
    }

    private static Scoreboard.Row row(String name, Scoreboard.State state, boolean running, String reason) {
        return new Scoreboard.Row(
                "payments", name, "127.0.0.1:9001", state, running, reason, 123.44, 0.99999, 0.0031, 1.5, 2);
    }

    @Test
    void rendersTheTableAndWhyAnEndpointIsDown() {
        List<Scoreboard.Row> rows = List.of(
                row("payments-1", Scoreboard.State.UP, true, ""),
                row("payments-2", Scoreboard.State.DOWN, false, "connection refused"),
                row("payments-3", Scoreboard.State.UP, false, ""),
                new Scoreboard.Row(
                        "echo",
                        "echo-1",
                        "127.0.0.1:22442",
                        Scoreboard.State.DOWN,
                        true,
                        "timed out",
                        0,
                        Double.NaN,
                        Double.NaN,
                        Double.NaN,
                        0));

        assertThat(String.join("\n", new Table(false).rows(rows))).isEqualTo("""
                        ENDPOINT   ADDRESS         STATE   REQ/S  SUCCESS      P50      P99 IN FLIGHT
                        payments-1 127.0.0.1:9001  up      123.4   99.9 %   3.1 ms   1.50 s         2
                        payments-2 127.0.0.1:9001  down    123.4   99.9 %   3.1 ms   1.50 s         2
                        payments-3 127.0.0.1:9001  up      123.4   99.9 %   3.1 ms   1.50 s         2
                        echo-1     127.0.0.1:22442 down      0.0        -        -        -         0
                        payments-2 is down: connection refused; its process was killed
                        payments-3 is up: its process was killed
                        echo-1     is down: timed out""");
    }

    @Test
    void rendersARowForEachProtocol() {
        Duration p50 = Duration.ofMillis(4);
        Duration p99 = Duration.ofMillis(21);
        List<Table.Totals> all = List.of(
                new Table.Totals(Protocol.HTTP, 498.4, 5980, p50, p99, 3, 0, 12, 0),
                new Table.Totals(Protocol.GRPC, 100, 1200, p50, p99, 1, 2, 0, 1),
                new Table.Totals(Protocol.WEBSOCKET, 80, 960, p50, p99, 8, 0, 0, 4),
                new Table.Totals(Protocol.TCP, 0, 0, Duration.ZERO, Duration.ZERO, 0, 0, 0, 0));

        assertThat(String.join("\n", new Table(false).load(all))).isEqualTo("""
                        CLIENTS      RATE     DONE      P50      P99 OPEN FAILED RETRIED BROKEN BY KILL
                        http        498/s     5980   4.0 ms  21.0 ms    3      0      12 -
                        grpc        100/s     1200   4.0 ms  21.0 ms    1      2       0 1 called again
                        websocket    80/s      960   4.0 ms  21.0 ms    8      0       0 4 reconnects
                        tcp           0/s        0        -        -    0      0       0 -""");
    }

    @Test
    void countsWhatParleySentToAnotherEndpoint() {
        Scoreboard scoreboard = new Scoreboard();
        assertThat(scoreboard.retries("payments")).isZero();
        scoreboard.add(Snapshot.parse(1, "parley_service_retries_total{service=\"payments\"} 7\n"));

        assertThat(scoreboard.retries("payments")).isEqualTo(7);
        assertThat(scoreboard.retries("orders")).isZero();
    }

    @Test
    void colorsNothingWhereNoneIsWanted() {
        List<Scoreboard.Row> rows = List.of(row("a-1", Scoreboard.State.UP, true, ""));

        assertThat(String.join("", new Table(false).rows(rows))).doesNotContain("\u001b");
        assertThat(String.join("", new Table(true).rows(rows))).contains("\u001b[32mup");
    }

    @Test
    void findsWhyEndpointsAreDown() {
        assertThat(Reasons.parse("""
                        {"listeners":[{"name":"l","address":"127.0.0.1:1","protocol":"tcp","state":"listening","reason":""}],\
                        "endpoints":[{"address":"127.0.0.1:2","state":"down","reason":"said \\"no\\"","weight":1},\
                        {"address":"127.0.0.1:3","state":"up","reason":"","weight":1}]}""")).containsOnlyKeys("127.0.0.1:2");
    }

    @Test
    void tellsTheLatenciesOfLateFromAll() {
        Latencies latencies = new Latencies();
        latencies.record(Duration.ofSeconds(1).toNanos());
        Latencies earlier = latencies.copy();
        latencies.record(Duration.ofMillis(1).toNanos());

        assertThat(latencies.since(earlier).quantile(0.99)).isBetween(Duration.ofMillis(1), Duration.ofMillis(2));
        assertThat(latencies.quantile(0.99)).isGreaterThan(Duration.ofMillis(900));
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
