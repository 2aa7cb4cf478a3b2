package dev.parley.proxy.outlier;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where a share of all requests fails, wherever they go, rows of failures and low shares are nobody's fault. */
class BroadFailureTest {
    @Test
    void ejectsNobodyForBadLuckWhereHalfFailsEverywhere() {
        for (long seed = 1; seed <= 5; seed++) {
            WatchedPool pool = WatchedPool.of(8);
            Random random = new Random(seed);
            for (int round = 0; round < 2000; round++) {
                for (int i = 0; i < 8; i++) {
                    if (random.nextBoolean()) {
                        pool.fail(i);
                    } else {
                        pool.succeed(i);
                    }
                }
                pool.pass(Duration.ofMillis(10));
            }
            assertThat(pool.told).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void ejectsTheOneThatOnlyFailsWhereAFifthFailsEverywhere() {
        WatchedPool pool = WatchedPool.of(8);
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            for (int i = 0; i < 8; i++) {
                if ((i == 5 && round >= 300) || random.nextInt(5) == 0) {
                    pool.fail(i);
                } else {
                    pool.succeed(i);
                }
            }
            pool.pass(Duration.ofMillis(10));
        }
        assertThat(pool.told)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.endpoint()).isEqualTo(pool.endpoint(5)));
    }
}
