package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * How often things happened lately: a ring of buckets of time, a count for each column in each bucket.
 *
 * <p>A count and the number of its bucket share one long, so that a bucket that is used again is begun and added to in one atomic step,
 * and no count is ever attributed to a later bucket, unless a thread rests for a whole turn of the ring between a read and an addition.
 * A count stops at 2^32 - 1.
 *
 * <p>Threads are spread over {@value #STRIPES} rows by their number, each in cache lines of its own, made when first used: event loops,
 * whose threads are numbered one after the other, do not meet in one. With n buckets of w columns a row takes 8 n w + 256 bytes.
 */
final class RollingCounts {
    /** More event loops than this share rows, which costs time and changes no count. */
    private static final int STRIPES = 8;

    /** Longs left unused at both ends of a row, see {@link PaddedCounter}. */
    private static final int PADDING = 16;

    private static final long COUNT = 0xFFFF_FFFFL;
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle ROW = MethodHandles.arrayElementVarHandle(long[][].class);

    private final long bucketNs;
    private final int buckets;
    private final int columns;
    private final long[] @Nullable [] rows = new long[STRIPES][];

    /**
     * @param bucketNs what one bucket holds, in nanoseconds
     * @param buckets how many there are, the present one among them
     * @param columns how many things are counted
     */
    RollingCounts(long bucketNs, int buckets, int columns) {
        this.bucketNs = bucketNs;
        this.buckets = buckets;
        this.columns = columns;
    }

    /** The row of the calling thread, of so many; a power of two. */
    static int stripe(int stripes) {
        return (int) Thread.currentThread().threadId() & (stripes - 1);
    }

    /** Counts one. */
    void add(int column, long nowNs) {
        long bucket = Math.floorDiv(nowNs, bucketNs);
        long[] row = row();
        int at = place(bucket, column);
        while (true) {
            long seen = (long) CELL.getVolatile(row, at);
            if (seen >>> 32 == (bucket & COUNT)) {
                if ((seen & COUNT) < COUNT) {
                    CELL.getAndAdd(row, at, 1L);
                }
                return;
            }
            if (CELL.compareAndSet(row, at, seen, (bucket << 32) | 1)) {
                return;
            }
        }
    }

    /** Takes one back that {@link #add} counted at {@code nowNs} on this thread; nothing where its bucket is gone. */
    void takeBack(int column, long nowNs) {
        long bucket = Math.floorDiv(nowNs, bucketNs);
        long[] row = row();
        int at = place(bucket, column);
        while (true) {
            long seen = (long) CELL.getVolatile(row, at);
            boolean there = seen >>> 32 == (bucket & COUNT) && (seen & COUNT) > 0;
            if (!there || CELL.compareAndSet(row, at, seen, seen - 1)) {
                return;
            }
        }
    }

    /** What was counted in the present bucket and the {@code last - 1} before it. */
    long sum(int column, int last, long nowNs) {
        long newest = Math.floorDiv(nowNs, bucketNs);
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            long[] row = (long[]) ROW.getAcquire(rows, stripe);
            if (row != null) {
                sum += sum(row, column, newest, last);
            }
        }
        return sum;
    }

    private long sum(long[] row, int column, long newest, int last) {
        long sum = 0;
        for (long bucket = newest; bucket > newest - last; bucket--) {
            long seen = (long) CELL.getVolatile(row, place(bucket, column));
            if (seen >>> 32 == (bucket & COUNT)) {
                sum += seen & COUNT;
            }
        }
        return sum;
    }

    private int place(long bucket, int column) {
        return PADDING + (int) Math.floorMod(bucket, (long) buckets) * columns + column;
    }

    private long[] row() {
        int stripe = stripe(STRIPES);
        long[] row = (long[]) ROW.getAcquire(rows, stripe);
        return row != null ? row : startRow(stripe);
    }

    private long[] startRow(int stripe) {
        long[] made = new long[PADDING + buckets * columns + PADDING];
        long[] other = (long[]) ROW.compareAndExchange(rows, stripe, (long[]) null, made);
        return other != null ? other : made;
    }
}
