package dev.parley.proxy.loop;

import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one event loop: a hashed wheel (Varghese and Lauck, 1987, scheme 6) of doubly linked timers.
 *
 * <p>Moving a deadline later, which is what each request does, only writes a field: the timer stays in its slot and is put
 * where it belongs when that slot comes round. Moving it earlier relinks it. So a busy connection costs one relink in as long
 * as its timeout lasts, whatever the number of requests. Deadlines beyond the horizon wait in the last slot and move on.
 */
public final class TimerWheel {
    /** How late a timer of the loop's may be: connections' limits, which are of seconds. */
    public static final long TICK_NS = 100_000_000L;

    /** How late a timer may be that the time of a single request depends on: its budget, a pause before it is tried again. */
    public static final long FINE_TICK_NS = 2_000_000L;

    private static final int SLOTS = 1024;

    private final Timer[] slots = new Timer[SLOTS];
    private final long startNs;
    private final long tickNs;
    private long currentTick;
    private int linked;

    public TimerWheel(long nowNs, long tickNs) {
        startNs = nowNs;
        this.tickNs = tickNs;
        for (int i = 0; i < SLOTS; i++) {
            Timer head = new Sentinel();
            head.previous = head;
            head.next = head;
            slots[i] = head;
        }
    }

    /** Sets or moves the deadline. */
    public void set(Timer timer, long deadlineNs) {
        timer.deadlineNs = deadlineNs;
        long tick = tickOf(deadlineNs);
        if (timer.next != null) {
            if (timer.tick <= tick) {
                return;
            }
            unlink(timer);
        }
        link(timer, tick);
    }

    /** Switches the timer off. It may stay linked until its slot comes round, which is cheaper where it is soon set again. */
    public void clear(Timer timer) {
        timer.deadlineNs = Timer.NEVER;
    }

    /** Switches the timer off and forgets it: for a connection that is gone. */
    public void remove(Timer timer) {
        timer.deadlineNs = Timer.NEVER;
        if (timer.next != null) {
            unlink(timer);
        }
    }

    /** Whether no timer is linked, so that nothing is due whenever it is advanced. */
    boolean empty() {
        return linked == 0;
    }

    /** Fires what is due. To be called about once a tick. */
    public void advance(long nowNs) {
        long nowTick = (nowNs - startNs) / tickNs;
        // After a pause longer than the horizon each slot is visited once: visiting one twice would find nothing new.
        currentTick = Math.max(currentTick, nowTick - SLOTS);
        while (currentTick < nowTick) {
            currentTick++;
            visit(slots[(int) (currentTick % SLOTS)], nowNs);
        }
    }

    @SuppressWarnings("ReferenceEquality") // The sentinel is recognised by being itself.
    private void visit(Timer head, long nowNs) {
        // What fires may set timers; those land at most one turn ahead, which is never this slot, so this ends.
        while (head.next != head) {
            Timer timer = require(head.next);
            unlink(timer);
            if (timer.deadlineNs == Timer.NEVER) {
                continue;
            }
            if (timer.deadlineNs <= nowNs) {
                timer.deadlineNs = Timer.NEVER;
                timer.expired(nowNs);
            } else {
                link(timer, tickOf(timer.deadlineNs));
            }
        }
    }

    /** The first tick that begins at or after the deadline. */
    private long tickOf(long deadlineNs) {
        long tick = (deadlineNs - startNs + tickNs - 1) / tickNs;
        return Math.min(Math.max(tick, currentTick + 1), currentTick + SLOTS - 1);
    }

    private void link(Timer timer, long tick) {
        linked++;
        Timer head = slots[(int) (tick % SLOTS)];
        Timer last = require(head.previous);
        timer.tick = tick;
        timer.previous = last;
        timer.next = head;
        last.next = timer;
        head.previous = timer;
    }

    private void unlink(Timer timer) {
        linked--;
        Timer previous = require(timer.previous);
        Timer next = require(timer.next);
        previous.next = next;
        next.previous = previous;
        timer.previous = null;
        timer.next = null;
    }

    private static Timer require(@Nullable Timer timer) {
        if (timer == null) {
            throw new AssertionError("a linked timer has neighbours");
        }
        return timer;
    }

    private static final class Sentinel extends Timer {
        @Override
        protected void expired(long nowNs) {
            throw new AssertionError("a sentinel has no deadline");
        }
    }
}
