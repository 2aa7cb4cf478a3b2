package dev.parley.proxy.outlier;

import static dev.parley.proxy.outlier.WatchedPool.MS;
import static dev.parley.proxy.outlier.WatchedPool.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.OutlierDetection;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Endpoint.Cause;
import dev.parley.telemetry.metrics.EjectionCause;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {
    // ---- failures in a row ----

    @Test
    void ejectsAtTheFifthFailureInARow() {
        WatchedPool pool = WatchedPool.of(3);
        pool.fail(0, 4);
        assertThat(pool.cause(0)).isEqualTo(Cause.UP);
        pool.fail(0);
        assertThat(pool.cause(0)).isEqualTo(Cause.EJECTED);
        assertThat(pool.endpoint(0).available()).isFalse();
        assertThat(pool.endpoint(0).standing().reason()).isEqualTo("5 failures in a row");
        assertThat(pool.told).singleElement().isInstanceOfSatisfying(Transition.Ejected.class, ejected -> {
            assertThat(ejected.cause()).isEqualTo(EjectionCause.CONSECUTIVE_FAILURES);
            assertThat(ejected.nth()).isEqualTo(1);
        });
    }

    @Test
    void aSuccessBetweenBeginsTheRowAnew() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 10; i++) {
            pool.fail(0, 4);
            pool.succeed(0);
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void failuresOfANightAreNoRow() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 100; i++) {
            pool.fail(0);
            pool.pass(Duration.ofSeconds(11));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void ejectsNobodyWhereAllFailAlike() {
        WatchedPool pool = WatchedPool.of(4);
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 4; i++) {
                pool.fail(i);
            }
            pool.pass(Duration.ofMillis(50));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void ejectsThoseThatStillFailWhenOneRecovers() {
        WatchedPool pool = WatchedPool.of(2);
        for (int round = 0; round < 20; round++) {
            pool.fail(0);
            pool.fail(1);
        }
        pool.pass(Duration.ofMillis(1500));
        assertThat(pool.told).isEmpty();
        pool.succeed(0);
        pool.fail(1);
        assertThat(pool.cause(1)).isEqualTo(Cause.EJECTED);
    }

    @Test
    void fiveInARowSayNothingWhereMostRequestsFailEverywhere() {
        WatchedPool pool = WatchedPool.of(5);
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 5; i++) {
                // Four of five requests fail at each, in another order at each.
                if ((round + i) % 5 == 0) {
                    pool.succeed(i);
                } else {
                    pool.fail(i);
                }
            }
            pool.fail(round % 5);
            pool.pass(Duration.ofMillis(150));
        }
        assertThat(pool.told).isEmpty();
    }

    // ---- bounds ----

    @Test
    void theOnlyEndpointIsNeverEjected() {
        WatchedPool pool = WatchedPool.of(1);
        for (int i = 0; i < 100; i++) {
            pool.fail(0, 10);
            pool.pass(Duration.ofMillis(100));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void oneOfTwoMayBeEjectedAndNeverBoth() {
        WatchedPool pool = new WatchedPool(2, WatchedPool.ejecting("10%"), 1);
        pool.succeed(1);
        pool.fail(0, 5);
        assertThat(pool.cause(0)).isEqualTo(Cause.EJECTED);
        pool.fail(1, 100);
        pool.pass(Duration.ofSeconds(2));
        assertThat(pool.cause(1)).isEqualTo(Cause.UP);
    }

    @Test
    void ejectsAtMostTheShareThatItMay() {
        WatchedPool pool = new WatchedPool(10, WatchedPool.ejecting("30%"), 1);
        for (int i = 0; i < 9; i++) {
            pool.fail(i, 50);
        }
        assertThat(pool.endpoints.stream().filter(each -> !each.available())).hasSize(3);
    }

    @Test
    void thoseBeingTriedCountAsOut() {
        WatchedPool pool = new WatchedPool(4, WatchedPool.ejecting("25%"), 1);
        pool.fail(0, 5);
        pool.awaitTrialNs(0);
        pool.fail(1, 5);
        assertThat(pool.cause(1)).isEqualTo(Cause.UP);
    }

    @Test
    void theLastThatHealthLeavesIsNotEjected() {
        WatchedPool pool = WatchedPool.of(3);
        pool.endpoint(0).takeDown(Cause.UNHEALTHY, "status 503", 0);
        pool.endpoint(1).takeDown(Cause.UNREACHABLE, "connection refused", 0);
        pool.fail(2, 100);
        pool.pass(Duration.ofSeconds(2));
        assertThat(pool.told).isEmpty();
    }

    @Test
    void whoIsEjectedReturnsWhenHealthTakesTheLastOther() {
        WatchedPool pool = WatchedPool.of(2);
        pool.fail(0, 5);
        pool.endpoint(1).takeDown(Cause.UNREACHABLE, "connection refused", 0);
        pool.detector.healthChanged(0);
        assertThat(pool.cause(0)).isEqualTo(Cause.UP);
        assertThat(pool.told.getLast())
                .isEqualTo(new Transition.Returned(pool.endpoint(0), "no other endpoint is left"));
    }

    // ---- success ----

    @Test
    void ejectsTheOneOfThreeThatFailsMuchMoreOften() {
        WatchedPool pool = WatchedPool.of(3);
        requests(pool, 200, 0, 0.25);
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.cause(0)).isEqualTo(Cause.EJECTED);
        assertThat(pool.endpoint(0).standing().reason())
                .isEqualTo("success of 75.0% of 200 requests, the others' 100.0%");
        assertThat(pool.cause(1)).isEqualTo(Cause.UP);
    }

    @Test
    void sufficientSuccessIsNeverEnoughToEject() {
        WatchedPool pool = WatchedPool.of(3);
        requests(pool, 200, 0, 0.1);
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.told).isEmpty();
    }

    @Test
    void anErrorNowAndThenIsNotComparedBelowTheMinimum() {
        WatchedPool pool = WatchedPool.of(3);
        for (int round = 0; round < 100; round++) {
            requests(pool, 48, 0, 0.5);
            pool.pass(Duration.ofSeconds(11));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void ejectsTheOneOfTwoThatMostlyFails() {
        WatchedPool pool = WatchedPool.of(2);
        requests(pool, 100, 0, 0.75);
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.endpoint(0).standing().reason()).isEqualTo("success of 25.0% of 100 requests");
    }

    @Test
    void ejectsNobodyWhereAllMostlyFail() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 100; i++) {
            for (int endpoint = 0; endpoint < 3; endpoint++) {
                pool.succeed(endpoint);
                pool.fail(endpoint, 2);
            }
        }
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.told).isEmpty();
    }

    @Test
    void theWorstIsEjectedFirst() {
        WatchedPool pool = new WatchedPool(4, WatchedPool.ejecting("25%"), 1);
        requests(pool, 100, 1, 0.5);
        requests(pool, 100, 2, 0.75);
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.cause(2)).isEqualTo(Cause.EJECTED);
        assertThat(pool.cause(1)).isEqualTo(Cause.UP);
    }

    // ---- latency ----

    @Test
    void ejectsTheSlowOne() {
        WatchedPool pool = WatchedPool.of(3);
        slow(pool, 100, 2, 1, 50);
        pool.pass(Duration.ofSeconds(1));
        slow(pool, 100, 2, 1, 50);
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.cause(2)).isEqualTo(Cause.EJECTED);
        assertThat(pool.told.getFirst())
                .isInstanceOfSatisfying(
                        Transition.Ejected.class,
                        ejected -> assertThat(ejected.cause()).isEqualTo(EjectionCause.LATENCY));
        assertThat(pool.endpoint(2).standing().reason()).contains("50ms").endsWith("the others' 1.0ms");
    }

    @Test
    void belowTheFloorNobodyIsSlow() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 10; i++) {
            slow(pool, 100, 2, 1, 19);
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void fewerThanThreeAreNotComparedByLatency() {
        WatchedPool pool = WatchedPool.of(2);
        for (int i = 0; i < 10; i++) {
            slow(pool, 100, 1, 1, 500);
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void oneLongCallAmongFiftyIsNoSlowness() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 20; i++) {
            slow(pool, 5, 2, 1, 1);
            pool.succeed(2, i % 10 == 0 ? 60_000 : 1);
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.told).isEmpty();
    }

    @Test
    void aTenthThatIsAHundredTimesSlowerIsEjected() {
        WatchedPool pool = WatchedPool.of(3);
        for (int i = 0; i < 5; i++) {
            slow(pool, 90, 2, 10, 10);
            slow(pool, 10, 2, 10, 1000);
            pool.pass(Duration.ofSeconds(1));
        }
        assertThat(pool.cause(2)).isEqualTo(Cause.EJECTED);
    }

    // ---- how long ----

    @Test
    void eachThatFollowsCloselyLastsTwiceAsLongUpToTheLongest() {
        WatchedPool pool = WatchedPool.of(3);
        long[] seconds = {5, 10, 20, 40, 80, 160, 300, 300};
        pool.fail(0, 5);
        for (int nth = 0; nth < seconds.length; nth++) {
            assertThat(pool.awaitTrialNs(0))
                    .as("ejection %d", nth + 1)
                    .isBetween(seconds[nth] * SECOND * 89 / 100, seconds[nth] * SECOND * 111 / 100);
            pool.fail(0);
        }
    }

    @Test
    void isForgottenAfterAsLongInTheRotationAsItLasted() {
        WatchedPool pool = WatchedPool.of(3);
        pool.fail(0, 5);
        pool.awaitTrialNs(0);
        pool.fail(0);
        pool.awaitTrialNs(0);
        recover(pool, 0);
        pool.pass(Duration.ofMillis(10_900));
        // The second is forgotten, the first is not.
        pool.fail(0, 5);
        assertThat(lastEjection(pool).nth()).isEqualTo(2);
        pool.awaitTrialNs(0);
        recover(pool, 0);
        pool.pass(Duration.ofSeconds(17));
        pool.fail(0, 5);
        assertThat(lastEjection(pool).nth()).isEqualTo(1);
    }

    @Test
    void endpointsThatWentTogetherReturnApart() {
        WatchedPool pool = WatchedPool.of(4);
        pool.fail(0, 5);
        pool.fail(1, 5);
        long first = ((Transition.Ejected) pool.told.get(0)).time().toNanos();
        long second = ((Transition.Ejected) pool.told.get(1)).time().toNanos();
        assertThat(Math.abs(first - second)).isGreaterThan(MS);
    }

    @Test
    void theSameSeedDecidesTheSame() {
        List<List<Transition.Ejected>> runs = List.of(ejections(7), ejections(7));
        assertThat(runs.get(0)).extracting(Transition.Ejected::time).isNotEmpty();
        assertThat(runs.get(0).stream().map(Transition.Ejected::time))
                .containsExactlyElementsOf(
                        runs.get(1).stream().map(Transition.Ejected::time).toList());
    }

    // ---- configuration ----

    @Test
    void anotherConfigurationForgetsNoEjection() {
        WatchedPool pool = WatchedPool.of(3);
        pool.fail(0, 5);
        Endpoint.Standing before = pool.endpoint(0).standing();
        pool.detector.follow(WatchedPool.with(3, Duration.ofMillis(50), "50%"), pool.endpoints, 0);
        assertThat(pool.endpoint(0).standing()).isEqualTo(before);
        pool.awaitTrialNs(0);
        pool.fail(0);
        assertThat(lastEjection(pool).nth()).isEqualTo(2);
        pool.fail(1, 3);
        assertThat(pool.cause(1)).as("the bound holds across configurations").isEqualTo(Cause.UP);
    }

    @Test
    void allReturnWhenItIsSwitchedOff() {
        WatchedPool pool = WatchedPool.of(3);
        pool.fail(0, 5);
        pool.detector.follow(OutlierDetection.of("off"), pool.endpoints, 0);
        assertThat(pool.cause(0)).isEqualTo(Cause.UP);
        pool.fail(0, 100);
        assertThat(pool.cause(0)).isEqualTo(Cause.UP);
    }

    @Test
    void oneThatLeavesTheServiceLeavesItsEjectionBehind() {
        WatchedPool pool = WatchedPool.of(3);
        pool.fail(0, 5);
        pool.detector.follow(WatchedPool.DEFAULTS, pool.endpoints.subList(1, 3), 0);
        assertThat(pool.cause(0)).isEqualTo(Cause.UP);
        assertThat(pool.detector.nextEndNs()).isEqualTo(Long.MAX_VALUE);
    }

    private static List<Transition.Ejected> ejections(long seed) {
        WatchedPool pool = new WatchedPool(5, WatchedPool.DEFAULTS, seed);
        pool.fail(0, 5);
        pool.fail(1, 5);
        pool.awaitTrialNs(0);
        pool.fail(0);
        return pool.told.stream()
                .filter(Transition.Ejected.class::isInstance)
                .map(Transition.Ejected.class::cast)
                .toList();
    }

    private static Transition.Ejected lastEjection(WatchedPool pool) {
        return pool.told.stream()
                .filter(Transition.Ejected.class::isInstance)
                .map(Transition.Ejected.class::cast)
                .reduce((earlier, later) -> later)
                .orElseThrow();
    }

    private static void recover(WatchedPool pool, int index) {
        for (int i = 0; i < WatchedPool.DEFAULTS.probes(); i++) {
            pool.succeed(index);
        }
        assertThat(pool.cause(index)).isEqualTo(Cause.UP);
    }

    /** Requests for each endpoint, of which one fails with this share, spread evenly. */
    private static void requests(WatchedPool pool, int each, int failing, double share) {
        double owed = 0;
        for (int i = 0; i < each; i++) {
            owed += share;
            for (int endpoint = 0; endpoint < pool.endpoints.size(); endpoint++) {
                if (endpoint == failing && owed >= 1) {
                    pool.fail(endpoint);
                } else {
                    pool.succeed(endpoint);
                }
            }
            owed -= owed >= 1 ? 1 : 0;
        }
    }

    private static void slow(WatchedPool pool, int each, int slow, long usualMs, long slowMs) {
        for (int i = 0; i < each; i++) {
            for (int endpoint = 0; endpoint < pool.endpoints.size(); endpoint++) {
                pool.succeed(endpoint, endpoint == slow ? slowMs : usualMs);
            }
        }
    }
}
