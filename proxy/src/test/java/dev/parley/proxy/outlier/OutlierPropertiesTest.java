package dev.parley.proxy.outlier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proxy.upstream.Endpoint.Cause;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds whatever happens. Each run is made by its seed, which its name says. */
class OutlierPropertiesTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void endpointsThatAreAlikeAreNotEjected(long seed) {
        Random random = new Random(seed);
        WatchedPool pool = new WatchedPool(3 + random.nextInt(8), WatchedPool.DEFAULTS, seed);
        int requests = 20 + random.nextInt(200);
        for (int second = 0; second < 600; second++) {
            for (int i = 0; i < requests; i++) {
                int index = random.nextInt(pool.endpoints.size());
                // 97 % go well, and how long they take is spread as latencies are: half below 2 ms, one in a thousand
                // above 40.
                if (random.nextInt(100) < 3) {
                    pool.fail(index);
                } else {
                    pool.succeed(index, Math.round(2 * Math.exp(random.nextGaussian())));
                }
            }
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.told).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void lowTrafficEjectsNobodyForFailuresThatAreNoRow(long seed) {
        Random random = new Random(seed);
        WatchedPool pool = new WatchedPool(3, WatchedPool.DEFAULTS, seed);
        for (int second = 0; second < 3600; second++) {
            int index = random.nextInt(3);
            // A tenth fails, at one request a second: one endpoint would have to fail five times of its three or four.
            if (random.nextInt(10) == 0) {
                pool.fail(index);
            } else {
                pool.succeed(index, random.nextInt(50) == 0 ? 5000 : 5);
            }
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.told).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void theBoundsHoldWhateverHappens(long seed) {
        Random random = new Random(seed);
        int size = 2 + random.nextInt(12);
        int percent = random.nextInt(101);
        WatchedPool pool = new WatchedPool(size, WatchedPool.ejecting(percent + "%"), seed);
        int most = Math.max(1, size * percent / 100);
        double[] failing = new double[size];
        for (int step = 0; step < 20_000; step++) {
            int index = random.nextInt(size);
            happen(pool, index, failing, random);
            long out = pool.endpoints.stream()
                    .filter(each -> each.ejection().cause() != Cause.UP)
                    .count();
            assertThat(out).as("out at step %d", step).isLessThanOrEqualTo(most);
            boolean someoneIsHealthy =
                    pool.endpoints.stream().anyMatch(each -> each.health().available());
            boolean someoneIsUp =
                    pool.endpoints.stream().anyMatch(each -> each.standing().cause() == Cause.UP);
            assertThat(someoneIsUp).as("one is up at step %d", step).isEqualTo(someoneIsHealthy);
        }
        assertThat(pool.told).as("the run is not vacuous").hasSizeGreaterThan(20);
    }

    /** One request, as the endpoint is now; now and then it becomes better or worse, or health speaks, or time passes. */
    private static void happen(WatchedPool pool, int index, double[] failing, Random random) {
        switch (random.nextInt(40)) {
            case 0 -> failing[index] = random.nextBoolean() ? 0 : random.nextDouble();
            case 1 -> {
                pool.endpoint(index).takeDown(Cause.UNREACHABLE, "connection refused", pool.nowNs);
                pool.detector.healthChanged(pool.nowNs);
            }
            case 2, 3 -> {
                pool.endpoint(index).bringUp(pool.nowNs);
                pool.detector.healthChanged(pool.nowNs);
            }
            case 4 -> pool.pass(Duration.ofMillis(random.nextInt(1500)));
            default -> {
                boolean fails = random.nextDouble() < failing[index];
                for (int i = 0; i < 6; i++) {
                    if (fails) {
                        pool.fail(index);
                    } else {
                        pool.succeed(index, 1 + random.nextInt(3));
                    }
                }
            }
        }
    }
}
