package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.parley.model.Percent;
import dev.parley.model.Rate;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.resilience.RetryPlan.Cause;
import dev.parley.proxy.resilience.RetryPlan.Why;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPlanTest {
    private static final long SEED = 11;
    private static final long FOR_EVER = Long.MAX_VALUE;

    private final FastRandom random = new FastRandom(SEED);
    private final RetryBudget plenty = new RetryBudget(new Percent(100), Rate.parse("1000/s"));
    private final RetryPlan plan = new RetryPlan();

    @Test
    void triesWhatWasNotSentAgainAtOnceThoughItIsNotSafe() {
        plan.begin(Settings.retries(), false, plenty);
        assertThat(next(Cause.UNSENT)).isZero();
        assertThat(next(Cause.UNSENT)).isZero();
        assertThat(plan.retries()).isEqualTo(2);
        assertGivesUp(Cause.UNSENT, Why.ATTEMPTS_SPENT);
    }

    @Test
    void triesWhatMayHaveBeenExecutedAgainOnlyWhenItIsSafe() {
        for (Cause cause : new Cause[] {Cause.BROKEN, Cause.TIMEOUT, Cause.STATUS, Cause.GRPC_STATUS}) {
            plan.begin(Settings.retries(), false, plenty);
            assertGivesUp(cause, Why.NOT_SAFE);
            plan.begin(Settings.retries(), true, plenty);
            assertThat(next(cause)).isBetween(0L, 25 * MS - 1);
            assertThat(plan.why()).isEqualTo(Why.NONE);
        }
    }

    @Test
    void neverTriesAgainOnceAnAnswerWasBegun() {
        plan.begin(Settings.retries(), true, plenty);
        assertGivesUp(Cause.COMMITTED, Why.NOT_RETRIABLE);
    }

    @Test
    void waitsAtLeastAsLongAsTheEndpointAsks() {
        plan.begin(Settings.retries(), true, plenty);
        assertThat(plan.next(Cause.STATUS, SECOND, FOR_EVER, 0, random)).isBetween(SECOND, SECOND + 25 * MS);
        assertThat(plan.next(Cause.UNSENT, SECOND, FOR_EVER, 0, random)).isGreaterThanOrEqualTo(SECOND);
    }

    @Test
    void doesNotWaitForEver() {
        plan.begin(Settings.retries(), true, plenty);
        assertThat(plan.next(Cause.STATUS, 3 * SECOND + 1, FOR_EVER, 0, random)).isEqualTo(RetryPlan.GIVE_UP);
        assertThat(plan.why()).isEqualTo(Why.RETRY_AFTER_TOO_LONG);
    }

    @Test
    void doesNotTryAgainWhenTheLatencyBudgetWouldBeSpentMeanwhile() {
        plan.begin(Settings.retries(), true, plenty);
        assertThat(plan.next(Cause.UNSENT, 0, 0, 0, random)).isEqualTo(RetryPlan.GIVE_UP);
        assertThat(plan.why()).isEqualTo(Why.TIME_SPENT);
        assertThat(plan.next(Cause.STATUS, SECOND, SECOND, 0, random)).isEqualTo(RetryPlan.GIVE_UP);
        assertThat(plan.next(Cause.UNSENT, 0, 1, 0, random)).isZero();
    }

    @Test
    void takesNothingFromTheBudgetForWhatAnotherRuleForbids() {
        RetryBudget one = new RetryBudget(new Percent(0), new Rate(1, Duration.ofSeconds(10)));
        plan.begin(Settings.retries(), false, one);
        assertGivesUp(Cause.BROKEN, Why.NOT_SAFE);
        assertThat(plan.next(Cause.UNSENT, 0, 0, 0, random)).isEqualTo(RetryPlan.GIVE_UP);
        assertThat(next(Cause.UNSENT)).isZero();
        assertGivesUp(Cause.UNSENT, Why.BUDGET_SPENT);
        assertThat(one.refused()).isEqualTo(1);
    }

    @Test
    void beginsAnewForTheNextRequest() {
        plan.begin(Settings.retries(), true, plenty);
        assertThat(next(Cause.UNSENT)).isZero();
        assertGivesUp(Cause.COMMITTED, Why.NOT_RETRIABLE);
        plan.begin(Settings.retries(), true, plenty);
        assertThat(plan.why()).isEqualTo(Why.NONE);
        assertThat(plan.retries()).isZero();
    }

    @Test
    void mustBegin() {
        assertThatIllegalStateException().isThrownBy(() -> next(Cause.UNSENT));
    }

    @Test
    void backsOffBelowACapThatDoublesUpToTheLongest() {
        long[] caps = {25 * MS, 50 * MS, 100 * MS, 200 * MS, 250 * MS, 250 * MS};
        for (int retry = 1; retry <= caps.length; retry++) {
            long most = 0;
            long sum = 0;
            for (int i = 0; i < 10_000; i++) {
                long wait = Backoff.ns(Settings.retries(), retry, random);
                assertThat(wait).as("seed %d", SEED).isBetween(0L, caps[retry - 1] - 1);
                most = Math.max(most, wait);
                sum += wait;
            }
            assertThat(most).as("seed %d", SEED).isGreaterThan(caps[retry - 1] * 99 / 100);
            assertThat(sum / 10_000)
                    .as("seed %d", SEED)
                    .isBetween(caps[retry - 1] * 48 / 100, caps[retry - 1] * 52 / 100);
        }
    }

    @Test
    void backsOffNotAtAllOrForVeryLongWhereThatIsSet() {
        assertThat(Backoff.ns(Settings.retries(Duration.ZERO, Duration.ofSeconds(1)), 3, random))
                .isZero();
        Duration century = Duration.ofDays(36_500);
        assertThat(Backoff.ns(Settings.retries(century, century), 10, random)).isBetween(0L, century.toNanos());
    }

    private long next(Cause cause) {
        return plan.next(cause, 0, FOR_EVER, 0, random);
    }

    private void assertGivesUp(Cause cause, Why why) {
        assertThat(next(cause)).isEqualTo(RetryPlan.GIVE_UP);
        assertThat(plan.why()).isEqualTo(why);
    }
}
