package dev.parley.proxy.loop;

import org.jspecify.annotations.Nullable;

/**
 * A deadline that moves often and seldom passes, as a connection's idle limit does. Owned by one event loop; it links
 * itself into that loop's {@link TimerWheel}, so that moving it allocates nothing.
 */
public abstract class Timer {
    static final long NEVER = Long.MAX_VALUE;

    long deadlineNs = NEVER;
    /** The tick of the slot that it is linked in; meaningless while {@link #next} is null. */
    long tick;

    @Nullable
    Timer previous;

    @Nullable
    Timer next;

    /** Called on the loop when the deadline has passed, at most a tick of its wheel late. The timer is off then. */
    protected abstract void expired(long nowNs);

    public final boolean isSet() {
        return deadlineNs != NEVER;
    }
}
