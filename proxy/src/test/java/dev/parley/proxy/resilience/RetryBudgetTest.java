package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Percent;
import dev.parley.model.Rate;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private static final Rate NONE = new Rate(0, java.time.Duration.ofSeconds(1));

    @Test
    void allowsAShareOfTheRequests() {
        RetryBudget budget = new RetryBudget(new Percent(20), NONE);
        assertThat(budget.tryRetry(0)).isFalse();
        requests(budget, 1_000, 0);
        assertThat(retries(budget, 1_000, 0)).isEqualTo(200);
        assertThat(budget.refused()).isEqualTo(801);
    }

    @Test
    void allowsAFloorWhereThereIsLittleTraffic() {
        RetryBudget budget = new RetryBudget(new Percent(20), Rate.parse("10/s"));
        assertThat(retries(budget, 1_000, 0)).isEqualTo(100);
        assertThat(retries(budget, 1_000, 10 * SECOND)).isZero();
        requests(budget, 10, 10 * SECOND);
        assertThat(retries(budget, 1_000, 10 * SECOND)).isEqualTo(2);
    }

    @Test
    void doesNotSpendAtOnceWhatTenGoodSecondsHaveSavedUp() {
        RetryBudget budget = new RetryBudget(new Percent(20), NONE);
        for (int second = 0; second < 10; second++) {
            requests(budget, 1_000, second * SECOND);
        }
        assertThat(retries(budget, 10_000, 9 * SECOND)).isEqualTo(400);
    }

    @Test
    void forgetsRequestsAndRetriesWithTime() {
        RetryBudget budget = new RetryBudget(new Percent(20), NONE);
        requests(budget, 1_000, 0);
        assertThat(retries(budget, 1_000, SECOND)).isEqualTo(200);
        assertThat(retries(budget, 1_000, 10 * SECOND)).isZero();
        requests(budget, 100, 20 * SECOND);
        assertThat(retries(budget, 1_000, 20 * SECOND)).isEqualTo(20);
    }

    @Test
    void worksOnAClockThatBeganBelowZero() {
        RetryBudget budget = new RetryBudget(new Percent(50), NONE);
        for (long now = -15 * SECOND; now < 15 * SECOND; now += SECOND) {
            requests(budget, 100, now);
            assertThat(retries(budget, 100, now)).isLessThanOrEqualTo(50);
        }
        assertThat(budget.retries(14 * SECOND)).isBetween(450L, 500L);
    }

    @Test
    void countsTheRetriesOfEventLoopsWhoseClocksAreAhead() {
        RetryBudget budget = new RetryBudget(new Percent(20), NONE);
        requests(budget, 1_000, SECOND - 1);
        assertThat(retries(budget, 150, SECOND)).isEqualTo(150);
        assertThat(retries(budget, 150, SECOND - 1)).isEqualTo(50);
    }

    @Test
    void followsOtherSettings() {
        RetryBudget budget = new RetryBudget(new Percent(20), NONE);
        requests(budget, 100, 0);
        budget.tune(new Percent(50), NONE);
        assertThat(retries(budget, 100, 0)).isEqualTo(50);
    }

    @Test
    void neverAllowsMoreInAnyTenSecondsWhateverTheNumberOfThreads() throws InterruptedException {
        for (long seed = 1; seed <= 3; seed++) {
            storm(seed);
        }
    }

    /** Threads that ask as fast as they can, in steps of 100 ms of virtual time with random numbers of requests. */
    private static void storm(long seed) throws InterruptedException {
        int steps = 400;
        SplittableRandom random = new SplittableRandom(seed);
        RetryBudget budget = new RetryBudget(new Percent(20), Rate.parse("3/s"));
        AtomicLongArray requests = new AtomicLongArray(steps);
        AtomicLongArray retries = new AtomicLongArray(steps);
        for (int step = 0; step < steps; step++) {
            int at = step;
            int each = random.nextInt(4) == 0 ? random.nextInt(200) : random.nextInt(5);
            Threads.run(4, thread -> {
                for (int i = 0; i < 50; i++) {
                    for (int j = 0; j < each / 50.0; j++) {
                        requests.incrementAndGet(at);
                        budget.requested(at * 100L * MS);
                    }
                    if (budget.tryRetry(at * 100L * MS)) {
                        retries.incrementAndGet(at);
                    }
                }
            });
            long asked = 0;
            long granted = 0;
            for (int back = at; back > at - 100 && back >= 0; back--) {
                asked += requests.get(back);
                granted += retries.get(back);
            }
            if (retries.get(at) > 0) {
                assertThat((double) granted).as("seed %d, step %d", seed, at).isLessThanOrEqualTo(asked * 0.2 + 30);
            }
        }
    }

    private static void requests(RetryBudget budget, int count, long nowNs) {
        for (int i = 0; i < count; i++) {
            budget.requested(nowNs);
        }
    }

    private static int retries(RetryBudget budget, int wanted, long nowNs) {
        int granted = 0;
        for (int i = 0; i < wanted; i++) {
            granted += budget.tryRetry(nowNs) ? 1 : 0;
        }
        return granted;
    }
}
