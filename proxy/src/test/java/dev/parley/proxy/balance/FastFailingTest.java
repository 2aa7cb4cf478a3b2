package dev.parley.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Balance;
import dev.parley.model.Balance.Algorithm;
import dev.parley.model.OutlierDetection;
import dev.parley.proxy.outlier.OutlierDetector;
import dev.parley.proxy.upstream.Endpoint;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An endpoint that answers with errors ten times faster than the others answer attracts no traffic, whatever balances: ten thousand
 * requests a second in simulated time.
 */
class FastFailingTest {
    private static final long GAP_NS = 100_000;
    private static final double FAIR = 1.0 / 4;

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void getsNoMoreThanItsShareEvenWhereNobodyIsEjected(Algorithm algorithm) {
        Traffic traffic = new Traffic(algorithm, "off");
        traffic.failing = 0.5;
        // Keys are spread over a ring by chance, and no load moves them: its share there is what it is when all is
        // well.
        double most = algorithm == Algorithm.RING_HASH ? 0.33 : FAIR * 1.08;
        assertThat(traffic.run(Duration.ofSeconds(5))).as("seed %d", Pool.SEED).isLessThan(most);
    }

    @ParameterizedTest
    @CsvSource({"P2C_EWMA, 0.01", "LEAST_REQUEST, 0.01"})
    void whoLooksAtTheLoadLeavesItAloneWithoutEjecting(Algorithm algorithm, double most) {
        Traffic traffic = new Traffic(algorithm, "off");
        traffic.failing = 1;
        traffic.run(Duration.ofSeconds(1));
        assertThat(traffic.run(Duration.ofSeconds(5))).as("seed %d", Pool.SEED).isLessThan(most);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void getsNextToNothingOnceItIsEjected(Algorithm algorithm) {
        Traffic traffic = new Traffic(algorithm, "on");
        traffic.run(Duration.ofSeconds(1));
        traffic.failing = 1;
        // 50 000 requests, of which the fair share is 12 500: five that eject it, a few that were under way, and a
        // probe.
        assertThat(traffic.run(Duration.ofSeconds(5))).as("seed %d", Pool.SEED).isLessThan(0.001);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void takesItsShareAgainOnceItRecovered(Algorithm algorithm) {
        Traffic traffic = new Traffic(algorithm, "on");
        traffic.run(Duration.ofSeconds(1));
        traffic.failing = 1;
        traffic.run(Duration.ofSeconds(3));
        traffic.failing = 0;
        traffic.run(Duration.ofSeconds(3));
        assertThat(traffic.run(Duration.ofSeconds(5))).as("seed %d", Pool.SEED).isGreaterThan(FAIR * 0.6);
    }

    private static final class Traffic {
        private record Answer(long atNs, long begunNs, Endpoint by, boolean fails) {}

        double failing;
        private final Pool pool = Pool.even(4);
        private final Balance settings;
        private final Endpoint bad = pool.endpoints.get(1);
        private final PriorityQueue<Answer> underWay = new PriorityQueue<>(Comparator.comparingLong(Answer::atNs));
        private final OutlierDetector detector;
        private Balancer balancer;
        private long nowNs;
        private long nextSweepNs;
        private int keys;

        Traffic(Algorithm algorithm, String detection) {
            settings = Balance.of(algorithm);
            OutlierDetection by = OutlierDetection.of(detection);
            detector = new OutlierDetector(by, Pool.SEED, transition -> rebalance());
            balancer = Balancers.compile(settings, pool.members, 0);
            detector.follow(by, pool.endpoints, 0);
        }

        private void rebalance() {
            balancer = Balancers.compile(settings, pool.members, nowNs);
        }

        /** The share of the bad endpoint in what is sent within this time. */
        double run(Duration time) {
            long untilNs = nowNs + time.toNanos();
            long sent = 0;
            long sentToBad = 0;
            while (nowNs < untilNs) {
                nowNs += GAP_NS;
                answer();
                detector.endEjections(nowNs);
                if (nowNs >= nextSweepNs) {
                    detector.sweep(nowNs);
                    nextSweepNs += 1_000_000_000L;
                }
                sent++;
                sentToBad += send() ? 1 : 0;
            }
            return (double) sentToBad / sent;
        }

        private boolean send() {
            Endpoint to = balancer.pick(Pool.key(keys++), nowNs, pool.random, pool.tried);
            if (to == null) {
                throw new AssertionError("nobody is left");
            }
            to.begin();
            boolean fails = to == bad && pool.random.nextInt(1000) < failing * 1000;
            long usualNs = fails ? 100_000 : 1_000_000;
            long takesNs = usualNs / 2 + pool.random.nextInt((int) usualNs);
            underWay.add(new Answer(nowNs + takesNs, nowNs, to, fails));
            return to == bad;
        }

        private void answer() {
            for (Answer next = underWay.peek(); next != null && next.atNs <= nowNs; next = underWay.peek()) {
                underWay.remove();
                if (next.fails) {
                    next.by.observeFailure(next.atNs, Endpoint.Failure.ANSWER, next.begunNs);
                } else {
                    next.by.observe(next.atNs - next.begunNs, next.atNs);
                }
                next.by.end();
            }
        }
    }
}
