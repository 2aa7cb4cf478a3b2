package dev.parley.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    @Test
    void putsEveryDurationWithinItsBucketsBounds() {
        for (int bucket = 1; bucket < LatencyHistogram.BUCKETS - 1; bucket++) {
            long upperNs = LatencyHistogram.upperNs(bucket);
            assertThat(LatencyHistogram.bucket(upperNs)).isEqualTo(bucket);
            assertThat(LatencyHistogram.bucket(upperNs + 1)).isEqualTo(bucket + 1);
            assertThat(LatencyHistogram.bucket(LatencyHistogram.upperNs(bucket - 1) + 1))
                    .isEqualTo(bucket);
        }
    }

    @Test
    void takesAnyLong() {
        assertThat(LatencyHistogram.bucket(Long.MIN_VALUE + 1)).isZero();
        assertThat(LatencyHistogram.bucket(-1)).isZero();
        assertThat(LatencyHistogram.bucket(0)).isZero();
        assertThat(LatencyHistogram.bucket(1L << 16)).isZero();
        assertThat(LatencyHistogram.bucket((1L << 36) + 1)).isEqualTo(LatencyHistogram.BUCKETS - 1);
        assertThat(LatencyHistogram.bucket(Long.MAX_VALUE)).isEqualTo(LatencyHistogram.BUCKETS - 1);
    }

    @Test
    void answersQuantilesWithinAQuarter() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        LatencyHistogram histogram = new LatencyHistogram(2);
        long[] durations = new long[20_000];
        for (int index = 0; index < durations.length; index++) {
            durations[index] = (long) Math.exp(12 + 10 * random.nextDouble());
            histogram.record(index % 2, durations[index]);
        }
        Arrays.sort(durations);
        Latencies latencies = histogram.read();
        for (double share : new double[] {0.5, 0.9, 0.99, 0.999}) {
            long exact = durations[(int) Math.ceil(share * durations.length) - 1];
            assertThat((double) latencies.quantileNs(share))
                    .as("p%s with seed %d", 100 * share, seed)
                    .isCloseTo((double) exact, within(exact * 0.25));
        }
        assertThat(latencies.count()).isEqualTo(durations.length);
        assertThat(latencies.sumNs()).isEqualTo(Arrays.stream(durations).sum());
    }

    @Test
    void answersWhatIsRecent() {
        LatencyHistogram histogram = new LatencyHistogram(1);
        histogram.record(0, 60_000_000_000L);
        Latencies before = histogram.read();
        histogram.record(0, 1_000_000);
        Latencies recent = histogram.read().since(before);
        assertThat(recent.count()).isEqualTo(1);
        assertThat(recent.quantileNs(0.99)).isBetween(900_000L, 1_100_000L);
        assertThat(before.since(before).quantileNs(0.5)).isZero();
        assertThat(before.since(Latencies.none()).count()).isEqualTo(1);
    }
}
