package dev.parley.proxy.resilience;

import dev.parley.model.Concurrency;
import dev.parley.model.Criticality;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many calls of a service may await an answer at a time, found from its latency: Gradient2 of Netflix's concurrency-limits.
 *
 * <p>Once a window, the average latency of its calls (short) is compared with an average over about {@value #LONG_SECONDS} seconds (long):
 *
 * <pre>
 * gradient = clamp(tolerance * long / short, 0.5, 1)
 * limit    = 0.8 * limit + 0.2 * (gradient * limit + sqrt(limit))
 * </pre>
 *
 * <p>So it grows slowly while calls take what they always do, and falls by up to a tenth a window while they take longer. It stays where
 * it is while neither half of it is used nor anything is refused: what is not used says nothing of what could be. Where short is below
 * half of long, long comes down by a tenth a window, since it speaks of an overload that is over. Nothing is ever refused to measure.
 *
 * <p>A window lasts twice the short latency, at least 100 ms and at most 1 s (as in the library's WindowedLimit, whose default is 1 s), and
 * until it has {@value #FEWEST} calls. The library's long average weighs windows; this one weighs time, since windows differ.
 *
 * <p>Calls that were dropped (timed out, reset, refused by the service): the library's Gradient2 takes their latency as any other's, and
 * one that fails fast would then raise the limit. Here such a call counts as one that took twice what is tolerated, or what it took
 * where that is more; and the long average never learns from it. So the limit falls when most calls are dropped, and does not mind
 * one in a hundred.
 *
 * <p>Of the limit, SHEDDABLE calls may fill {@value #SHEDDABLE_SHARE} %, SHEDDABLE_PLUS {@value #SHEDDABLE_PLUS_SHARE} %, CRITICAL
 * {@value #CRITICAL_SHARE} % and CRITICAL_PLUS all, but each at least one, whoever else fills it: at low use nothing is refused, and under
 * overload the less critical goes first. Where there is but one level, the limit rises until its share is what the service can take.
 * Of {@value #TRICKLE} calls that their share refuses in a row one is let in while the whole limit is not reached: a level starves only
 * where those above it fill the limit.
 */
public final class ConcurrencyLimit {
    private static final int SHEDDABLE_SHARE = 50;
    private static final int SHEDDABLE_PLUS_SHARE = 70;
    private static final int CRITICAL_SHARE = 90;
    private static final int TRICKLE = 64;

    private static final int LONG_SECONDS = 300;
    private static final double LONG_NS = LONG_SECONDS * 1e9;
    private static final int FEWEST = 10;
    private static final long SHORTEST_WINDOW_NS = 100_000_000;
    private static final long LONGEST_WINDOW_NS = 1_000_000_000;
    private static final double SMOOTHING = 0.2;

    private static final VarHandle UPDATING;
    private static final VarHandle PEAK;
    private static final VarHandle REFUSED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            UPDATING = lookup.findVarHandle(ConcurrencyLimit.class, "updating", boolean.class);
            PEAK = lookup.findVarHandle(ConcurrencyLimit.class, "peak", long.class);
            REFUSED = lookup.findVarHandle(ConcurrencyLimit.class, "refused", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final PaddedCounter inFlight = new PaddedCounter();
    private final LatencySums sums = new LatencySums();
    private volatile Concurrency settings;
    private volatile int limit;

    /** The most that was in flight in this window; a race may miss one. */
    private volatile long peak;

    /** Calls that a share or the limit refused since the start; wraps. */
    private volatile int refused;

    private volatile boolean updating;
    private volatile long windowEndsNs;
    private volatile boolean begun;

    // Guarded by updating.
    private double estimate;
    private double longNs;
    private long updatedNs;
    private int refusedBefore;

    public ConcurrencyLimit(Concurrency settings) {
        this.settings = settings;
        this.estimate = settings.initial();
        this.limit = settings.initial();
    }

    /** Follows other settings from the next window on; the limit stays within them. */
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
        int count = (int) REFUSED.getAndAdd(this, 1);
        return before < limit && (count & (TRICKLE - 1)) == TRICKLE - 1;
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
        LatencySums.Window window = sums.take();
        long elapsed = nowNs - updatedNs;
        updatedNs = nowNs;
        double shortNs = learn(window, elapsed);
        adapt(shortNs);
        peak = inFlight.get();
        windowEndsNs = nowNs + Math.clamp((long) (2 * shortNs), SHORTEST_WINDOW_NS, LONGEST_WINDOW_NS);
    }

    /** Takes a window into the long average, and answers the short one. */
    private double learn(LatencySums.Window window, long elapsedNs) {
        if (window.answered() > 0) {
            double answeredNs = window.answeredNs() / window.answered();
            double weight = longNs == 0 ? 1 : 1 - Math.exp(-elapsedNs / LONG_NS);
            longNs += weight * (answeredNs - longNs);
        }
        double least = 2 * settings.tolerance().value() * longNs;
        double droppedNs = window.dropped() == 0
                ? 0
                : Math.max(least, window.droppedNs() / window.dropped()) * window.dropped();
        double shortNs = (window.answeredNs() + droppedNs) / (window.answered() + window.dropped());
        if (longNs > 2 * shortNs) {
            longNs *= 0.9;
        }
        return shortNs;
    }

    private void adapt(double shortNs) {
        Concurrency now = settings;
        int refusedNow = refused;
        boolean used = refusedNow != refusedBefore || peak >= estimate / 2;
        refusedBefore = refusedNow;
        if (!used || shortNs <= 0) {
            return;
        }
        double gradient = Math.clamp(now.tolerance().value() * longNs / shortNs, 0.5, 1.0);
        double next = gradient * estimate + Math.sqrt(estimate);
        estimate = Math.clamp(estimate + SMOOTHING * (next - estimate), (double) now.least(), (double) now.most());
        limit = (int) estimate;
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
