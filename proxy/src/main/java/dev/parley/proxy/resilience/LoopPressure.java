package dev.parley.proxy.resilience;

import dev.parley.model.Criticality;

/**
 * Whether an event loop is over capacity, by how late it comes to its ticks: what every event of its traffic waits. Then it refuses what
 * is least critical, which costs less than to carry it. One for an event loop; not for two threads.
 *
 * <p>The average of lateness weighs a new tick an eighth. It sheds SHEDDABLE from {@value #SHEDDABLE_MS} ms of it, SHEDDABLE_PLUS from
 * {@value #SHEDDABLE_PLUS_MS} ms, every other CRITICAL from {@value #CRITICAL_MS} ms and CRITICAL_PLUS never, and lets each in again once
 * the average is below half of that. CRITICAL is what all is that nobody has said anything of: to refuse all of it would make of a
 * starved machine one that does nothing. A single pause counts as {@value #MOST_MS} ms at most: alone, it refuses nothing but SHEDDABLE.
 */
public final class LoopPressure {
    private static final int SHEDDABLE_MS = 50;
    private static final int SHEDDABLE_PLUS_MS = 100;
    private static final int CRITICAL_MS = 400;
    private static final int MOST_MS = 500;
    private static final long MS = 1_000_000;

    private long averageNs;
    private int level;
    private boolean turn;

    /** The loop came to a tick that late, in nanoseconds; 0 or less is in time. */
    public void turn(long lateNs) {
        long sample = Math.clamp(lateNs, 0L, MOST_MS * MS);
        averageNs += (sample - averageNs) / 8;
        while (level < 3 && averageNs >= threshold(level + 1)) {
            level++;
        }
        while (level > 0 && averageNs < threshold(level) / 2) {
            level--;
        }
    }

    private static long threshold(int level) {
        return MS
                * switch (level) {
                    case 1 -> SHEDDABLE_MS;
                    case 2 -> SHEDDABLE_PLUS_MS;
                    default -> CRITICAL_MS;
                };
    }

    /** Whether a request of this criticality is refused now. */
    public boolean sheds(Criticality criticality) {
        return switch (criticality) {
            case SHEDDABLE -> level >= 1;
            case SHEDDABLE_PLUS -> level >= 2;
            case CRITICAL -> level >= 3 && everyOther();
            case CRITICAL_PLUS -> false;
        };
    }

    private boolean everyOther() {
        turn = !turn;
        return turn;
    }

    /** The average lateness, in nanoseconds. */
    public long averageNs() {
        return averageNs;
    }
}
