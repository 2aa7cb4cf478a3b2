package dev.parley.proxy.upstream;

import dev.parley.proxy.resilience.ServiceGuard;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connections that are open to an endpoint, over all event loops, for the endpoint itself and for its service. */
final class ConnectionCount {
    private final AtomicInteger open = new AtomicInteger();
    private volatile @Nullable ServiceGuard guard;

    /** What the service as a whole may have; the first that is given stays. */
    void guard(ServiceGuard ofService) {
        if (guard == null) {
            guard = ofService;
        }
    }

    boolean tryOpen(int limit) {
        ServiceGuard whole = guard;
        if (whole != null && !whole.tryConnect()) {
            return false;
        }
        // Optimistic: the count may stand above the limit for an instant, and then another opener may be turned away.
        if (open.getAndIncrement() < limit) {
            return true;
        }
        closed();
        return false;
    }

    void closed() {
        open.getAndDecrement();
        ServiceGuard whole = guard;
        if (whole != null) {
            whole.closed();
        }
    }

    int open() {
        return open.get();
    }
}
