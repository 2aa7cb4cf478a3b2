package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One token bucket for all, in a cache line of its own, and the arithmetic of all buckets. */
final class BucketCell {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;

    /** The time of a bucket that was never used, which is full: the clock may begin anywhere, also below 0. */
    private static final long UNUSED = Long.MIN_VALUE;

    private final long[] cells = new long[PADDING + 1 + PADDING];

    BucketCell() {
        CELL.setRelease(cells, PADDING, UNUSED);
    }

    long take(long intervalNs, long spareNs, long nowNs) {
        while (true) {
            long seen = (long) CELL.getVolatile(cells, PADDING);
            long next = next(seen, intervalNs, spareNs, nowNs);
            if (next == seen) {
                return waitNs(seen, spareNs, nowNs);
            }
            if (CELL.compareAndSet(cells, PADDING, seen, next)) {
                return RateLimiter.LET_IN;
            }
        }
    }

    long aheadNs(long nowNs) {
        long seen = (long) CELL.getVolatile(cells, PADDING);
        return seen == UNUSED ? 0 : Math.max(0, seen - nowNs);
    }

    /**
     * When a bucket will be full once a request was let in; the same as before where it is not let in. Event loops whose clocks are
     * behind see it further ahead than it is, and let less in.
     */
    static long next(long fullAtNs, long intervalNs, long spareNs, long nowNs) {
        if (fullAtNs == UNUSED) {
            return nowNs + intervalNs;
        }
        long ahead = Math.max(0, fullAtNs - nowNs);
        return ahead <= spareNs ? nowNs + ahead + intervalNs : fullAtNs;
    }

    static long waitNs(long fullAtNs, long spareNs, long nowNs) {
        return Math.max(1, fullAtNs - nowNs - spareNs);
    }
}
