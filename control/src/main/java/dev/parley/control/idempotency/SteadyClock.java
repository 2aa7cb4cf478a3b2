package dev.parley.control.idempotency;

import java.util.function.LongSupplier;

/**
 * Time in milliseconds since 1970 that only goes forward, at the pace of the monotonic clock: what somebody sets the wall clock to while
 * Parley runs makes no key expire early or late. At a start it is the wall clock, or the last time that was written down where that is
 * later. What it cannot tell is a wall clock that was set forward while Parley was down from time that has passed: keys expire then.
 */
final class SteadyClock {
    private final LongSupplier wallMs;
    private final LongSupplier nanos;
    private long originMs;
    private long originNs;

    SteadyClock(LongSupplier wallMs, LongSupplier nanos) {
        this.wallMs = wallMs;
        this.nanos = nanos;
        originMs = wallMs.getAsLong();
        originNs = nanos.getAsLong();
    }

    /** Begins anew at the wall clock, and not before a time that was written down. */
    void startAfter(long lastMs) {
        originMs = Math.max(wallMs.getAsLong(), lastMs);
        originNs = nanos.getAsLong();
    }

    long nowMs() {
        return originMs + (nanos.getAsLong() - originNs) / 1_000_000;
    }
}
