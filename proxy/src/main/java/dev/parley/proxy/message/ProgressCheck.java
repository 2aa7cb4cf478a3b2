package dev.parley.proxy.message;

import dev.parley.model.Listener;
import java.util.concurrent.TimeUnit;

/**
 * Whether a client that is waited for goes on fast enough: a byte at least each {@code stall}, and {@code least_rate} on
 * average once it has had {@link #GRACE_NS} (Kestrel's MinRequestBodyDataRate works alike). One byte now and then would
 * otherwise hold a connection, and an endpoint's, for ever.
 */
public final class ProgressCheck {
    /** How often is looked. */
    public static final long EVERY_NS = TimeUnit.SECONDS.toNanos(5);
    /** How long a client has before its average rate counts. */
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(10);

    private boolean running;
    private long sinceNs;
    private long movedNs;
    private long seen;

    /** The client is waited for from now on. */
    public void start(long nowNs) {
        running = true;
        sinceNs = nowNs;
        movedNs = nowNs;
        seen = 0;
    }

    public void stop() {
        running = false;
    }

    public boolean running() {
        return running;
    }

    /** Whether {@code movedBytes} since the start are enough by now. */
    public boolean goesOn(long nowNs, long movedBytes, Listener.Timeouts timeouts) {
        if (movedBytes != seen) {
            seen = movedBytes;
            movedNs = nowNs;
        }
        if (nowNs - movedNs >= timeouts.stall().toNanos()) {
            return false;
        }
        double seconds = (nowNs - sinceNs) / 1e9;
        return nowNs - sinceNs < GRACE_NS || movedBytes >= timeouts.leastRate() * seconds;
    }
}
