package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/** Chooses an endpoint of one service. Shared by all event loops; made by {@link Balancers#compile}. */
public interface Balancer {
    /**
     * The endpoint for the next attempt of an exchange, or null when none is left: all are down, retired or tried. The
     * null is the hot path's way to say so without a wrapper.
     *
     * @param keyHash what the exchange is hashed by ({@link KeyHash}); 0 where it has no key, which draws at random
     * @param nowNs the loop's time, on the clock of {@code System.nanoTime}
     * @param random the loop's own
     * @param tried endpoints that this exchange has been to, which are not picked again
     */
    @Nullable
    Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried);
}
