package dev.parley.proxy.resilience;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A number that all event loops add to, alone in its cache lines: 128 bytes on both sides, because x86 fetches lines in pairs. What
 * lies beside it would otherwise move between cores with each addition.
 */
final class PaddedCounter {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;

    private final long[] cells = new long[PADDING + 1 + PADDING];

    /** Adds, and answers what it was before. */
    long getAndAdd(long amount) {
        return (long) CELL.getAndAdd(cells, PADDING, amount);
    }

    long get() {
        return (long) CELL.getVolatile(cells, PADDING);
    }

    /**
     * Adds one unless {@code bound} is reached. Optimistic: it may stand above the bound for an instant, and then another may be turned
     * away; what is let in is never more than the bound.
     */
    boolean tryAdd(long bound) {
        if (get() >= bound) {
            return false;
        }
        if (getAndAdd(1) < bound) {
            return true;
        }
        getAndAdd(-1);
        return false;
    }
}
