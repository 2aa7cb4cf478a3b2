package dev.parley.proxy.balance;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import dev.parley.model.Locality;
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
    private final List<String> places = new ArrayList<>();
    private final int[] weights;
    final FastRandom random = new FastRandom(SEED);
    final Tried tried = new Tried();

    Pool(int... weights) {
        this.weights = weights;
        EndpointRegistry registry = new EndpointRegistry();
        Balance balance = Balance.of(Balance.Algorithm.P2C_EWMA);
        for (int i = 0; i < weights.length; i++) {
            Endpoint endpoint = registry.obtain("s", new EndpointAddress.Inet("10.0.0." + i, 1000 + i), balance, 0);
            endpoints.add(endpoint);
            members.add(new Member(endpoint, weights[i], -Duration.ofHours(1).toNanos()));
        }
    }

    /** Endpoints by zone and priority, with {@code *} and a weight where it is not 1: {@code a0*3}. Parley is in zone a. */
    static Pool placed(String... places) {
        int[] weights = new int[places.length];
        for (int i = 0; i < places.length; i++) {
            weights[i] = places[i].length() > 2 ? Integer.parseInt(places[i].substring(3)) : 1;
        }
        Pool pool = new Pool(weights);
        for (int i = 0; i < places.length; i++) {
            pool.places.add(places[i].substring(0, 2));
            pool.members.set(i, pool.member(i));
        }
        return pool;
    }

    /** Where an endpoint is, as {@link #placed} was told. */
    String place(Endpoint endpoint) {
        return places.get(endpoints.indexOf(endpoint));
    }

    FailureDomains plan(Locality locality, long nowNs) {
        List<Member> standing = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            standing.add(member(i));
        }
        return FailureDomains.plan(locality, "a", standing, nowNs);
    }

    private Member member(int i) {
        String place = places.get(i);
        long sinceNs = endpoints.get(i).standing().sinceNs();
        return new Member(endpoints.get(i), weights[i], sinceNs, place.substring(0, 1), place.charAt(1) - '0');
    }

    double[] loads(Locality locality, long nowNs) {
        return plan(locality, nowNs).levels().stream()
                .mapToDouble(FailureDomains.Level::load)
                .toArray();
    }

    void down(int endpoint) {
        endpoints.get(endpoint).takeDown(Endpoint.Cause.UNREACHABLE, "connection refused", -1);
    }

    void up(int endpoint, long nowNs) {
        endpoints.get(endpoint).bringUp(nowNs);
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
