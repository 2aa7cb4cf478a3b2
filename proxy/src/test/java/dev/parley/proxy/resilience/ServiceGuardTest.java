package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.parley.model.Criticality;
import dev.parley.model.Hedge;
import dev.parley.proxy.resilience.CircuitBreaker.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ServiceGuardTest {
    private static final long FOR_EVER = Long.MAX_VALUE;

    private final ServiceGuard guard = guard(Settings.bounds(2, 2, 100), 1_000);
    private final Permit permit = new Permit();

    @Test
    void givesBackEachPlaceOnceInWhateverOrder() {
        for (Runnable[] order : new Runnable[][] {
            {this::answered, this::over},
            {this::answered, this::abandoned, this::over, this::over},
            {this::abandoned, this::answered, this::over},
            {this::over, this::answered, this::abandoned, this::over},
            {this::over}
        }) {
            assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
            assertThat(guard.inFlight()).isEqualTo(1);
            assertThat(guard.concurrency().inFlight()).isEqualTo(1);
            for (Runnable step : order) {
                step.run();
            }
            assertThat(permit.held()).isFalse();
            assertThat(guard.inFlight()).isZero();
            assertThat(guard.concurrency().inFlight()).isZero();
        }
    }

    @Test
    void isUnderWayUntilItIsOverAndAwaitedUntilItIsAnswered() {
        assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
        answered();
        assertThat(guard.inFlight()).isEqualTo(1);
        assertThat(guard.concurrency().inFlight()).isZero();
        over();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void refusesBeyondWhatMayBeUnderWay() {
        List<Permit> permits = admit(100);
        assertThat(guard.admit(permit, Criticality.CRITICAL_PLUS, FOR_EVER, 0)).isEqualTo(Refusal.IN_FLIGHT);
        assertThat(permit.held()).isFalse();
        guard.over(permits.getFirst());
        assertThat(guard.admit(permit, Criticality.CRITICAL_PLUS, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
    }

    @Test
    void refusesBeyondTheAdaptiveLimitAndHoldsNothingThen() {
        ServiceGuard small = guard(Settings.breaker(), 10);
        for (int i = 0; i < 5; i++) {
            assertThat(small.admit(new Permit(), Criticality.SHEDDABLE, FOR_EVER, 0))
                    .isEqualTo(Refusal.NONE);
        }
        assertThat(small.admit(permit, Criticality.SHEDDABLE, FOR_EVER, 0)).isEqualTo(Refusal.OVERLOADED);
        assertThat(permit.held()).isFalse();
        assertThat(small.inFlight()).isEqualTo(5);
        assertThat(small.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
    }

    @Test
    void refusesAtOnceWhileItsBreakerIsOpen() {
        fail(100);
        assertThat(guard.breaker().state()).isEqualTo(State.OPEN);
        assertThat(guard.admit(permit, Criticality.CRITICAL_PLUS, FOR_EVER, 0)).isEqualTo(Refusal.BREAKER_OPEN);
        assertThat(guard.retryAfterNs(0)).isBetween(900 * MS, 1_100 * MS);
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void aProbeThatAnotherRuleRefusesGivesItsPlaceBack() {
        fail(100);
        long probing = 2 * SECOND;
        for (int i = 0; i < 50; i++) {
            assertThat(guard.admit(permit, Criticality.CRITICAL, 0, probing)).isEqualTo(Refusal.TOO_LATE);
        }
        for (int i = 0; i < 5; i++) {
            assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, probing))
                    .isEqualTo(Refusal.NONE);
            guard.answered(permit, false, MS, probing);
            guard.over(permit);
        }
        assertThat(guard.breaker().state()).isEqualTo(State.CLOSED);
    }

    @Test
    void refusesWhatWouldAlmostSurelyBeTooLate() {
        answers(200, 100 * MS, 0);
        answers(5, MS, 0);
        long later = 200 * MS;
        assertThat(guard.admit(permit, Criticality.CRITICAL, 101 * MS, later)).isEqualTo(Refusal.NONE);
        over();
        assertThat(admitted(64, 50 * MS, later))
                .as("one in 32 is made nonetheless")
                .isEqualTo(2);
        assertThat(admitted(64, 50 * MS, later + 5 * SECOND))
                .as("what was long ago says nothing")
                .isEqualTo(64);
        assertThat(admitted(64, 0, later + 5 * SECOND)).isZero();
    }

    @Test
    void latencyOfFailuresIsNotWhatTheServiceNeeds() {
        fail(99);
        assertThat(guard.quantiles().quantileNs(50, 0)).isEqualTo(LatencyQuantiles.UNKNOWN);
    }

    @Test
    void boundsThoseThatWaitAndConnections() {
        assertThat(guard.tryWait()).isTrue();
        assertThat(guard.tryWait()).isTrue();
        assertThat(guard.tryWait()).isFalse();
        guard.waited();
        assertThat(guard.pending()).isEqualTo(1);
        assertThat(guard.tryWait()).isTrue();

        assertThat(guard.tryConnect()).isTrue();
        assertThat(guard.tryConnect()).isTrue();
        assertThat(guard.tryConnect()).isFalse();
        guard.closed();
        assertThat(guard.connections()).isEqualTo(1);

        ServiceGuard unbounded = guard(Settings.bounds(0, 1, 1), 100);
        for (int i = 0; i < 100_000; i++) {
            assertThat(unbounded.tryConnect()).isTrue();
        }
    }

    @Test
    void awaitsTheFirstAttemptForATimeOrAQuantile() {
        assertThat(guard.hedgeDelayNs(Hedge.after("50ms"), 0)).isEqualTo(50 * MS);
        assertThat(guard.hedgeDelayNs(Hedge.after("p95"), 0)).isEqualTo(-1);
        answers(1_000, 10 * MS, 0);
        assertThat(guard.hedgeDelayNs(Hedge.after("p95"), SECOND)).isBetween(8 * MS, 10 * MS);
    }

    @Test
    void hedgesOnlyWithinTheirOwnBudget() {
        ServiceGuard hedging = new ServiceGuard(
                "pay",
                new ServiceGuard.Settings(
                        Settings.breaker(),
                        Settings.concurrency(100, 100),
                        Settings.retries(),
                        Optional.of(Hedge.after("p95"))),
                0,
                Transitions.NONE);
        for (int i = 0; i < 100; i++) {
            hedging.hedges().requested(0);
            guard.hedges().requested(0);
        }
        int hedged = 0;
        for (int i = 0; i < 100; i++) {
            hedged += hedging.hedges().tryRetry(0) ? 1 : 0;
        }
        assertThat(hedged).isEqualTo(5);
        assertThat(guard.hedges().tryRetry(0)).as("a service without hedges").isFalse();
    }

    @Test
    void aPermitIsForOneCallAtATime() {
        assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
        assertThatIllegalStateException().isThrownBy(() -> guard.admit(permit, Criticality.CRITICAL, FOR_EVER, 0));
        ServiceGuard other = guard(Settings.breaker(), 10);
        other.over(permit);
        other.answered(permit, true, MS, 0);
        assertThat(permit.held()).as("of another service").isTrue();
    }

    @Test
    void outlivesAConfigurationThatKeepsItsService() {
        AtomicInteger told = new AtomicInteger();
        ServiceGuards guards = new ServiceGuards((what, from, to, reason) -> told.incrementAndGet());
        ServiceGuard.Settings settings = Settings.guard(Settings.breaker(), Settings.concurrency(100, 100));
        ServiceGuard pay = guards.obtain("pay", settings, 0);
        guards.obtain("gone", settings, 0);
        assertThat(guards.obtain("pay", settings, 0)).isSameAs(pay);
        guards.retain(Set.of("pay"));
        assertThat(guards.guards()).containsOnlyKeys("pay");
        for (int i = 0; i < 100; i++) {
            assertThat(pay.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
            pay.answered(permit, true, MS, 0);
            pay.over(permit);
        }
        assertThat(told).hasValue(1);
        assertThat(guards.obtain("pay", settings, 0).breaker().state()).isEqualTo(State.OPEN);
    }

    @Test
    void losesNoPlaceWhateverTheNumberOfThreads() throws InterruptedException {
        ServiceGuard shared = guard(Settings.bounds(0, 10, 50), 100);
        Threads.run(4, thread -> {
            SplittableRandom random = new SplittableRandom(thread);
            List<Permit> held = new ArrayList<>();
            for (int i = 0; i < 100_000; i++) {
                Permit next = new Permit();
                if (shared.admit(next, Criticality.CRITICAL_PLUS, FOR_EVER, i * 1_000L) == Refusal.NONE) {
                    held.add(next);
                }
                while (held.size() > random.nextInt(20)) {
                    Permit done = held.removeLast();
                    if (random.nextBoolean()) {
                        shared.answered(done, random.nextInt(10) < 9, MS, i * 1_000L);
                    }
                    shared.over(done);
                }
            }
            held.forEach(shared::over);
        });
        assertThat(shared.inFlight()).isZero();
        assertThat(shared.concurrency().inFlight()).isZero();
    }

    private static ServiceGuard guard(dev.parley.model.Breaker breaker, int limit) {
        return new ServiceGuard(
                "pay", Settings.guard(breaker, Settings.concurrency(limit, limit)), 0, Transitions.NONE);
    }

    private List<Permit> admit(int count) {
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Permit each = new Permit();
            assertThat(guard.admit(each, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
            permits.add(each);
        }
        return permits;
    }

    private int admitted(int asked, long remainingNs, long nowNs) {
        int count = 0;
        for (int i = 0; i < asked; i++) {
            if (guard.admit(permit, Criticality.CRITICAL, remainingNs, nowNs) == Refusal.NONE) {
                count++;
                guard.over(permit);
            }
        }
        return count;
    }

    private void answers(int count, long latencyNs, long nowNs) {
        for (int i = 0; i < count; i++) {
            assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, nowNs))
                    .isEqualTo(Refusal.NONE);
            guard.answered(permit, false, latencyNs, nowNs);
            guard.over(permit);
        }
    }

    private void fail(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(guard.admit(permit, Criticality.CRITICAL, FOR_EVER, 0)).isEqualTo(Refusal.NONE);
            guard.answered(permit, true, MS, 0);
            guard.over(permit);
        }
    }

    private void answered() {
        guard.answered(permit, false, MS, 0);
    }

    private void abandoned() {
        guard.abandoned(permit);
    }

    private void over() {
        guard.over(permit);
    }
}
