package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Calls and the sum of their latencies since they were last taken, those that were answered apart from those that were dropped. A cell
 * holds both in one long, added to in one step: the number in the upper 20 bits, the latencies in the lower 44 in units of 256 ns. In a
 * window of a second, a cell's number stays below 2^20 up to a million calls a second on each event loop; a latency counts as at
 * most {@value #MOST_SECONDS} s, so that the sum does up to 75 000 such calls.
 */
final class LatencySums {
    private static final int MOST_SECONDS = 60;
    private static final long MOST_NS = MOST_SECONDS * 1_000_000_000L;
    private static final int STRIPES = 8;
    private static final int STRIDE = 16;
    private static final int UNIT_BITS = 8;
    private static final int SUM_BITS = 44;
    private static final long SUM = (1L << SUM_BITS) - 1;
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    /** Two cells in a stride for each stripe: answered, dropped. */
    private final long[] cells = new long[STRIDE * (STRIPES + 2)];

    /** Sums in nanoseconds. */
    record Window(long answered, double answeredNs, long dropped, double droppedNs) {
        /** The mean latency of the calls that were answered, 0 where none was. */
        double meanNs() {
            return answered == 0 ? 0 : answeredNs / answered;
        }
    }

    void add(long latencyNs, boolean dropped) {
        int at = STRIDE * (1 + RollingCounts.stripe(STRIPES)) + (dropped ? 1 : 0);
        CELL.getAndAdd(cells, at, (1L << SUM_BITS) + (Math.clamp(latencyNs, 0L, MOST_NS) >>> UNIT_BITS));
    }

    /** Calls that were added and not taken. */
    long count() {
        long count = 0;
        for (int stripe = 1; stripe <= STRIPES; stripe++) {
            count += (long) CELL.getVolatile(cells, STRIDE * stripe) >>> SUM_BITS;
            count += (long) CELL.getVolatile(cells, STRIDE * stripe + 1) >>> SUM_BITS;
        }
        return count;
    }

    /** Takes all; each call is in exactly one window. */
    Window take() {
        long answered = 0;
        long dropped = 0;
        double answeredUnits = 0;
        double droppedUnits = 0;
        for (int stripe = 1; stripe <= STRIPES; stripe++) {
            long well = (long) CELL.getAndSet(cells, STRIDE * stripe, 0L);
            long badly = (long) CELL.getAndSet(cells, STRIDE * stripe + 1, 0L);
            answered += well >>> SUM_BITS;
            answeredUnits += well & SUM;
            dropped += badly >>> SUM_BITS;
            droppedUnits += badly & SUM;
        }
        double unit = 1 << UNIT_BITS;
        return new Window(answered, answeredUnits * unit, dropped, droppedUnits * unit);
    }
}
