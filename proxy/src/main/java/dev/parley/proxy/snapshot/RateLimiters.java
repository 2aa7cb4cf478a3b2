package dev.parley.proxy.snapshot;

import dev.parley.model.RateLimit;
import dev.parley.proxy.resilience.RateLimiter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The token buckets that exist, by what they are of, so that a change of the configuration fills none. One whose settings change begins
 * anew. Used by whoever compiles a configuration, never by an event loop.
 */
final class RateLimiters {
    private final Map<Key, RateLimiter> limiters = new HashMap<>();

    /** What makes a bucket the same one: two limits of a route that say the same are told apart by their place. */
    private record Key(String of, int place, RateLimit settings) {}

    synchronized RateLimits obtain(String of, List<RateLimit> settings) {
        List<RateLimiter> made = new ArrayList<>();
        for (int i = 0; i < settings.size(); i++) {
            RateLimit each = settings.get(i);
            made.add(limiters.computeIfAbsent(new Key(of, i, each), key -> new RateLimiter(each)));
        }
        return RateLimits.of(of, made);
    }

    /** Drops what is of nothing in {@code named}: {@code listener.edge} and so on. */
    synchronized void retain(Set<String> named) {
        limiters.keySet().removeIf(key -> !named.contains(key.of()));
    }
}
