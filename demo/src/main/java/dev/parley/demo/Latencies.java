package dev.parley.demo;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts latencies in buckets that are a sixteenth of a power of two wide, so that a quantile is at most 6 % too high.
 * Many threads record at once; a reader may see a count that is a moment old.
 */
final class Latencies {
    private static final int STEPS_BITS = 4;
    private static final int STEPS = 1 << STEPS_BITS;

    private final AtomicLongArray counts = new AtomicLongArray((64 - STEPS_BITS + 1) * STEPS);

    void record(long nanos) {
        counts.incrementAndGet(bucket(Math.max(0, nanos)));
    }

    private static int bucket(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int shift = 63 - Long.numberOfLeadingZeros(nanos) - STEPS_BITS;
        return (shift + 1) * STEPS + (int) (nanos >>> shift) - STEPS;
    }

    private static long upperBound(int bucket) {
        int shift = bucket / STEPS - 1;
        return shift < 0 ? bucket : ((long) (bucket % STEPS + STEPS + 1) << shift) - 1;
    }

    /** What was recorded until now. */
    Latencies copy() {
        Latencies copy = new Latencies();
        for (int i = 0; i < counts.length(); i++) {
            copy.counts.set(i, counts.get(i));
        }
        return copy;
    }

    /** What was recorded since an earlier copy. */
    Latencies since(Latencies earlier) {
        Latencies added = new Latencies();
        for (int i = 0; i < counts.length(); i++) {
            added.counts.set(i, counts.get(i) - earlier.counts.get(i));
        }
        return added;
    }

    /** The latency that a share of all stays at or below; zero where nothing was recorded. */
    Duration quantile(double share) {
        long total = 0;
        for (int i = 0; i < counts.length(); i++) {
            total += counts.get(i);
        }
        long rank = (long) Math.ceil(share * total);
        long seen = 0;
        for (int i = 0; i < counts.length() && total > 0; i++) {
            seen += counts.get(i);
            if (seen >= rank && seen > 0) {
                return Duration.ofNanos(upperBound(i));
            }
        }
        return Duration.ZERO;
    }
}
