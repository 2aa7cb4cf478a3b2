package dev.parley.simulation.world;

/**
 * Counts of latencies in buckets that are a thirty-second of an octave wide, from 1 µs to over an hour: a quantile is off by at
 * most 3 %. (The layout of HdrHistogram.)
 */
public final class Latencies {
    private static final int SUB_BITS = 5;
    private static final int SUBS = 1 << SUB_BITS;
    private static final int UNIT_BITS = 10;
    private static final int OCTAVES = 32;

    private final int[] counts = new int[OCTAVES * SUBS];
    private long count;
    private double sumNs;

    /** Counts one. */
    public void add(long latencyNs) {
        counts[bucket(latencyNs)]++;
        count++;
        sumNs += latencyNs;
    }

    /** Counts all of another's. */
    public void add(Latencies other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        count += other.count;
        sumNs += other.sumNs;
    }

    public long count() {
        return count;
    }

    /** The mean, in milliseconds; 0 where there is none. */
    public double meanMs() {
        return count == 0 ? 0 : sumNs / count / 1e6;
    }

    /** The latency that {@code share} of all are at most, in milliseconds; 0 where there is none. */
    public double quantileMs(double share) {
        long rank = (long) Math.ceil(share * count);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return upperNs(i) / 1e6;
            }
        }
        return 0;
    }

    private static int bucket(long latencyNs) {
        long units = Math.max(0, latencyNs) >>> UNIT_BITS;
        if (units < SUBS) {
            return (int) units;
        }
        int octave = 64 - Long.numberOfLeadingZeros(units) - SUB_BITS;
        int sub = (int) (units >>> (octave - 1)) - SUBS;
        return Math.min(octave, OCTAVES - 1) * SUBS + sub;
    }

    private static double upperNs(int bucket) {
        int octave = bucket / SUBS;
        int sub = bucket % SUBS;
        double units = octave == 0 ? sub + 1 : Math.scalb(SUBS + sub + 1.0, octave - 1);
        return units * (1 << UNIT_BITS);
    }
}
