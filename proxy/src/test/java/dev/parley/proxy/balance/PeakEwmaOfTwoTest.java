package dev.parley.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Balance.Algorithm;
import dev.parley.proxy.upstream.Endpoint;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A thousand requests a second, in simulated time, against endpoints whose latency and errors the test sets. */
class PeakEwmaOfTwoTest {
    private static final long MS = 1_000_000;

    @Test
    void avoidsASlowEndpoint() {
        Simulation simulation = new Simulation(Pool.even(5));
        simulation.latencyMs[2] = 50;
        assertThat(simulation.run(10_000)[2]).as("seed %d", Pool.SEED).isLessThan(0.01);
    }

    @Test
    void avoidsAFastFailingEndpointWithinAFractionOfASecond() {
        Simulation simulation = new Simulation(Pool.even(3));
        simulation.run(5_000);
        simulation.latencyMs[1] = 0.1;
        simulation.fails[1] = true;
        simulation.run(200);
        assertThat(simulation.run(5_000)[1]).as("seed %d", Pool.SEED).isLessThan(0.01);
    }

    @Test
    void avoidsTheBadOneOfTwoAlsoWithWeights() {
        Simulation simulation = new Simulation(new Pool(60, 40));
        simulation.fails[0] = true;
        simulation.run(500);
        assertThat(simulation.run(5_000)[0]).as("seed %d", Pool.SEED).isLessThan(0.01);
    }

    @Test
    void triesAgainWhatRecovered() {
        Simulation simulation = new Simulation(Pool.even(4));
        simulation.latencyMs[0] = 500;
        simulation.run(5_000);
        simulation.latencyMs[0] = 1;
        simulation.run(90_000);
        assertThat(simulation.run(60_000)[0]).as("seed %d", Pool.SEED).isGreaterThan(0.1);
    }

    @Test
    void followsWeightsWhileLatenciesAreAlike() {
        Simulation simulation = new Simulation(new Pool(9, 1));
        simulation.run(1_000);
        assertThat(simulation.run(20_000)[1]).as("seed %d", Pool.SEED).isCloseTo(0.1, Offset.offset(0.05));
    }

    private static final class Simulation {
        private record Answer(long atNs, long startedNs, int endpoint) {}

        final double[] latencyMs;
        final boolean[] fails;
        private final Pool pool;
        private final Balancer balancer;
        private final PriorityQueue<Answer> pending = new PriorityQueue<>(Comparator.comparingLong(Answer::atNs));
        private long nowNs;

        Simulation(Pool pool) {
            this.pool = pool;
            this.balancer = pool.balancer(Algorithm.P2C_EWMA);
            this.latencyMs = new double[pool.endpoints.size()];
            this.fails = new boolean[latencyMs.length];
            java.util.Arrays.fill(latencyMs, 1);
        }

        /** Sends one request each millisecond; answers the share of each endpoint. */
        double[] run(int requests) {
            double[] shares = new double[latencyMs.length];
            for (int i = 0; i < requests; i++) {
                nowNs += MS;
                answer();
                Endpoint picked = balancer.pick(0, nowNs, pool.random, pool.tried);
                int index = pool.endpoints.indexOf(picked);
                pool.endpoints.get(index).begin();
                shares[index] += 1.0 / requests;
                // Up to a fifth more or less, as latencies are.
                double spread = 0.8 + pool.random.nextInt(1000) / 2500.0;
                pending.add(new Answer(nowNs + (long) (latencyMs[index] * spread * MS), nowNs, index));
            }
            return shares;
        }

        private void answer() {
            for (Answer next = pending.peek(); next != null && next.atNs <= nowNs; next = pending.peek()) {
                pending.remove();
                Endpoint endpoint = pool.endpoints.get(next.endpoint);
                endpoint.end();
                if (fails[next.endpoint]) {
                    endpoint.observeFailure(next.atNs, Endpoint.Failure.ANSWER);
                } else {
                    endpoint.observe(next.atNs - next.startedNs, next.atNs);
                }
            }
        }
    }
}
