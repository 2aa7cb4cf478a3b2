package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One token bucket for all, in a cache line of its own, and the arithmetic of all buckets. */
final class BucketCell {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;

    private final long[] cells = new long[PADDING + 1 + PADDING];

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
        return Math.max(0, (long) CELL.getVolatile(cells, PADDING) - nowNs);
    }

    /**
     * When a bucket will be full once a request was let in; the same as before where it is not let in. One that is further ahead than
     * any request can bring it was never used: the clock may begin anywhere, also below 0.
     */
    static long next(long fullAtNs, long intervalNs, long spareNs, long nowNs) {
        long ahead = fullAtNs - nowNs;
        if (ahead <= 0 || ahead - intervalNs > spareNs) {
            return nowNs + intervalNs;
        }
        return ahead <= spareNs ? fullAtNs + intervalNs : fullAtNs;
    }

    static long waitNs(long fullAtNs, long spareNs, long nowNs) {
        return Math.max(1, fullAtNs - nowNs - spareNs);
    }
}
