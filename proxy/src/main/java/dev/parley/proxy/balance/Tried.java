package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that one exchange has been to. One object for each exchange slot of a loop, cleared and used again. A
 * scan of a dozen references is cheaper than any set.
 */
public final class Tried {
    /** One more than the first attempt and the most retries that a service may have (10). */
    public static final int CAPACITY = 12;

    private final @Nullable Endpoint[] endpoints = new @Nullable Endpoint[CAPACITY];
    private int count;

    public void add(Endpoint endpoint) {
        if (count == CAPACITY) {
            throw new IllegalStateException("An exchange tries at most " + CAPACITY + " endpoints.");
        }
        endpoints[count++] = endpoint;
    }

    public boolean contains(Endpoint endpoint) {
        for (int i = 0; i < count; i++) {
            if (endpoints[i] == endpoint) {
                return true;
            }
        }
        return false;
    }

    public int count() {
        return count;
    }

    /** Forgets them, and lets them be collected when they are retired. */
    public void clear() {
        while (count > 0) {
            endpoints[--count] = null;
        }
    }
}
