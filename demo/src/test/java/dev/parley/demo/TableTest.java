package dev.parley.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.terminal.Ink;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void rendersARowForEachProtocol() {
        Duration p50 = Duration.ofMillis(4);
        Duration p99 = Duration.ofMillis(21);
        List<Table.Totals> all = List.of(
                new Table.Totals(Protocol.HTTP, 498.4, 5980, p50, p99, 3, 0, 12, 0),
                new Table.Totals(Protocol.GRPC, 100, 1200, p50, p99, 1, 2, 0, 1),
                new Table.Totals(Protocol.WEBSOCKET, 80, 960, p50, p99, 8, 0, 0, 4),
                new Table.Totals(Protocol.TCP, 0, 0, Duration.ZERO, Duration.ZERO, 0, 0, 0, 0));

        assertThat(String.join("\n", new Table(new Ink(false)).load(all))).isEqualTo("""
                        CLIENTS      RATE     DONE      P50      P99 OPEN FAILED RETRIED BROKEN BY KILL
                        http        498/s     5980   4.0 ms  21.0 ms    3      0      12 -
                        grpc        100/s     1200   4.0 ms  21.0 ms    1      2       0 1 called again
                        websocket    80/s      960   4.0 ms  21.0 ms    8      0       0 4 reconnects
                        tcp           0/s        0        -        -    0      0       0 -""");
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
