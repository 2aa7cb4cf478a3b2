package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Concurrency;
import dev.parley.model.Criticality;
import dev.parley.model.Factor;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
    private static final long SEED = 7;

    @Test
    void refusesNothingAndStaysWhereItIsAtLowUse() {
        OverloadedService service = service(10, 1_000, 100);
        load(service, 0.7, 0.25, 0.25, 0.25, 0.25);
        service.run(60);
        assertThat(service.let).as("seed %d", SEED).isEqualTo(service.came);
        assertThat(service.limit.limit()).isEqualTo(1_000);
    }

    @Test
    void keepsGoodputAndLatencyUnderThreeTimesTheLoadForAsLongAsItLasts() {
        OverloadedService service = service(10, 1_000, 100);
        load(service, 0.7, 0.1, 0.3, 0.1, 0.5);
        service.run(10);
        load(service, 3, 0.1, 0.2, 0.2, 0.5);
        service.run(6);
        for (int minute = 0; minute < 15; minute++) {
            service.run(60);
            assertThat(service.goodput(60))
                    .as("seed %d, minute %d", SEED, minute)
                    .isGreaterThan(0.95 * service.capacity());
            // The least limit is a hundred, which this service does in 100 ms.
            assertThat(service.p99Ms(Criticality.CRITICAL_PLUS))
                    .as("seed %d", SEED)
                    .isLessThan(250);
            assertThat(service.let[0]).as("the most critical, seed %d", SEED).isGreaterThan(service.came[0] * 99 / 100);
            assertThat(service.let[1]).as("the critical, seed %d", SEED).isGreaterThan(service.came[1] * 95 / 100);
        }
        assertThat(service.let[3]).as("none starves wholly").isGreaterThan(service.came[3] / 100);
    }

    @Test
    void answersInTimeFromTheFirstSecondOfAnOverload() {
        OverloadedService service = service(12, 1_000, 100);
        load(service, 0.5, 0, 0.2, 0, 0.8);
        service.run(10);
        load(service, 3, 0, 0.17, 0, 0.83);
        for (int second = 0; second < 10; second++) {
            service.run(1);
            assertThat(service.answeredWithin(250))
                    .as("seed %d, second %d", SEED, second)
                    .isGreaterThan((long) (0.9 * service.capacity()));
            assertThat(service.let[1]).as("seed %d, second %d", SEED, second).isGreaterThan(service.came[1] * 95 / 100);
        }
    }

    @Test
    void forgetsWithinTwoSecondsThatCallsWereSlowForAMoment() {
        OverloadedService service = service(1_000, 1_000, 100);
        load(service, 0.2, 0, 0.5, 0, 0.5);
        service.run(10);
        service.serviceMs = 60;
        service.run(0.3);
        service.serviceMs = 10;
        service.run(2);
        service.run(10);
        assertThat(service.let).as("seed %d", SEED).isEqualTo(service.came);
    }

    @Test
    void letsTheLoadInAgainWhenTheOverloadIsOver() {
        OverloadedService service = service(10, 1_000, 100);
        load(service, 0.7, 0.1, 0.3, 0.1, 0.5);
        service.run(10);
        load(service, 3, 0.1, 0.2, 0.2, 0.5);
        service.run(120);
        load(service, 0.7, 0.1, 0.3, 0.1, 0.5);
        service.run(1);
        service.run(10);
        assertThat(service.let).as("seed %d", SEED).isEqualTo(service.came);
    }

    @Test
    void believesAServiceThatIsSlowerForAnotherReasonThanLoad() {
        OverloadedService service = service(2_000, 1_000, 100);
        service.offered[0] = 2_000;
        service.run(20);
        assertThat(service.limit.inFlight()).isLessThan(100);
        service.serviceMs = 300;
        service.run(10);
        service.run(10);
        assertThat(service.goodput(10)).as("seed %d", SEED).isGreaterThan(1_900);
        assertThat(service.limit.inFlight()).isGreaterThan(500);
    }

    @Test
    void soonLetsInWhatAServiceTakesWithoutGettingSlower() {
        OverloadedService service = service(20_000, 1_000, 100);
        service.serviceMs = 2_000;
        service.offered[1] = 2_000;
        service.run(15);
        service.run(10);
        assertThat(service.let).as("seed %d", SEED).isEqualTo(service.came);
        assertThat(service.limit.limit()).isGreaterThan(4_000);
    }

    @Test
    void oneLevelAloneCanUseAllOfTheService() {
        for (int only = 0; only < 4; only++) {
            OverloadedService service = service(10, 1_000, 100);
            double[] shares = new double[4];
            shares[only] = 1;
            load(service, 0.7, shares);
            service.run(10);
            load(service, 3, shares);
            service.run(20);
            service.run(20);
            assertThat(service.goodput(20))
                    .as("%s, seed %d", OverloadedService.LEVELS[only], SEED)
                    .isGreaterThan(950);
        }
    }

    @Test
    void fillsNoMoreThanEachLevelsShareAndLetsAFewOfTheRefusedIn() {
        ConcurrencyLimit limit = new ConcurrencyLimit(Settings.concurrency(100, 100));
        assertThat(enter(limit, Criticality.SHEDDABLE, 63)).isEqualTo(50);
        assertThat(enter(limit, Criticality.SHEDDABLE_PLUS, 30)).isEqualTo(20);
        assertThat(enter(limit, Criticality.CRITICAL, 25)).isEqualTo(20);
        assertThat(enter(limit, Criticality.CRITICAL_PLUS, 20)).isEqualTo(10);
        assertThat(limit.inFlight()).isEqualTo(100);
        assertThat(enter(limit, Criticality.CRITICAL_PLUS, 1_000)).isZero();
        for (int i = 0; i < 30; i++) {
            limit.abandon();
        }
        assertThat(enter(limit, Criticality.SHEDDABLE, 640)).isEqualTo(10);
        assertThat(limit.inFlight()).isEqualTo(80);
    }

    @Test
    void alwaysHasAPlaceForOne() {
        ConcurrencyLimit limit = new ConcurrencyLimit(Settings.concurrency(1, 1));
        assertThat(limit.tryEnter(Criticality.SHEDDABLE)).isTrue();
        assertThat(limit.tryEnter(Criticality.CRITICAL_PLUS)).isFalse();
    }

    @Test
    void countsAndRefusesNothingWhereItIsOff() {
        ConcurrencyLimit limit = new ConcurrencyLimit(new Concurrency(false, 1, 1, 1, new Factor(2)));
        assertThat(enter(limit, Criticality.SHEDDABLE, 500)).isEqualTo(500);
        assertThat(limit.inFlight()).isEqualTo(500);
        limit.tune(Settings.concurrency(10, 10));
        assertThat(limit.tryEnter(Criticality.CRITICAL_PLUS)).isFalse();
        assertThat(limit.limit()).isEqualTo(10);
    }

    @Test
    void fallsWhenMostCallsAreDroppedThoughTheyFailFast() {
        assertThat(limitAfterDrops(10)).isEqualTo(100);
    }

    @Test
    void doesNotMindAFewThatAreDropped() {
        assertThat(limitAfterDrops(1)).isGreaterThan(1_000);
    }

    /** The limit after twenty busy seconds in which so many of ten calls were dropped at once. */
    private static int limitAfterDrops(int ofTen) {
        ConcurrencyLimit limit = new ConcurrencyLimit(Settings.concurrency(1_000, 100));
        long nowNs = 0;
        for (int second = -5; second < 20; second++) {
            for (int i = 0; i < 1_000; i++) {
                nowNs += MS;
                while (limit.inFlight() < limit.limit() * 8 / 10) {
                    assertThat(limit.tryEnter(Criticality.CRITICAL_PLUS)).isTrue();
                }
                boolean dropped = second >= 0 && i % 10 < ofTen;
                limit.leave(dropped ? MS : 20 * MS, dropped, nowNs);
            }
        }
        return limit.limit();
    }

    @Test
    void countsExactlyWhateverTheNumberOfThreads() throws InterruptedException {
        ConcurrencyLimit limit = new ConcurrencyLimit(Settings.concurrency(8, 8));
        Threads.run(4, thread -> {
            for (int i = 0; i < 100_000; i++) {
                if (limit.tryEnter(Criticality.CRITICAL_PLUS)) {
                    assertThat(limit.inFlight()).isBetween(1L, 12L);
                    limit.leave(MS, false, i * 10_000L);
                }
            }
        });
        assertThat(limit.inFlight()).isZero();
        assertThat(limit.limit()).isGreaterThanOrEqualTo(8);
    }

    private static OverloadedService service(int workers, int initial, int least) {
        return new OverloadedService(Settings.concurrency(initial, least), workers, SEED);
    }

    /** So many times what the service can do, spread over the levels from the most critical. */
    private static void load(OverloadedService service, double times, double... shares) {
        for (int level = 0; level < shares.length; level++) {
            service.offered[level] = service.capacity() * times * shares[level];
        }
    }

    private static int enter(ConcurrencyLimit limit, Criticality criticality, int asked) {
        int entered = 0;
        for (int i = 0; i < asked; i++) {
            entered += limit.tryEnter(criticality) ? 1 : 0;
        }
        return entered;
    }
}
