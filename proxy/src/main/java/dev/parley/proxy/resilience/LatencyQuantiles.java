package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * How long a service has lately taken: quantiles over the last 18 to 20 seconds, and over the last 2 to 4.
 *
 * <p>Latencies are counted in log-linear buckets, eight to an octave from 16 µs to 137 s, so that a quantile is at most an eighth too
 * low (the layout of HdrHistogram). Time is cut into intervals of 2 seconds, of which ten are kept; each is a fresh array, made by the
 * first who needs it, so that nothing is ever cleared under a writer. Rows by thread as in {@link RollingCounts}: at most 8 rows of 10
 * intervals of {@value #BUCKETS} ints, 60 KB, of which only those of event loops with traffic exist.
 *
 * <p>Quantiles are read from a table that is computed at most every 100 ms by whoever asks first.
 */
public final class LatencyQuantiles {
    /** Below so many latencies a quantile is not known: p99 of fewer is one latency or none. */
    public static final int FEWEST = 100;

    /** What is not known. */
    public static final long UNKNOWN = -1;

    private static final int FIRST_OCTAVE = 14;
    private static final int LAST_OCTAVE = 37;
    private static final int STEP_BITS = 3;
    private static final int STEPS = 1 << STEP_BITS;
    static final int BUCKETS = 1 + (LAST_OCTAVE - FIRST_OCTAVE) * STEPS + 1;

    private static final int STRIPES = 8;
    private static final long INTERVAL_NS = 2_000_000_000;
    private static final int INTERVALS = 10;
    private static final int RECENT = 2;
    private static final int RING = INTERVALS + 2;
    private static final long REFRESH_NS = 100_000_000;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Interval[].class);
    private static final VarHandle TABLE;

    static {
        try {
            TABLE = MethodHandles.lookup().findVarHandle(LatencyQuantiles.class, "table", Table.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final @Nullable Interval[] slots = new Interval[STRIPES * RING];
    private volatile @Nullable Table table;

    private record Interval(long number, AtomicIntegerArray counts) {}

    /** Quantiles by percent, and of the last few seconds alone; {@link #UNKNOWN} throughout where there were too few. */
    private record Table(long computedNs, long[] all, long[] recent) {}

    /** An answer began after {@code latencyNs}. */
    public void record(long latencyNs, long nowNs) {
        interval(Math.floorDiv(nowNs, INTERVAL_NS)).counts.getAndIncrement(bucket(latencyNs));
    }

    @SuppressWarnings("ReferenceEquality") // Whose object is in the slot is the question.
    private Interval interval(long number) {
        int slot = slot(RollingCounts.stripe(STRIPES), number);
        Interval there = (Interval) SLOT.getAcquire(slots, slot);
        if (there != null && there.number == number) {
            return there;
        }
        Interval made = new Interval(number, new AtomicIntegerArray(BUCKETS));
        Interval other = (Interval) SLOT.compareAndExchange(slots, slot, there, made);
        // Another thread of this row was first, or its clock is a whole ring ahead: either way its interval takes the
        // sample.
        return other == there || other == null ? made : other;
    }

    private static int slot(int stripe, long number) {
        return stripe * RING + (int) Math.floorMod(number, (long) RING);
    }

    /**
     * What so many of 100 latencies of the last 20 seconds were below.
     *
     * @param percent from 1 to 99
     * @return nanoseconds, at most an eighth too low; {@link #UNKNOWN} while there were fewer than {@link #FEWEST}
     */
    public long quantileNs(int percent, long nowNs) {
        return table(nowNs).all[percent];
    }

    /** The same over the last 2 to 4 seconds. */
    public long recentNs(int percent, long nowNs) {
        return table(nowNs).recent[percent];
    }

    private Table table(long nowNs) {
        Table known = table;
        if (known != null && nowNs - known.computedNs < REFRESH_NS) {
            return known;
        }
        Table claimed = known == null ? compute(nowNs) : new Table(nowNs, known.all, known.recent);
        if (!TABLE.compareAndSet(this, known, claimed) || known == null) {
            return claimed;
        }
        Table computed = compute(nowNs);
        table = computed;
        return computed;
    }

    private Table compute(long nowNs) {
        long newest = Math.floorDiv(nowNs, INTERVAL_NS);
        long[] counts = new long[BUCKETS];
        collect(counts, newest, newest - RECENT);
        long[] recent = quantiles(counts);
        collect(counts, newest - RECENT, newest - INTERVALS);
        return new Table(nowNs, quantiles(counts), recent);
    }

    /** Adds the intervals from {@code newest} down to above {@code before}. */
    private void collect(long[] counts, long newest, long before) {
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            for (long number = newest; number > before; number--) {
                Interval there = (Interval) SLOT.getAcquire(slots, slot(stripe, number));
                if (there != null && there.number == number) {
                    add(counts, there.counts);
                }
            }
        }
    }

    private static void add(long[] counts, AtomicIntegerArray some) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            counts[bucket] += some.getOpaque(bucket);
        }
    }

    private static long[] quantiles(long[] counts) {
        long[] quantiles = new long[100];
        java.util.Arrays.fill(quantiles, UNKNOWN);
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        if (total < FEWEST) {
            return quantiles;
        }
        long passed = 0;
        int percent = 1;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            passed += counts[bucket];
            for (; percent < 100 && passed * 100 >= total * percent; percent++) {
                quantiles[percent] = lowerNs(bucket);
            }
        }
        return quantiles;
    }

    static int bucket(long latencyNs) {
        if (latencyNs < 1L << FIRST_OCTAVE) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(latencyNs);
        if (octave >= LAST_OCTAVE) {
            return BUCKETS - 1;
        }
        int step = (int) (latencyNs >>> (octave - STEP_BITS)) & (STEPS - 1);
        return 1 + (octave - FIRST_OCTAVE) * STEPS + step;
    }

    /** The least that a bucket holds. */
    static long lowerNs(int bucket) {
        if (bucket == 0) {
            return 0;
        }
        int octave = FIRST_OCTAVE + (bucket - 1) / STEPS;
        int step = (bucket - 1) % STEPS;
        return (1L << octave) + ((long) step << (octave - STEP_BITS));
    }
}
