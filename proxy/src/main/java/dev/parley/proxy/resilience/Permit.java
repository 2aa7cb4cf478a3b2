package dev.parley.proxy.resilience;

import org.jspecify.annotations.Nullable;

/**
 * What a call of a service holds: places that are given back once each. One for an exchange, reused by its next call; used by one event
 * loop alone. {@link ServiceGuard} alone fills and empties it.
 */
public final class Permit {
    @Nullable
    ServiceGuard holder;

    long ticket = CircuitBreaker.REFUSED;
    boolean awaiting;

    /** Whether anything is held: it was admitted, and is not over. */
    public boolean held() {
        return holder != null;
    }
}
