package dev.parley.proxy.balance;

import dev.parley.model.Balance;
import dev.parley.proxy.upstream.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the balancer of a service from its settings and members: all that a pick can find ready is computed here.
 *
 * <p>Run it again when members change, when an endpoint goes down or comes up, and at {@link #nextRampNs} while one
 * starts slowly. Members that are down now are left out, so that a pick meets only those that went down since.
 */
public final class Balancers {
    /** What a starting endpoint begins with, of 100: Envoy's min_weight_percent. */
    private static final int LEAST_PERCENT = 10;

    /** A ramp is climbed in steps of this: fine enough for ramps of tens of seconds, rare enough to rebuild for. */
    static final long RAMP_STEP_NS = 1_000_000_000L;

    /** Picks none. */
    static final Balancer NOBODY = (keyHash, now, random, tried) -> null;

    private Balancers() {}

    /** The balancer over these members as they stand at {@code nowNs}. */
    public static Balancer compile(Balance settings, List<Member> members, long nowNs) {
        return compile(settings, members, 1, nowNs);
    }

    /** The same, over a level that has {@code load} of the service's traffic: from 0 to 1, for what bounds it. */
    static Balancer compile(Balance settings, List<Member> members, double load, long nowNs) {
        List<Member> picked = new ArrayList<>();
        for (Member member : members) {
            if (member.weight() > 0 && member.endpoint().available()) {
                picked.add(member);
            }
        }
        if (picked.isEmpty()) {
            return NOBODY;
        }
        boolean hashes =
                settings.algorithm() == Balance.Algorithm.MAGLEV || settings.algorithm() == Balance.Algorithm.RING_HASH;
        if (hashes) {
            // The order of the file must not move keys, nor differ between two Parleys.
            picked.sort(
                    Comparator.comparing(member -> member.endpoint().address().toString()));
        }
        Rotation rotation = rotation(settings, picked, nowNs);
        return switch (settings.algorithm()) {
            case P2C_EWMA -> new PeakEwmaOfTwo(rotation);
            case LEAST_REQUEST -> new LeastOfTwo(rotation);
            case ROUND_ROBIN -> new RoundRobin(rotation, nowNs);
            case RANDOM -> (keyHash, now, random, tried) -> rotation.endpointOrNull(rotation.usable(random, tried));
            case MAGLEV -> new ConsistentHash(rotation, MaglevTable.of(rotation), settings.boundedLoad(), load);
            case RING_HASH -> new ConsistentHash(rotation, HashRing.of(rotation), settings.boundedLoad(), load);
        };
    }

    /** When {@link #compile} should run again for slow start, or {@code Long.MAX_VALUE} when nothing ramps. */
    public static long nextRampNs(Balance settings, List<Member> members, long nowNs) {
        for (Member member : members) {
            if (member.weight() > 0 && member.endpoint().available() && percent(settings, member, nowNs) < 100) {
                return nowNs + RAMP_STEP_NS;
            }
        }
        return Long.MAX_VALUE;
    }

    private static Rotation rotation(Balance settings, List<Member> members, long nowNs) {
        Endpoint[] endpoints = new Endpoint[members.size()];
        int[] weights = new int[members.size()];
        for (int i = 0; i < endpoints.length; i++) {
            endpoints[i] = members.get(i).endpoint();
            weights[i] = members.get(i).weight() * percent(settings, members.get(i), nowNs);
        }
        return new Rotation(endpoints, weights);
    }

    /** How much of its weight a member has by now, of 100: a straight line over {@code slow_start}. */
    private static int percent(Balance settings, Member member, long nowNs) {
        long slowStartNs = settings.slowStart().toNanos();
        long elapsedNs = Math.max(0, nowNs - member.inRotationSinceNs());
        if (elapsedNs >= slowStartNs) {
            return 100;
        }
        return Math.max(LEAST_PERCENT, (int) (100.0 * elapsedNs / slowStartNs));
    }
}
