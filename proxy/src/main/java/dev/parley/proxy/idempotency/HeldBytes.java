package dev.parley.proxy.idempotency;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that requests with keys may hold, over all event loops: bodies that wait for their key, and answers that wait for the disk. */
public final class HeldBytes {
    /** So much for one Parley. */
    public static final long MOST = 64L * 1024 * 1024;

    private final AtomicLong held = new AtomicLong();

    /** Takes so many bytes; false where that would be too much. */
    public boolean take(long bytes) {
        if (held.addAndGet(bytes) <= MOST) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    /** Gives back what was taken. */
    public void give(long bytes) {
        held.addAndGet(-bytes);
    }

    public long held() {
        return held.get();
    }
}
