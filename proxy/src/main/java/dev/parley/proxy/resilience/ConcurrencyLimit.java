package dev.parley.proxy.resilience;

import dev.parley.model.Concurrency;
import dev.parley.model.Criticality;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many calls of a service may await an answer at a time, found from its latency by {@link Gradient}. Nothing is ever refused to
 * measure.
 *
 * <p>A window lasts half of what its calls take, so that the limit does not fall much further before its effect is seen: at least 50 ms, at
 * most 500 ms, and until it has {@value #FEWEST} calls (the library's WindowedLimit: 1 s and 10). The event loop whose call ends it
 * computes the next limit.
 *
 * <p>Of the limit, SHEDDABLE calls may fill {@value #SHEDDABLE_SHARE} %, SHEDDABLE_PLUS {@value #SHEDDABLE_PLUS_SHARE} %, CRITICAL
 * {@value #CRITICAL_SHARE} % and CRITICAL_PLUS all, but each at least one, whoever else fills it: at low use nothing is refused, and under
 * overload the less critical goes first. Where there is but one level, the limit rises until its share is what the service can take.
 * Of {@value #TRICKLE} calls that their share refuses one is let in while the whole limit is not reached: a level starves only where those
 * above it fill the limit.
 */
public final class ConcurrencyLimit {
    private static final int SHEDDABLE_SHARE = 50;
    private static final int SHEDDABLE_PLUS_SHARE = 70;
    private static final int CRITICAL_SHARE = 90;
    private static final int TRICKLE = 64;

    private static final int FEWEST = 10;
    private static final long SHORTEST_WINDOW_NS = 50_000_000;
    private static final long LONGEST_WINDOW_NS = 500_000_000;

    private static final VarHandle UPDATING;
    private static final VarHandle PEAK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            UPDATING = lookup.findVarHandle(ConcurrencyLimit.class, "updating", boolean.class);
            PEAK = lookup.findVarHandle(ConcurrencyLimit.class, "peak", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final PaddedCounter inFlight = new PaddedCounter();

    /** Calls that a share or the limit refused since the start, those among them that were let in nonetheless. */
    private final PaddedCounter refused = new PaddedCounter();

    private final LatencySums sums = new LatencySums();
    private volatile Concurrency settings;
    private volatile int limit;

    /** The most that was in flight in this window; of two that raise it at once, one may be missed. */
    private volatile long peak;

    @SuppressWarnings("UnusedVariable") // Read through its handle.
    private volatile boolean updating;

    private volatile boolean begun;
    private volatile long windowEndsNs;

    // Touched by whoever set updating, and seen by the next who does.
    private final Gradient gradient;
    private long updatedNs;
    private long refusedBefore;

    public ConcurrencyLimit(Concurrency settings) {
        this.settings = settings;
        this.gradient = new Gradient(settings.initial());
        this.limit = settings.initial();
    }

    /** Follows other settings from now on; the limit stays within them. */
    public void tune(Concurrency next) {
        settings = next;
        limit = Math.clamp(limit, next.least(), next.most());
    }

    /** Asks for a place; where there is one, {@link #leave} or {@link #abandon} follows once. */
    public boolean tryEnter(Criticality criticality) {
        long before = inFlight.getAndAdd(1);
        if (before < share(criticality) || !settings.enabled() || trickles(before)) {
            if (before >= peak) {
                PEAK.setOpaque(this, before + 1);
            }
            return true;
        }
        inFlight.getAndAdd(-1);
        return false;
    }

    private boolean trickles(long before) {
        long count = refused.getAndAdd(1);
        return before < limit && count % TRICKLE == TRICKLE - 1;
    }

    private long share(Criticality criticality) {
        int whole = limit;
        return switch (criticality) {
            case CRITICAL_PLUS -> whole;
            case CRITICAL -> atLeastOne(whole, CRITICAL_SHARE);
            case SHEDDABLE_PLUS -> atLeastOne(whole, SHEDDABLE_PLUS_SHARE);
            case SHEDDABLE -> atLeastOne(whole, SHEDDABLE_SHARE);
        };
    }

    private static long atLeastOne(long whole, int percent) {
        return (whole * percent + 99) / 100;
    }

    /** A call is over in a way that says nothing of the service. */
    public void abandon() {
        inFlight.getAndAdd(-1);
    }

    /**
     * The answer of a call began, or it failed.
     *
     * @param dropped whether it failed in a way that speaks of load: a timeout, a reset, a refusal
     */
    public void leave(long latencyNs, boolean dropped, long nowNs) {
        inFlight.getAndAdd(-1);
        sums.add(latencyNs, dropped);
        if (begun && nowNs - windowEndsNs < 0) {
            return;
        }
        if (UPDATING.compareAndSet(this, false, true)) {
            try {
                endWindow(nowNs);
            } finally {
                updating = false;
            }
        }
    }

    private void endWindow(long nowNs) {
        if (!begun) {
            updatedNs = nowNs;
            windowEndsNs = nowNs + SHORTEST_WINDOW_NS;
            begun = true;
            return;
        }
        if (nowNs - windowEndsNs < 0 || sums.count() < FEWEST) {
            return;
        }
        long refusedNow = refused.get();
        double shortNs = gradient.window(
                sums.take(), refusedNow != refusedBefore, peak, inFlight.get(), nowNs - updatedNs, settings);
        limit = gradient.limit();
        peak = inFlight.get();
        refusedBefore = refusedNow;
        updatedNs = nowNs;
        windowEndsNs = nowNs + Math.clamp((long) (shortNs / 2), SHORTEST_WINDOW_NS, LONGEST_WINDOW_NS);
    }

    /** What may be in flight now, over all event loops. */
    public int limit() {
        return limit;
    }

    /** Calls that await an answer. */
    public long inFlight() {
        return inFlight.get();
    }
}
