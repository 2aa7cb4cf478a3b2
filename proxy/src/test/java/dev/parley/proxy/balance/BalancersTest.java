package dev.parley.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Balance.Algorithm;
import dev.parley.proxy.upstream.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancersTest {
    private static final Offset<Double> NEAR = Offset.offset(0.02);

    @ParameterizedTest
    @EnumSource
    void followsWeightsWhileIdle(Algorithm algorithm) {
        Pool pool = new Pool(6, 3, 1, 0);
        double[] shares = pool.shares(pool.balancer(algorithm), 100_000);
        assertThat(shares[3]).as("weight 0, seed %d", Pool.SEED).isZero();
        if (algorithm != Algorithm.P2C_EWMA) {
            assertThat(shares[0]).as("seed %d", Pool.SEED).isCloseTo(0.6, NEAR);
            assertThat(shares[1]).as("seed %d", Pool.SEED).isCloseTo(0.3, NEAR);
            assertThat(shares[2]).as("seed %d", Pool.SEED).isCloseTo(0.1, NEAR);
        }
    }

    @ParameterizedTest
    @EnumSource
    void spreadsEvenlyOverEqualWeights(Algorithm algorithm) {
        Pool pool = Pool.even(10);
        for (double share : pool.shares(pool.balancer(algorithm), 100_000)) {
            assertThat(share).as("seed %d", Pool.SEED).isCloseTo(0.1, NEAR);
        }
    }

    @ParameterizedTest
    @EnumSource
    void picksOnlyWhatIsAvailableAndUntriedUntilNoneIsLeft(Algorithm algorithm) {
        Pool pool = Pool.even(9);
        Balancer balancer = pool.balancer(algorithm);
        pool.endpoints.get(4).takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", 0);
        for (int key = 0; key < 200; key++) {
            Set<Endpoint> seen = new HashSet<>();
            pool.tried.clear();
            for (int i = 0; i < 8; i++) {
                Endpoint picked = pool.pick(balancer, Pool.key(key));
                assertThat(picked).as("seed %d", Pool.SEED).isNotSameAs(pool.endpoints.get(4));
                seen.add(picked);
                pool.tried.add(picked);
            }
            assertThat(seen).hasSize(8);
            assertThat(balancer.pick(Pool.key(key), 0, pool.random, pool.tried)).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void findsTheOnlyOneLeftOfAThousand(Algorithm algorithm) {
        Pool pool = Pool.even(1000);
        Balancer balancer = pool.balancer(algorithm);
        pool.endpoints.stream().skip(1).forEach(e -> e.takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", 0));
        for (int key = 0; key < 100; key++) {
            assertThat(pool.pick(balancer, Pool.key(key))).isSameAs(pool.endpoints.getFirst());
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersNoneForNoMembers(Algorithm algorithm) {
        assertThat(new Pool().balancer(algorithm).pick(1, 0, new FastRandom(1), new Tried()))
                .isNull();
        Pool drained = new Pool(0, 0);
        assertThat(drained.balancer(algorithm).pick(1, 0, drained.random, drained.tried))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void startsSlowly(Algorithm algorithm) {
        if (algorithm == Algorithm.P2C_EWMA) {
            return; // An untried endpoint is tried first; PeakEwmaOfTwoTest has the weights.
        }
        Pool pool = Pool.even(2);
        long halfWayNs = Duration.ofSeconds(15).toNanos();
        var settings = Pool.settings(algorithm, 0, Duration.ofSeconds(30));
        List<Member> members = List.of(pool.members.get(0), new Member(pool.endpoints.get(1), 1, 0));
        double atFirst = pool.shares(Balancers.compile(settings, members, 0), 50_000)[1];
        double halfWay = pool.shares(Balancers.compile(settings, members, halfWayNs), 50_000)[1];
        double after = pool.shares(Balancers.compile(settings, members, 2 * halfWayNs), 50_000)[1];
        assertThat(atFirst).as("seed %d", Pool.SEED).isCloseTo(0.1 / 1.1, NEAR);
        assertThat(halfWay).as("seed %d", Pool.SEED).isCloseTo(0.5 / 1.5, Offset.offset(0.04));
        assertThat(after).as("seed %d", Pool.SEED).isCloseTo(0.5, NEAR);
    }

    @Test
    void asksToBeCompiledAgainEachSecondOfARamp() {
        Pool pool = Pool.even(2);
        var settings = Pool.settings(Algorithm.RANDOM, 0, Duration.ofSeconds(30));
        List<Member> members = List.of(pool.members.get(0), new Member(pool.endpoints.get(1), 1, 0));
        long second = 1_000_000_000L;
        assertThat(Balancers.nextRampNs(settings, members, 5 * second)).isEqualTo(6 * second);
        assertThat(Balancers.nextRampNs(settings, members, 30 * second)).isEqualTo(Long.MAX_VALUE);
        assertThat(Balancers.nextRampNs(settings, pool.members, 0)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void roundRobinTakesExactTurnsAndSpreadsThem() {
        Pool pool = new Pool(50, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        Balancer balancer = pool.balancer(Algorithm.ROUND_ROBIN);
        int[] counts = new int[11];
        int inARow = 0;
        for (int i = 0; i < 600; i++) {
            int member = pool.endpoints.indexOf(pool.pick(balancer, 0));
            counts[member]++;
            inARow = member == 0 ? 0 : inARow + 1;
            assertThat(inARow).as("light members together").isLessThanOrEqualTo(3);
        }
        assertThat(counts).containsExactly(500, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10);
    }

    @Test
    void roundRobinRoundsHugeWeightsAndForgetsNobody() {
        Pool pool = new Pool(65_535, 65_534, 1);
        double[] shares = pool.shares(pool.balancer(Algorithm.ROUND_ROBIN), 100_000);
        assertThat(shares[0]).isCloseTo(0.5, Offset.offset(0.001));
        assertThat(shares[2]).isPositive();
    }

    @Test
    void leastRequestPrefersTheLessBusyForItsWeight() {
        Pool pool = new Pool(9, 1);
        Balancer balancer = pool.balancer(Algorithm.LEAST_REQUEST);
        for (int i = 0; i < 1000; i++) {
            pool.pick(balancer, 0).begin();
        }
        assertThat(pool.endpoints.get(0).inFlight()).as("seed %d", Pool.SEED).isBetween(890, 910);
    }

    @Test
    void hashesAsTheSpecificationOfXxh64() {
        assertThat(KeyHash.xxh64(new byte[0], 0, 0)).isEqualTo(0xEF46DB3751D8E999L);
        byte[] abc = "xabcx".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(KeyHash.of(abc, 1, 4)).isEqualTo(0x44BC2CF5AD770999L);
        byte[] pangram = "Nobody inspects the spammish repetition".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(KeyHash.of(pangram, 0, pangram.length)).isEqualTo(0xFBCEA83C8A378BF1L);
    }
}
