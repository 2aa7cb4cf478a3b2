package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The token buckets of many callers, in a table whose size never changes. A caller has its place in one set of {@value #WAYS} slots, found
 * by its hash: its keys fill one cache line, so that finding a bucket costs two.
 *
 * <p>A bucket that is full again carries nothing and is given to the next new caller of its set. Where none is, the fullest is, and what
 * its caller had used is forgotten: with more callers at a time than {@code keys} those who fall out are let in anew. There are twice as
 * many slots as keys, so that with {@code keys} callers at a time one set in fifty has more than it holds.
 *
 * <p>Taking from a bucket that exists takes no lock. A slot changes hands under a lock of its set, in steps that no taker can miss: its
 * key is withdrawn, then its time is replaced by compare-and-set, then the new key is written. A taker reads the time, then checks
 * the key, then moves the time by compare-and-set: that succeeds only where nobody else had moved it or taken the slot since.
 */
final class BucketTable {
    private static final int WAYS = 8;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    private static final VarHandle LOCKS = MethodHandles.arrayElementVarHandle(int[].class);

    private final int sets;
    private final long[] keys;
    private final long[] fullAt;
    private final int[] locks;

    BucketTable(int callers) {
        this.sets = Math.max(1, Math.ceilDiv(callers * 2, WAYS));
        this.keys = new long[sets * WAYS];
        this.fullAt = new long[sets * WAYS];
        this.locks = new int[sets];
    }

    long take(long key, long intervalNs, long spareNs, long nowNs) {
        int first = first(key);
        while (true) {
            int slot = find(key, first);
            if (slot < 0) {
                slot = insert(key, first, nowNs);
            }
            long waitNs = takeFrom(slot, key, intervalNs, spareNs, nowNs);
            if (waitNs != GONE) {
                return waitNs;
            }
        }
    }

    /** The slot was given to another caller meanwhile. */
    private static final long GONE = -2;

    private long takeFrom(int slot, long key, long intervalNs, long spareNs, long nowNs) {
        while (true) {
            long seen = (long) LONGS.getVolatile(fullAt, slot);
            if ((long) LONGS.getVolatile(keys, slot) != key) {
                return GONE;
            }
            long next = BucketCell.next(seen, intervalNs, spareNs, nowNs);
            if (next == seen) {
                return BucketCell.waitNs(seen, spareNs, nowNs);
            }
            if (LONGS.compareAndSet(fullAt, slot, seen, next)) {
                return RateLimiter.LET_IN;
            }
        }
    }

    long aheadNs(long key, long nowNs) {
        int slot = find(key, first(key));
        return slot < 0 ? 0 : Math.max(0, (long) LONGS.getVolatile(fullAt, slot) - nowNs);
    }

    private int first(long key) {
        return (int) (((key >>> 32) * sets) >>> 32) * WAYS;
    }

    private int find(long key, int first) {
        for (int slot = first; slot < first + WAYS; slot++) {
            if ((long) LONGS.getVolatile(keys, slot) == key) {
                return slot;
            }
        }
        return -1;
    }

    private int insert(long key, int first, long nowNs) {
        int set = first / WAYS;
        while (!LOCKS.compareAndSet(locks, set, 0, 1)) {
            Thread.onSpinWait();
        }
        try {
            int slot = find(key, first);
            while (slot < 0) {
                slot = replace(fullest(first), key, nowNs);
            }
            return slot;
        } finally {
            LOCKS.setRelease(locks, set, 0);
        }
    }

    private int fullest(int first) {
        int fullest = first;
        for (int slot = first; slot < first + WAYS; slot++) {
            if ((long) LONGS.getVolatile(keys, slot) == 0) {
                return slot;
            }
            long soonest = (long) LONGS.getVolatile(fullAt, fullest);
            if ((long) LONGS.getVolatile(fullAt, slot) - soonest < 0) {
                fullest = slot;
            }
        }
        return fullest;
    }

    /** Gives a slot to another caller; -1 where its own took from it meanwhile. */
    private int replace(int slot, long key, long nowNs) {
        long before = (long) LONGS.getVolatile(keys, slot);
        long seen = (long) LONGS.getVolatile(fullAt, slot);
        LONGS.setVolatile(keys, slot, 0L);
        // Other than what was seen, so that no taker of before can take the one for the other.
        long fresh = seen == nowNs ? nowNs - 1 : nowNs;
        if (!LONGS.compareAndSet(fullAt, slot, seen, fresh)) {
            LONGS.setVolatile(keys, slot, before);
            return -1;
        }
        LONGS.setVolatile(keys, slot, key);
        return slot;
    }
}
