package dev.parley.proxy.http1;

import dev.parley.model.Listener;
import java.util.concurrent.TimeUnit;

/**
 * Whether a client that is waited for goes on fast enough: a byte at least each {@code stall}, and {@code least_rate} on
 * average once it has had {@link #GRACE_NS} (Kestrel's MinRequestBodyDataRate works alike). One byte now and then would
 * otherwise hold a connection, and an endpoint's, for ever.
 */
final class ProgressCheck {
    /** How often is looked. */
    static final long EVERY_NS = TimeUnit.SECONDS.toNanos(5);
    /** How long a client has before its average rate counts. */
    static final long GRACE_NS = TimeUnit.SECONDS.toNanos(10);

    boolean headStarted;
    boolean blocked;
    /** Bytes of the body since the clock was started. */
    long bytes;

    long sinceNs;
    private long movedNs;
    private long seen;
    private long taken;

    void bodyFrom(long now) {
        bytes = 0;
        seen = 0;
        sinceNs = now;
        movedNs = now;
    }

    boolean bodyGoesOn(long now, Listener.Timeouts timeouts) {
        if (bytes != seen) {
            seen = bytes;
            movedNs = now;
        }
        return goesOn(now, bytes, timeouts);
    }

    /** The client stopped taking bytes while so many wait for it. */
    void blockedFrom(long now, long unsentBytes) {
        if (blocked) {
            return;
        }
        blocked = true;
        sinceNs = now;
        movedNs = now;
        seen = unsentBytes;
        taken = 0;
    }

    boolean writeGoesOn(long now, long unsentBytes, Listener.Timeouts timeouts) {
        if (unsentBytes != seen) {
            movedNs = now;
            // What came to wait since then hides some of what was taken, which errs against a client for one turn only.
            taken += Math.max(0, seen - unsentBytes);
            seen = unsentBytes;
        }
        return goesOn(now, taken, timeouts);
    }

    private boolean goesOn(long now, long moved, Listener.Timeouts timeouts) {
        if (now - movedNs >= timeouts.stall().toNanos()) {
            return false;
        }
        double seconds = (now - sinceNs) / 1e9;
        return now - sinceNs < GRACE_NS || moved >= timeouts.leastRate() * seconds;
    }
}
