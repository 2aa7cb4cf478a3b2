package dev.parley.telemetry.metrics;

/**
 * Durations counted in log-linear buckets: four equal ones to each octave from 64 µs to 69 s, so that a quantile is off
 * by at most a quarter of its octave's lower bound. Finding the bucket is a count of leading zeros, a shift and a mask:
 * no search and no floating point.
 *
 * <p>A bucket holds what is above its lower bound and at most its upper bound, as Prometheus' {@code le} wants it; the
 * index is therefore computed from one nanosecond less.
 */
public final class LatencyHistogram {
    /** 2^16 ns, 65.5 µs: everything up to this is in the first bucket. */
    static final int FIRST_OCTAVE = 16;

    /** 2^36 ns, 68.7 s: everything above this is in the last bucket. */
    static final int LAST_OCTAVE = 36;

    static final int STEPS = 4;
    static final int BUCKETS = 1 + (LAST_OCTAVE - FIRST_OCTAVE) * STEPS + 1;

    private static final int STEP_BITS = 2;
    private static final int SUM = BUCKETS;

    private final Cells cells;

    public LatencyHistogram(int loops) {
        cells = new Cells(loops, BUCKETS + 1);
    }

    /** Counts one duration. Only the event loop with this index may call it. */
    public void record(int loop, long durationNs) {
        cells.add(loop, bucket(durationNs), 1);
        cells.add(loop, SUM, Math.max(0, durationNs));
    }

    static int bucket(long durationNs) {
        long below = durationNs - 1;
        if (below < 1L << FIRST_OCTAVE) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(below);
        if (octave >= LAST_OCTAVE) {
            return BUCKETS - 1;
        }
        int step = (int) (below >>> (octave - STEP_BITS)) & (STEPS - 1);
        return 1 + (octave - FIRST_OCTAVE) * STEPS + step;
    }

    /** The most that a bucket holds, in nanoseconds; the last one has no bound and answers twice its lower one. */
    static long upperNs(int bucket) {
        if (bucket == 0) {
            return 1L << FIRST_OCTAVE;
        }
        if (bucket == BUCKETS - 1) {
            return 1L << (LAST_OCTAVE + 1);
        }
        int octave = FIRST_OCTAVE + (bucket - 1) / STEPS;
        int step = (bucket - 1) % STEPS;
        return (1L << octave) + (long) (step + 1) * (1L << (octave - STEP_BITS));
    }

    /** Whether anything was ever counted. */
    public boolean used() {
        return cells.used();
    }

    /** What was counted since the start, over all event loops. Any thread. */
    public Latencies read() {
        long[] counts = new long[BUCKETS];
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            counts[bucket] = cells.sum(bucket);
        }
        return new Latencies(counts, cells.sum(SUM));
    }
}
