package dev.parley.proxy.upstream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;

/**
 * What became of the requests that an endpoint was given: how many went well and failed, how long their answers took, and how
 * many have failed in a row.
 *
 * <p>The sums only grow. Who wants those of a window subtracts what they were at its beginning, so that the event loops, which
 * all write here, keep no time and clear nothing: two additions for an answer, none of which waits for another.
 */
public final class Outcomes {
    private static final VarHandle STREAK;

    static {
        try {
            STREAK = MethodHandles.lookup().findVarHandle(Outcomes.class, "streak", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Successes that were known with the head of their answer; most are, and one addition counts both. */
    private final LongAdder answeredWell = new LongAdder();
    /** The other successes, and the other answers. */
    private final LongAdder successes = new LongAdder();

    private final LongAdder answers = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder answersNs = new LongAdder();
    private volatile int streak;
    private volatile long streakSinceNs;
    private volatile long mostNs = Long.MAX_VALUE;

    Outcomes() {}

    void answeredWell(long latencyNs) {
        answeredWell.increment();
        answersNs.add(Math.min(latencyNs, mostNs));
        endStreak();
    }

    void succeeded() {
        successes.increment();
        endStreak();
    }

    void failed() {
        failures.increment();
    }

    void answered(long latencyNs) {
        answers.increment();
        answersNs.add(Math.min(latencyNs, mostNs));
    }

    /**
     * One more failure in a row, of those that happened within {@code withinNs}. A row that began earlier begins anew with this
     * failure, so that five failures of a night are never a row.
     *
     * @return how many it are with this one; each number once, whichever loops count
     */
    public int lengthenStreak(long nowNs, long withinNs) {
        if (streak == 0 || nowNs - streakSinceNs > withinNs) {
            streakSinceNs = nowNs;
            streak = 0;
        }
        return (int) STREAK.getAndAdd(this, 1) + 1;
    }

    /** Failures since the last success; 0 where there was one since, or nothing yet. */
    public int streak() {
        return streak;
    }

    /** Forgets the failures in a row. */
    public void endStreak() {
        if (streak != 0) {
            streak = 0;
        }
    }

    /** From now on an answer that takes longer counts as {@code most}: one request that is long by its nature says little. */
    public void countAtMost(long most) {
        mostNs = most;
    }

    public long successes() {
        return answeredWell.sum() + successes.sum();
    }

    public long failures() {
        return failures.sum();
    }

    /** Answers whose head came, whatever it said. */
    public long answers() {
        return answeredWell.sum() + answers.sum();
    }

    /** How long they took, all together. */
    public long answersNs() {
        return answersNs.sum();
    }
}
