package dev.parley.proxy.balance;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Endpoints to balance over, and the counting of picks. Its seed is fixed, and named in each failure. */
final class Pool {
    static final long SEED = 0x5EEDL;

    final List<Endpoint> endpoints = new ArrayList<>();
    final List<Member> members = new ArrayList<>();
    final FastRandom random = new FastRandom(SEED);
    final Tried tried = new Tried();

    Pool(int... weights) {
        EndpointRegistry registry = new EndpointRegistry();
        Balance balance = Balance.of(Balance.Algorithm.P2C_EWMA);
        for (int i = 0; i < weights.length; i++) {
            Endpoint endpoint = registry.obtain("s", new EndpointAddress.Inet("10.0.0." + i, 1000 + i), balance, 0);
            endpoints.add(endpoint);
            members.add(new Member(endpoint, weights[i], -Duration.ofHours(1).toNanos()));
        }
    }

    static Pool even(int size) {
        int[] weights = new int[size];
        java.util.Arrays.fill(weights, 1);
        return new Pool(weights);
    }

    static Balance settings(Balance.Algorithm algorithm, int boundedLoad, Duration slowStart) {
        return new Balance(
                algorithm,
                Optional.empty(),
                boundedLoad,
                slowStart,
                Duration.ofSeconds(10),
                Duration.ofMillis(30),
                Duration.ofSeconds(5));
    }

    Balancer balancer(Balance.Algorithm algorithm) {
        return Balancers.compile(Balance.of(algorithm), members, 0);
    }

    /** A pick that must find one. */
    Endpoint pick(Balancer balancer, long keyHash) {
        return Objects.requireNonNull(balancer.pick(keyHash, 0, random, tried), "none picked");
    }

    /** The share of each endpoint in so many picks, each with another key. */
    double[] shares(Balancer balancer, int picks) {
        double[] shares = new double[endpoints.size()];
        for (int i = 0; i < picks; i++) {
            shares[endpoints.indexOf(pick(balancer, key(i)))] += 1.0 / picks;
        }
        return shares;
    }

    static long key(int number) {
        return KeyHash.mix(number + 1L);
    }
}
