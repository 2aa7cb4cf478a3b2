package dev.parley.proxy.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The one request that tries an endpoint after an ejection. Event loops take it and give it back; who sweeps sees by its number
 * whether it is still the one that was there before, and frees it when it lasts.
 */
public final class ProbeSlot {
    private static final int STATES = 4;
    private static final int FREE = 0;
    private static final int ASKED = 1;
    private static final int ANSWERED = 2;

    /** The number of the probe, times {@link #STATES}, and what is known of it. */
    private final AtomicLong state = new AtomicLong();

    ProbeSlot() {}

    /** A request begins, which is the probe where there is none. */
    void begin() {
        long before = state.get();
        if (before % STATES == FREE) {
            state.compareAndSet(before, before + STATES + ASKED);
        }
    }

    /** The head of its answer came, or all that will tell that it arrived. */
    public void answered() {
        long before = state.get();
        if (before % STATES == ASKED) {
            state.compareAndSet(before, before + ANSWERED - ASKED);
        }
    }

    /** It is over, or is not waited for any longer: the next request may try. */
    public void over() {
        long before = state.get();
        if (before % STATES != FREE) {
            state.compareAndSet(before, before - before % STATES);
        }
    }

    /** Whether a request tries the endpoint now. */
    public boolean underWay() {
        return state.get() % STATES != FREE;
    }

    /** Whether the endpoint has begun to answer it. */
    public boolean hasAnswer() {
        return state.get() % STATES == ANSWERED;
    }

    /** Another one for each probe. */
    public long number() {
        return state.get() / STATES;
    }
}
