package dev.parley.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proxy.balance.FastRandom;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void quantilesAreOffByAFewPercentAtMost() {
        FastRandom random = new FastRandom(11);
        ServiceTime times = ServiceTime.around(Duration.ofMillis(10), 1.5);
        Latencies latencies = new Latencies();
        long[] all = new long[100_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = times.draw(random);
            latencies.add(all[i]);
        }
        Arrays.sort(all);
        for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999}) {
            double exact = all[(int) Math.ceil(share * all.length) - 1] / 1e6;
            assertThat(latencies.quantileMs(share)).isCloseTo(exact, within(0.035 * exact + 0.001));
        }
        assertThat(latencies.meanMs()).isCloseTo(Arrays.stream(all).average().orElseThrow() / 1e6, within(1e-6));
    }

    @Test
    void meansOfDistributionsAreWhatTheySay() {
        FastRandom random = new FastRandom(12);
        ServiceTime bimodal = new ServiceTime.Bimodal(
                ServiceTime.around(Duration.ofMillis(8), 0.3), new ServiceTime.Constant(Duration.ofMillis(100)), 0.1);
        double sum = 0;
        for (int i = 0; i < 200_000; i++) {
            sum += bimodal.draw(random);
        }
        assertThat(sum / 200_000).isCloseTo(bimodal.meanNs(), within(0.01 * bimodal.meanNs()));
    }
}
