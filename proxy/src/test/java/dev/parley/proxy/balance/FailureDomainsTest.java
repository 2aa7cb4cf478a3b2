package dev.parley.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Balance;
import dev.parley.model.Balance.Algorithm;
import dev.parley.model.Factor;
import dev.parley.model.Locality;
import dev.parley.model.Percent;
import dev.parley.proxy.balance.FailureDomains.Level;
import dev.parley.proxy.upstream.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints are named by zone and priority: {@code a0} is in zone a, which is Parley's own, and of priority 0. */
class FailureDomainsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Offset<Double> EXACT = Offset.offset(1e-9);
    private static final Offset<Double> NEAR = Offset.offset(0.02);
    private static final Locality DEFAULT = locality(1, 50, Duration.ofSeconds(5));

    @Test
    void hasOneLevelWhereNothingIsSaidOfZonesOrPriorities() {
        Pool pool = Pool.even(3);
        FailureDomains plan = FailureDomains.plan(DEFAULT, "", pool.members, 0);
        assertThat(plan.levels()).hasSize(1);
        Balancer balancer = plan.compile(Balance.of(Algorithm.P2C_EWMA), 0);
        assertThat(balancer).as("nothing comes before the algorithm").isInstanceOf(PeakEwmaOfTwo.class);
    }

    @Test
    void hasOneLevelWhereParleyHasNoZoneOrDoesNotPreferIt() {
        Pool pool = Pool.placed("a0", "b0", "c0");
        Locality anyZone = new Locality(false, new Factor(1.4), 1, new Percent(50), Duration.ZERO);
        assertThat(FailureDomains.plan(DEFAULT, "", pool.members, 0).levels()).hasSize(1);
        assertThat(FailureDomains.plan(anyZone, "a", pool.members, 0).levels()).hasSize(1);
        assertThat(FailureDomains.plan(DEFAULT, "elsewhere", pool.members, 0).levels())
                .hasSize(1);
    }

    @Test
    void staysInItsZoneAndItsPriority() {
        Pool pool = Pool.placed("b0", "a0", "a1", "b1");
        FailureDomains plan = FailureDomains.plan(DEFAULT, "a", pool.members, 0);
        assertThat(plan.levels()).extracting(Level::priority).containsExactly(0, 0, 1, 1);
        assertThat(plan.levels()).extracting(Level::ownZone).containsExactly(true, false, true, false);
        assertThat(plan.levels()).extracting(Level::load).containsExactly(1.0, 0.0, 0.0, 0.0);
        double[] shares = pool.shares(plan.compile(Balance.of(Algorithm.RANDOM), 0), 1000);
        assertThat(shares).containsExactly(new double[] {0, 1, 0, 0}, EXACT);
    }

    @Test
    void spillsWhatTheZoneCannotCarry() {
        Pool pool = Pool.placed("a0", "a0", "a0", "b0", "b0");
        pool.down(0);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(new double[] {1.4 * 2 / 3, 1 - 1.4 * 2 / 3}, EXACT);
        pool.down(1);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(new double[] {1.4 / 3, 1 - 1.4 / 3}, EXACT);
        pool.down(2);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(0, 1);
    }

    @Test
    void countsByWeightAndLeavesOutWhatHasNone() {
        Pool pool = Pool.placed("a0*8", "a0*2", "a0*0", "b0");
        pool.down(1);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(1, 0);
        pool.down(0);
        pool.up(1, 0);
        assertThat(pool.loads(locality(1, 0, Duration.ZERO), 0)).containsExactly(new double[] {0.28, 0.72}, EXACT);
    }

    @Test
    void keepsAWholeZonesTrafficHoweverTheOtherZonesAre() {
        Pool pool = Pool.placed("a0", "a0", "b0", "b0", "c1");
        pool.down(2);
        pool.down(3);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(1, 0, 0);
    }

    @Test
    void givesAZoneOfTooFewEndpointsNoMoreThanItsShare() {
        Pool pool = Pool.placed("a0", "b0", "b0", "b0");
        assertThat(pool.loads(locality(2, 50, Duration.ZERO), 0)).containsExactly(0.25, 0.75);
        for (int i = 1; i < 4; i++) {
            pool.down(i);
        }
        assertThat(pool.loads(locality(2, 50, Duration.ZERO), 0))
                .as("there is no other")
                .containsExactly(1, 0);
    }

    @Test
    void failsOverToTheNextPriorityByCapacityAndSharesOutInProportionAtLast() {
        Pool pool = Pool.placed("a0", "a0", "a0", "a0", "b1", "b1", "b2");
        pool.down(0);
        pool.down(1);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(new double[] {0.7, 0.3, 0}, EXACT);
        pool.down(2);
        pool.down(4);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(new double[] {0.35, 0.65, 0}, EXACT);
        pool.down(6);
        pool.down(3);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(0, 1, 0);
        pool.down(5);
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(0, 0, 0);
        Pool weak = Pool.placed("a0", "a0", "a0", "a0", "b1", "b1", "b1", "b1");
        for (int i : new int[] {0, 1, 2, 4, 5, 6}) {
            weak.down(i);
        }
        assertThat(weak.loads(DEFAULT, 0)).containsExactly(0.5, 0.5);
    }

    @Test
    void leavesAtOnceAndReturnsInSteps() {
        Pool pool = Pool.placed("a0", "a1");
        pool.down(0);
        assertThat(pool.loads(DEFAULT, SECOND)).containsExactly(0, 1);
        pool.up(0, 10 * SECOND);
        double[] steps = new double[6];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = pool.loads(DEFAULT, (10 + i) * SECOND)[0];
        }
        assertThat(steps).containsExactly(new double[] {0, 0.28, 0.56, 0.84, 1, 1}, EXACT);
        assertThat(pool.plan(DEFAULT, 12 * SECOND).nextStepNs(12 * SECOND)).isEqualTo(13 * SECOND);
        assertThat(pool.plan(DEFAULT, 15 * SECOND).nextStepNs(15 * SECOND)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void giveNothingToOneThatComesAndGoes() {
        Pool pool = Pool.placed("a0", "a0", "a0", "a0", "b0");
        pool.down(0);
        pool.down(1);
        double[] before = pool.loads(DEFAULT, 0);
        for (int i = 1; i < 20; i++) {
            pool.up(1, i * SECOND);
            assertThat(pool.loads(DEFAULT, i * SECOND + SECOND / 2)).containsExactly(before);
            pool.down(1);
            assertThat(pool.loads(DEFAULT, i * SECOND + SECOND / 2)).containsExactly(before);
        }
    }

    @Test
    void givesALevelOfWhichAllAreOnProbationWhatItTakesToTryThem() {
        Pool pool = Pool.placed("a0", "a0", "a1");
        for (int i = 0; i < 2; i++) {
            pool.endpoints.get(i).eject(Endpoint.Cause.EJECTED, "5 failures in a row", SECOND);
        }
        assertThat(pool.loads(DEFAULT, SECOND)).containsExactly(0, 1);
        for (int i = 0; i < 2; i++) {
            pool.endpoints.get(i).eject(Endpoint.Cause.PROBING, "tried again", 6 * SECOND);
        }
        assertThat(pool.loads(DEFAULT, 6 * SECOND)).containsExactly(new double[] {0.28, 0.72}, EXACT);
        assertThat(pool.loads(DEFAULT, 60 * SECOND)).containsExactly(new double[] {0.28, 0.72}, EXACT);
    }

    @Test
    void callsWhatHasJustReturnedRatherThanNobody() {
        Pool pool = Pool.placed("a0", "a1");
        pool.down(0);
        pool.up(0, 10 * SECOND);
        pool.down(1);
        assertThat(pool.loads(DEFAULT, 10 * SECOND)).containsExactly(1, 0);
    }

    @Test
    void panicsWhereTheLevelsCannotCarryItAndTooFewAreUp() {
        Pool pool = Pool.placed("a0", "a0", "a0", "a0", "a0");
        pool.endpoints.get(0).takeDown(Endpoint.Cause.UNHEALTHY, "HTTP 500", 0);
        pool.endpoints.get(1).takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", 0);
        assertThat(pool.plan(DEFAULT, 0).panic()).as("3 of 5 are up").isFalse();
        pool.endpoints.get(2).eject(Endpoint.Cause.EJECTED, "5 failures in a row", 0);
        assertThat(pool.plan(DEFAULT, 0).panic()).as("2 of 5 are up").isTrue();
        assertThat(pool.plan(locality(1, 0, Duration.ZERO), 0).panic())
                .as("0% never")
                .isFalse();
        pool.endpoints.forEach(endpoint -> endpoint.letIn(true));
        for (Algorithm algorithm : Algorithm.values()) {
            double[] shares = pool.shares(pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0), 10_000);
            assertThat(shares[1]).as("%s: unreachable", algorithm).isZero();
            assertThat(shares[0]).as("%s: unhealthy", algorithm).isBetween(0.2, 0.3);
            assertThat(shares[2]).as("%s: ejected", algorithm).isBetween(0.2, 0.3);
        }
    }

    @Test
    void doesNotPanicWhileAnotherPriorityCarriesIt() {
        Pool pool = Pool.placed("a0", "a0", "a0", "a0", "b1");
        for (int i = 0; i < 4; i++) {
            pool.endpoints.get(i).takeDown(Endpoint.Cause.UNHEALTHY, "HTTP 500", 0);
        }
        assertThat(pool.plan(DEFAULT, 0).panic()).isFalse();
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(0, 1);
    }

    @Test
    void inPanicThoseThatAreUpKeepWhatTheyCanCarry() {
        Pool pool = Pool.placed("a0", "a0", "b1", "b1", "b1", "b1");
        for (int i : new int[] {0, 1, 2, 3, 4}) {
            pool.endpoints.get(i).takeDown(Endpoint.Cause.UNHEALTHY, "HTTP 500", 0);
        }
        assertThat(pool.plan(DEFAULT, 0).panic()).isTrue();
        assertThat(pool.loads(DEFAULT, 0)).containsExactly(new double[] {0.65, 0.35}, EXACT);
    }

    @Test
    void doesNotPanicOverEndpointsThatCannotBeReached() {
        Pool pool = Pool.placed("a0", "a0", "a0");
        pool.down(0);
        pool.down(1);
        assertThat(pool.plan(DEFAULT, 0).panic()).isFalse();
        pool.down(2);
        assertThat(pool.plan(DEFAULT, 0).panic()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void goesOnToTheNextLevelWhenItsOwnIsExhaustedBeforeAnyoneSaidSo(Algorithm algorithm) {
        Pool pool = Pool.placed("a0", "a0", "b0", "b0", "c1");
        Balancer balancer = pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0);
        for (int key = 0; key < 100; key++) {
            pool.tried.clear();
            for (Set<String> expected : List.of(Set.of("a0"), Set.of("a0"), Set.of("b0"), Set.of("b0", "c1"))) {
                Endpoint picked = pool.pick(balancer, Pool.key(key));
                assertThat(expected).as("seed %d", Pool.SEED).contains(pool.place(picked));
                pool.tried.add(picked);
            }
        }
        pool.tried.clear();
        pool.down(0);
        pool.down(1);
        assertThat(pool.place(pool.pick(balancer, 0)))
                .as("before it is compiled again")
                .isEqualTo("b0");
    }

    @ParameterizedTest
    @EnumSource
    void picksEachOnceUntilNoneIsLeftOfAnyLevel(Algorithm algorithm) {
        Pool pool = Pool.placed("a0", "a0", "a0", "a0", "b0", "b0", "c1", "c1", "a1");
        pool.down(1);
        Balancer balancer = pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0);
        for (int key = 0; key < 200; key++) {
            pool.tried.clear();
            Set<Endpoint> seen = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                Endpoint picked = pool.pick(balancer, Pool.key(key));
                pool.tried.add(picked);
                seen.add(picked);
            }
            assertThat(seen).as("seed %d", Pool.SEED).hasSize(8);
            assertThat(balancer.pick(Pool.key(key), 0, pool.random, pool.tried)).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void doesNotAskAWholeLevelThatTurnsAway(Algorithm algorithm) {
        String[] places = new String[31];
        java.util.Arrays.fill(places, "a0");
        places[30] = "b1";
        Pool pool = Pool.placed(places);
        Balancer balancer = pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0);
        for (int i = 0; i < Levels.TRIED_OF_A_LEVEL; i++) {
            pool.tried.add(pool.pick(balancer, Pool.key(1)));
        }
        assertThat(pool.place(pool.pick(balancer, Pool.key(1)))).isEqualTo("b1");
    }

    @ParameterizedTest
    @EnumSource
    void drawsLevelsByTheirLoad(Algorithm algorithm) {
        Pool pool = Pool.placed("a0", "a0", "a0", "b0", "b0");
        pool.down(0);
        pool.down(1);
        double[] shares = pool.shares(pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0), 50_000);
        assertThat(shares[2]).as("seed %d", Pool.SEED).isCloseTo(1.4 / 3, NEAR);
        assertThat(shares[3] + shares[4]).as("seed %d", Pool.SEED).isCloseTo(1 - 1.4 / 3, NEAR);
    }

    @ParameterizedTest
    @EnumSource(names = {"MAGLEV", "RING_HASH"})
    void movesNoKeyToAnotherLevelButThoseThatMust(Algorithm algorithm) {
        Pool pool = Pool.placed("a0", "a0", "a0", "b0", "b0", "b0");
        pool.down(0);
        pool.down(1);
        Balancer before = pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0);
        pool.down(3);
        Balancer otherZoneWeaker = pool.plan(DEFAULT, 0).compile(Balance.of(algorithm), 0);
        pool.up(1, 0);
        Balancer zoneStronger = pool.plan(locality(1, 50, Duration.ZERO), 0).compile(Balance.of(algorithm), 0);
        int returned = 0;
        for (int key = 0; key < 20_000; key++) {
            String then = pool.place(pool.pick(before, Pool.key(key)));
            assertThat(pool.place(pool.pick(otherZoneWeaker, Pool.key(key)))).isEqualTo(then);
            String now = pool.place(pool.pick(zoneStronger, Pool.key(key)));
            assertThat(now.equals(then) || now.equals("a0")).as("key %d", key).isTrue();
            returned += now.equals(then) ? 0 : 1;
        }
        assertThat(returned / 20_000.0).isCloseTo(1.4 / 3, NEAR);
    }

    @Test
    void bindsTheLoadOfALevelToWhatTheLevelHas() {
        Pool pool = Pool.placed("a0", "a0", "a0", "b0", "b0");
        pool.down(0);
        pool.down(1);
        Balance bounded = Pool.settings(Algorithm.MAGLEV, 125, Duration.ZERO);
        Balancer balancer = pool.plan(DEFAULT, 0).compile(bounded, 0);
        for (int i = 0; i < 10_000; i++) {
            pool.pick(balancer, Pool.key(i % 7 == 0 ? 7 : i)).begin();
        }
        double ofLevel = 10_000 * (1 - 1.4 / 3);
        for (int i = 3; i < 5; i++) {
            assertThat((double) pool.endpoints.get(i).inFlight()).isLessThan(1.3 * ofLevel / 2);
        }
    }

    @Test
    void handsOutAllOfTheTrafficWhateverIsDown() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 2000; run++) {
            String[] places = new String[1 + random.nextInt(12)];
            for (int i = 0; i < places.length; i++) {
                places[i] = "abc".charAt(random.nextInt(3)) + "" + random.nextInt(3) + "*" + (1 + random.nextInt(4));
            }
            Pool pool = Pool.placed(places);
            int up = shake(pool, random);
            FailureDomains plan = pool.plan(locality(1 + random.nextInt(3), 50, Duration.ofSeconds(5)), 20 * SECOND);
            double sum = plan.levels().stream().mapToDouble(Level::load).sum();
            boolean someone = up > 0 || plan.panic();
            assertThat(sum).as("seed %d, run %d", seed, run).isCloseTo(someone ? 1 : 0, Offset.offset(1e-6));
            pool.endpoints.forEach(endpoint -> endpoint.letIn(plan.panic()));
            for (Level level : plan.levels()) {
                boolean callable = level.members().stream()
                        .anyMatch(member -> member.endpoint().available());
                assertThat(level.load() > 0 && !callable)
                        .as("load where nobody is: seed %d, run %d", seed, run)
                        .isFalse();
            }
        }
    }

    /** Takes some down, one way or another, and brings some back; answers how many are up. */
    private static int shake(Pool pool, Random random) {
        int up = 0;
        for (Endpoint endpoint : pool.endpoints) {
            switch (random.nextInt(5)) {
                case 0 -> endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", SECOND);
                case 1 -> endpoint.takeDown(Endpoint.Cause.UNHEALTHY, "HTTP 500", SECOND);
                case 2 -> endpoint.eject(Endpoint.Cause.EJECTED, "slow", SECOND);
                case 3 -> {
                    endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", SECOND);
                    endpoint.bringUp((12 + random.nextInt(9)) * SECOND);
                }
                default -> {}
            }
            up += endpoint.available() ? 1 : 0;
        }
        return up;
    }

    private static Locality locality(int leastInZone, int panicPercent, Duration failback) {
        return new Locality(true, new Factor(1.4), leastInZone, new Percent(panicPercent), failback);
    }
}
