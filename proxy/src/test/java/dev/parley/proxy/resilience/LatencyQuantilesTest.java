package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatencyQuantilesTest {
    private final LatencyQuantiles quantiles = new LatencyQuantiles();

    @Test
    void knowsNothingOfTooFewLatencies() {
        record(99, MS, 0);
        assertThat(quantiles.quantileNs(50, 0)).isEqualTo(LatencyQuantiles.UNKNOWN);
        record(1, MS, 0);
        assertThat(quantiles.quantileNs(50, SECOND)).isBetween(MS * 7 / 8, MS);
    }

    @Test
    void isAtMostAnEighthTooLow() {
        for (long seed = 1; seed <= 5; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LatencyQuantiles some = new LatencyQuantiles();
            long[] exact = new long[10_000];
            for (int i = 0; i < exact.length; i++) {
                exact[i] = (long) Math.exp(random.nextDouble(Math.log(20_000), Math.log(60e9)));
                some.record(exact[i], 0);
            }
            Arrays.sort(exact);
            for (int percent = 1; percent < 100; percent++) {
                long right = exact[exact.length * percent / 100 - 1];
                assertThat(some.quantileNs(percent, 0))
                        .as("seed %d, p%d", seed, percent)
                        .isBetween(right * 7 / 8, right);
            }
        }
    }

    @Test
    void countsWhatIsBeyondItsRange() {
        record(50, -1, 0);
        record(60, Long.MAX_VALUE, 0);
        assertThat(quantiles.quantileNs(10, 0)).isZero();
        assertThat(quantiles.quantileNs(99, 0)).isEqualTo(1L << 37);
    }

    @Test
    void forgetsAfterTwentySecondsAndTheRecentOnesAfterFour() {
        record(200, 100 * MS, 0);
        record(100, MS, 10 * SECOND);
        assertThat(quantiles.quantileNs(50, 11 * SECOND)).isGreaterThan(80 * MS);
        assertThat(quantiles.recentNs(99, 11 * SECOND)).isLessThanOrEqualTo(MS);
        assertThat(quantiles.recentNs(99, 14 * SECOND)).isEqualTo(LatencyQuantiles.UNKNOWN);
        assertThat(quantiles.quantileNs(99, 20 * SECOND)).isLessThanOrEqualTo(MS);
        assertThat(quantiles.quantileNs(99, 30 * SECOND)).isEqualTo(LatencyQuantiles.UNKNOWN);
    }

    @Test
    void readsAtMostTenTimesASecond() {
        record(100, MS, 0);
        assertThat(quantiles.quantileNs(50, 0)).isLessThanOrEqualTo(MS);
        record(1_000, SECOND, 50 * MS);
        assertThat(quantiles.quantileNs(50, 99 * MS)).isLessThanOrEqualTo(MS);
        assertThat(quantiles.quantileNs(50, 100 * MS)).isGreaterThan(800 * MS);
    }

    @Test
    void losesNoLatencyOfAnyThread() throws InterruptedException {
        Threads.run(4, thread -> {
            for (int i = 0; i < 100_000; i++) {
                // A quarter of what each thread sees is slow.
                quantiles.record((i & 3) == 0 ? 100 * MS : MS, i * 50_000L);
            }
        });
        assertThat(quantiles.quantileNs(75, 6 * SECOND)).isLessThanOrEqualTo(MS);
        assertThat(quantiles.quantileNs(76, 6 * SECOND)).isGreaterThan(80 * MS);
    }

    @Test
    void bucketsAreContiguousAndGrow() {
        for (int bucket = 1; bucket < LatencyQuantiles.BUCKETS; bucket++) {
            long lower = LatencyQuantiles.lowerNs(bucket);
            assertThat(lower).isGreaterThan(LatencyQuantiles.lowerNs(bucket - 1));
            assertThat(LatencyQuantiles.bucket(lower)).isEqualTo(bucket);
            assertThat(LatencyQuantiles.bucket(lower - 1)).isEqualTo(bucket - 1);
        }
    }

    private void record(int count, long latencyNs, long nowNs) {
        for (int i = 0; i < count; i++) {
            quantiles.record(latencyNs, nowNs);
        }
    }
}
