package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static dev.parley.proxy.resilience.Settings.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proxy.resilience.CircuitBreaker.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
    private final List<String> told = new ArrayList<>();
    private final Transitions listener = (what, from, to, reason) -> told.add(from + ">" + to);
    private final CircuitBreaker breaker = new CircuitBreaker("pay", Settings.breaker(), 0, listener);
    private long nowNs;

    @Test
    void staysClosedBelowTheMinimumOfCalls() {
        calls(99, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls(1, true);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(told).containsExactly("CLOSED>OPEN");
    }

    @Test
    void opensAtTheErrorRateAndSaysWhy() {
        calls(50, false);
        calls(449, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls(1, true);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.reason()).isEqualTo("90 % of 500 calls failed in 10s");
    }

    @Test
    void waitsForNoMoreFailuresOfAServiceThatDiesThanTheLastFifthOfTheWindowHas() {
        for (int second = 0; second < 10; second++) {
            calls(1_000, false);
            nowNs += SECOND;
        }
        nowNs += SECOND;
        calls(1_000, true);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void countsOverTheWholeWindowWhereThereIsLittleTraffic() {
        for (int i = 0; i < 99; i++) {
            calls(1, true);
            nowNs += 90 * MS;
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls(1, true);
        assertThat(breaker.reason()).isEqualTo("100 % of 100 calls failed in 10s");
    }

    @Test
    void opensSoonWhereAllWasWellBefore() {
        for (int second = 0; second < 9; second++) {
            calls(1_000, false);
            nowNs += SECOND;
        }
        nowNs += 2 * SECOND;
        calls(99, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls(1, true);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.reason()).isEqualTo("100 % of 100 calls failed in 2s");
    }

    @Test
    void forgetsWhatIsOlderThanItsWindow() {
        calls(99, true);
        nowNs += 10 * SECOND;
        calls(99, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void opensForCallsThatAreSlowAndNotForOthers() {
        CircuitBreaker slow =
                new CircuitBreaker("pay", Settings.breaker(Duration.ofMillis(100), 100, 100), 0, listener);
        for (int i = 0; i < 1_000; i++) {
            slow.ended(slow.tryCall(0), true, 100 * MS, 0);
        }
        assertThat(slow.state()).as("an error rate of 100 % never opens it").isEqualTo(State.CLOSED);
        for (int i = 0; i < 10_000; i++) {
            slow.ended(slow.tryCall(0), false, 101 * MS, 0);
        }
        assertThat(slow.state()).isEqualTo(State.OPEN);
        assertThat(slow.reason()).isEqualTo("90 % of 10000 calls took longer than 100ms in 10s");
    }

    @Test
    void refusesWhileOpenAndSaysWhenToComeBack() {
        open();
        assertThat(breaker.tryCall(nowNs + 899 * MS)).isEqualTo(CircuitBreaker.REFUSED);
        assertThat(breaker.retryAfterNs(nowNs)).isBetween(900 * MS, 1_100 * MS);
        assertThat(breaker.retryAfterNs(nowNs + 2 * SECOND)).isEqualTo(1);
    }

    @Test
    void letsProbesThroughAtATimeAndClosesWhenTheySucceed() {
        open();
        nowNs += 2 * SECOND;
        long[] tickets = probes();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.tryCall(nowNs)).isEqualTo(CircuitBreaker.REFUSED);
        for (int i = 0; i < 4; i++) {
            breaker.ended(tickets[i], false, MS, nowNs);
        }
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        breaker.ended(tickets[4], false, MS, nowNs);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.reason()).isEqualTo("5 probes succeeded");
        assertThat(told).containsExactly("CLOSED>OPEN", "OPEN>HALF_OPEN", "HALF_OPEN>CLOSED");
        calls(99, true);
        assertThat(breaker.state()).as("what was counted before is forgotten").isEqualTo(State.CLOSED);
    }

    @Test
    void aFailedProbeOpensItForTwiceAsLongUpToTheLongest() {
        open();
        long expected = SECOND;
        for (int probing = 0; probing < 12; probing++) {
            nowNs += breaker.retryAfterNs(nowNs);
            breaker.ended(breaker.tryCall(nowNs), true, MS, nowNs);
            assertThat(breaker.state()).isEqualTo(State.OPEN);
            expected = Math.min(30 * SECOND, expected * 2);
            assertThat(breaker.retryAfterNs(nowNs)).isBetween(expected * 9 / 10, expected * 11 / 10);
        }
        assertThat(breaker.reason()).isEqualTo("a probe failed; before, 100 % of 100 calls failed in 10s");
    }

    @Test
    void anAbandonedProbeGivesItsPlaceBack() {
        open();
        nowNs += 2 * SECOND;
        long[] tickets = probes();
        breaker.abandoned(tickets[2]);
        assertThat(breaker.tryCall(nowNs)).isNotEqualTo(CircuitBreaker.REFUSED);
        assertThat(breaker.tryCall(nowNs)).isEqualTo(CircuitBreaker.REFUSED);
    }

    @Test
    void probesThatNeverEndGiveTheirPlacesBackAfterATime() {
        open();
        nowNs += 2 * SECOND;
        long[] lost = probes();
        assertThat(breaker.tryCall(nowNs + 30 * SECOND)).isEqualTo(CircuitBreaker.REFUSED);
        nowNs += 31 * SECOND;
        probes();
        assertThat(breaker.tryCall(nowNs)).isEqualTo(CircuitBreaker.REFUSED);
        breaker.ended(lost[0], true, MS, nowNs);
        assertThat(breaker.state()).as("a late end counts for nothing").isEqualTo(State.HALF_OPEN);
        assertThat(told).containsExactly("CLOSED>OPEN", "OPEN>HALF_OPEN");
    }

    @Test
    void ticketsOfAnEarlierStateCountForNothing() {
        long before = breaker.tryCall(nowNs);
        open();
        nowNs += 2 * SECOND;
        probes();
        breaker.ended(before, true, MS, nowNs);
        breaker.abandoned(before);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.tryCall(nowNs)).isEqualTo(CircuitBreaker.REFUSED);
    }

    @Test
    void closesWhenItsSettingsNeverOpenIt() {
        open();
        breaker.tune(Settings.breaker(Duration.ZERO, 100, 100), nowNs);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls(1_000, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void followsItsTableAndNeverHasMoreProbesOutThanAllowed() {
        for (long seed = 1; seed <= 20; seed++) {
            new Walk(seed).run();
        }
    }

    /** Random calls, ends and times: what is told must be in the table, and what is out half open within its bound. */
    private static final class Walk {
        private record Out(long ticket, State begun) {}

        private final long seed;
        private final SplittableRandom random;
        private final List<String> told = new ArrayList<>();
        private final ArrayDeque<Out> out = new ArrayDeque<>();
        private final CircuitBreaker breaker;
        private long phases;
        private long nowNs;

        Walk(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.breaker = new CircuitBreaker("pay", Settings.breaker(), 0, (what, from, to, reason) -> {
                told.add(from + ">" + to);
                assertThat(reason).as("seed %d", seed).isNotEmpty();
            });
        }

        void run() {
            double errors = 0.99;
            for (int step = 0; step < 20_000; step++) {
                if (random.nextInt(2_000) == 0) {
                    errors = random.nextBoolean() ? 0.99 : 0.01;
                }
                nowNs += random.nextInt(20_000_000);
                step(errors);
            }
            assertThat(told)
                    .as("seed %d", seed)
                    .isNotEmpty()
                    .allMatch(List.of("CLOSED>OPEN", "OPEN>HALF_OPEN", "HALF_OPEN>OPEN", "HALF_OPEN>CLOSED")::contains);
            for (int i = 1; i < told.size(); i++) {
                assertThat(told.get(i)).as("seed %d", seed).startsWith(after(told.get(i - 1)) + ">");
            }
        }

        private static String after(String transition) {
            return transition.substring(transition.indexOf('>') + 1);
        }

        private void step(double errors) {
            if (out.isEmpty() || (out.size() < 50 && random.nextBoolean())) {
                long ticket = breaker.tryCall(nowNs);
                if (ticket != CircuitBreaker.REFUSED) {
                    out.add(new Out(ticket, breaker.state()));
                    phases = Math.max(phases, ticket);
                }
            } else {
                long ticket = out.remove().ticket;
                if (random.nextInt(10) == 0) {
                    breaker.abandoned(ticket);
                } else {
                    breaker.ended(ticket, random.nextDouble() < errors, MS, nowNs);
                }
            }
            if (breaker.state() == State.HALF_OPEN) {
                long probes = out.stream()
                        .filter(call -> call.begun == State.HALF_OPEN && call.ticket == phases)
                        .count();
                assertThat(probes).as("seed %d", seed).isLessThanOrEqualTo(5);
            }
        }
    }

    @Test
    void tellsEachTransitionOnceHoweverManyThreadsBringItAbout() throws InterruptedException {
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger probed = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        CircuitBreaker shared = new CircuitBreaker("pay", Settings.breaker(), 0, (what, from, to, reason) -> {
            switch (to) {
                case OPEN -> opened.incrementAndGet();
                case HALF_OPEN -> probed.incrementAndGet();
                case CLOSED -> closed.incrementAndGet();
            }
        });
        AtomicInteger probes = new AtomicInteger();
        for (int round = 1; round <= 200; round++) {
            long startNs = round * 60L * SECOND;
            Threads.run(4, thread -> {
                for (int i = 0; i < 100; i++) {
                    shared.ended(shared.tryCall(startNs), true, MS, startNs);
                }
            });
            assertThat(opened).hasValue(round);
            probes.set(0);
            Threads.run(4, thread -> {
                long ticket = shared.tryCall(startNs + 2 * SECOND);
                for (int i = 0; ticket != CircuitBreaker.REFUSED && i < 2; i++) {
                    probes.incrementAndGet();
                    ticket = i == 0 ? shared.tryCall(startNs + 2 * SECOND) : ticket;
                }
            });
            assertThat(probes).hasValue(5);
            assertThat(probed).hasValue(round);
            closeAgain(shared, startNs + 40 * SECOND);
            assertThat(closed).hasValue(round);
        }
    }

    /** The probes of the threads are lost; others take their places and succeed. */
    private static void closeAgain(CircuitBreaker shared, long nowNs) {
        for (int i = 0; i < 5; i++) {
            shared.ended(shared.tryCall(nowNs), false, MS, nowNs);
        }
    }

    private void open() {
        calls(100, true);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private long[] probes() {
        long[] tickets = new long[5];
        for (int i = 0; i < 5; i++) {
            tickets[i] = breaker.tryCall(nowNs);
            assertThat(tickets[i]).isNotEqualTo(CircuitBreaker.REFUSED);
        }
        return tickets;
    }

    private void calls(int count, boolean failed) {
        for (int i = 0; i < count; i++) {
            breaker.ended(breaker.tryCall(nowNs), failed, MS, nowNs);
        }
    }
}
