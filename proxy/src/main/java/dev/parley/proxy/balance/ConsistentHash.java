package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The same key to the same endpoint, by Maglev or by a ring, and to the next positions' owners while that one is
 * unusable or, with bounded load, full. An exchange without a key is drawn by weight.
 *
 * <p>Bounded load is Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads" (SODA 2018), the
 * hash-balance-factor of HAProxy: an endpoint takes no more than {@code bounded_load} percent of its share of what the
 * service has in flight, this exchange included, rounded up; so there is always one with room. Loops that pick in the
 * same instant may each take the last place.
 *
 * <p>The walk looks at as many positions as there are members, which reaches nearly always one that will do in a few
 * steps; then at each member once, from one that the key chooses.
 */
final class ConsistentHash implements Balancer {
    private final Rotation rotation;
    private final Placement placement;

    /** What of the service's load each member takes at most; empty where loads are not bounded. */
    private final double[] bounds;

    /** @param load the share of the service's traffic that these members have together, from 0 to 1 */
    ConsistentHash(Rotation rotation, Placement placement, int boundPercent, double load) {
        this.rotation = rotation;
        this.placement = placement;
        this.bounds = new double[boundPercent == 0 ? 0 : rotation.size()];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = load * boundPercent / 100.0 * rotation.share(i) / rotation.size();
        }
    }

    @Override
    public @Nullable Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried) {
        if (keyHash == 0) {
            return rotation.endpointOrNull(rotation.usable(random, tried));
        }
        long load = bounds.length == 0 ? 0 : rotation.endpoint(0).serviceInFlight() + 1;
        int position = placement.first(keyHash);
        for (int step = 0; step < rotation.size(); step++) {
            int member = placement.member(position);
            if (hasRoom(member, load) && rotation.usable(member, tried)) {
                return rotation.endpoint(member);
            }
            position = placement.next(position);
        }
        return lookAtAll((int) Math.unsignedMultiplyHigh(KeyHash.mix(keyHash), rotation.size()), load, tried);
    }

    private @Nullable Endpoint lookAtAll(int start, long load, Tried tried) {
        int full = Rotation.NONE;
        for (int i = 0, member = start; i < rotation.size(); i++) {
            if (rotation.usable(member, tried)) {
                if (hasRoom(member, load)) {
                    return rotation.endpoint(member);
                }
                full = full == Rotation.NONE ? member : full;
            }
            member = member + 1 == rotation.size() ? 0 : member + 1;
        }
        // Only full ones are left, since those with room are down or tried: too much work is better than a refusal.
        return rotation.endpointOrNull(full == Rotation.NONE ? rotation.scan(start, tried) : full);
    }

    private boolean hasRoom(int member, long load) {
        // Less a hair, so that a bound that is whole is not rounded up for its last bit.
        return bounds.length == 0 || rotation.endpoint(member).inFlight() < Math.ceil(bounds[member] * load - 1e-9);
    }
}
