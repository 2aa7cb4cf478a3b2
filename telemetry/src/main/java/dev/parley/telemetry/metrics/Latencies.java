package dev.parley.telemetry.metrics;

/** A copy of what a {@link LatencyHistogram} had counted at one moment. Subtract an earlier copy for what is recent. */
public final class Latencies {
    private static final Latencies NONE = new Latencies(new long[LatencyHistogram.BUCKETS], 0);

    private final long[] counts;
    private final long sumNs;

    Latencies(long[] counts, long sumNs) {
        this.counts = counts;
        this.sumNs = sumNs;
    }

    /** Nothing counted: what a first copy is compared with. */
    public static Latencies none() {
        return NONE;
    }

    public long count() {
        long count = 0;
        for (long bucket : counts) {
            count += bucket;
        }
        return count;
    }

    public long sumNs() {
        return sumNs;
    }

    /** What was counted between an earlier copy and this one. */
    public Latencies since(Latencies earlier) {
        long[] recent = new long[counts.length];
        for (int bucket = 0; bucket < recent.length; bucket++) {
            recent[bucket] = counts[bucket] - earlier.counts[bucket];
        }
        return new Latencies(recent, sumNs - earlier.sumNs);
    }

    /** What was counted here and there together. */
    public Latencies plus(Latencies other) {
        long[] both = new long[counts.length];
        for (int bucket = 0; bucket < both.length; bucket++) {
            both[bucket] = counts[bucket] + other.counts[bucket];
        }
        return new Latencies(both, sumNs + other.sumNs);
    }

    /**
     * The duration that a share of all stay within, in nanoseconds, interpolated within its bucket; 0 where nothing was
     * counted. What took longer than 69 s is answered as at most 137 s.
     *
     * @param share from 0 to 1: 0.99 is p99
     */
    public long quantileNs(double share) {
        long rank = Math.max(1, (long) Math.ceil(share * count()));
        long passed = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0 && passed + counts[bucket] >= rank) {
                long lowerNs = bucket == 0 ? 0 : LatencyHistogram.upperNs(bucket - 1);
                double within = (double) (rank - passed) / counts[bucket];
                return lowerNs + Math.round(within * (LatencyHistogram.upperNs(bucket) - lowerNs));
            }
            passed += counts[bucket];
        }
        return 0;
    }

    /** How many took at most 2^octave nanoseconds, and more than 2^(octave-1) unless it is the first octave. */
    long countWithinOctave(int octave) {
        if (octave == LatencyHistogram.FIRST_OCTAVE) {
            return counts[0];
        }
        int first = 1 + (octave - 1 - LatencyHistogram.FIRST_OCTAVE) * LatencyHistogram.STEPS;
        long count = 0;
        for (int step = 0; step < LatencyHistogram.STEPS; step++) {
            count += counts[first + step];
        }
        return count;
    }

    /** How many took longer than the last octave. */
    long countBeyond() {
        return counts[counts.length - 1];
    }
}
