package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The less busy of two drawn, by what is in flight for its weight: Envoy's LEAST_REQUEST with its choice_count of 2,
 * HAProxy's random(2).
 *
 * <p>With equal weights the one with less in flight wins. With unequal ones the first is drawn by weight, and the
 * second, any other, wins where it would be the less busy even after it took the exchange. What is in flight are small
 * whole numbers: a plain comparison would send every exchange that meets a busy heavy endpoint to an idle light one.
 *
 * <p>Failures count as if they were in flight for a while, else the endpoint that fails fastest would be the least busy.
 */
final class LeastOfTwo implements Balancer {
    private final Rotation rotation;

    LeastOfTwo(Rotation rotation) {
        this.rotation = rotation;
    }

    @Override
    public @Nullable Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried) {
        int first = rotation.usable(random, tried);
        if (first == Rotation.NONE) {
            return null;
        }
        int second = rotation.otherThan(first, random, tried);
        if (second == Rotation.NONE) {
            return rotation.endpoint(first);
        }
        return rotation.endpoint(better(second, first, nowNs) ? second : first);
    }

    private boolean better(int second, int first, long nowNs) {
        long firstBusy = rotation.endpoint(first).busy(nowNs);
        long secondBusy = rotation.endpoint(second).busy(nowNs);
        if (rotation.even()) {
            return secondBusy < firstBusy;
        }
        return (secondBusy + 1) * rotation.weight(first) < firstBusy * rotation.weight(second);
    }
}
