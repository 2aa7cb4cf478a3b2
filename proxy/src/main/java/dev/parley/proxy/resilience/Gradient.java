package dev.parley.proxy.resilience;

import dev.parley.model.Concurrency;

/**
 * The arithmetic of {@link ConcurrencyLimit}: Gradient2 of Netflix's concurrency-limits, a window at a time. Not for two threads.
 *
 * <p>The average latency of a window (short) is compared with an average over about {@value #LONG_SECONDS} seconds (long):
 *
 * <pre>
 * gradient = clamp(tolerance * long / short, 0.5, 1)
 * limit    = 0.8 * limit + 0.2 * (gradient * limit + sqrt(limit))
 * </pre>
 *
 * <p>So the limit grows slowly while calls take what they always do, and falls by up to a tenth a window while they take longer. It
 * stays where it is while less than half of it was used and nothing was refused: what is not used says nothing of what could be. Where
 * short is below half of long, long comes down by a tenth a window, since it speaks of an overload that is over.
 *
 * <p>What differs from the library, and why:
 *
 * <ul>
 *   <li>Its long average learns from every window, those of an overload among them: in one that lasts, long follows short, the limit
 *       rises with it, and latency grows without end. Here it does not learn from windows in which calls were refused, unless the limit is as
 *       low as it may be.
 *   <li>Whether calls are slow because of load is then asked of the limit itself. Behind a queue, fewer calls at a time are answered as
 *       fast as more; without one, half the calls at a time are half the answers. So where the limit fell to a half, calls are refused
 *       and answers are below {@value #SPARED} of what they were, the service is slower for another reason: what calls take now is what
 *       they take from now on, and the fall is taken back. Else a service that became slower for good would be refused traffic for
 *       good.
 *   <li>Until calls first take longer, a limit that refuses calls grows by a tenth a window and not by a fifth of its root, as TCP begins
 *       slowly (RFC 5681 section 3.1): where thousands wait for events, nothing is wrong with a thousand and one.
 *   <li>Calls that were dropped (timed out, reset, refused by the service): its Gradient2 takes their latency as any other's, and those that
 *       fail fast would raise the limit. Here such a call counts as one that took twice what is tolerated, or what it took where that is
 *       more; and long never learns from it. So the limit falls when most calls are dropped, and does not mind one in a hundred.
 *   <li>A limit that is far above what a service needs is as good as none when the load comes: falling by a tenth a window, it lets a
 *       queue build up for seconds whose calls are all answered too late. So where calls begin to take longer before any was refused and the
 *       queue stands (half of the most that was in flight still is, as it is not after a pause; RFC 8289 tells them apart too), the limit
 *       falls at once to a quarter more than was in flight, if that is more than the least. It returns by a quarter a window where
 *       calls are refused and take what they always do, until they take longer again: what made them slow is over, and cost little.
 *   <li>Its long average weighs windows; this one weighs time, since windows differ.
 * </ul>
 */
final class Gradient {
    private static final int LONG_SECONDS = 300;

    /** A window that is so long changes what is learnt by the whole of a step, a shorter one by its share of it. */
    private static final double STEP_NS = 100e6;

    private static final double LONG_NS = LONG_SECONDS * 1e9;
    private static final double SMOOTHING = 0.2;
    private static final double STEEPEST = 0.5;
    private static final double DRIFT = 0.1;

    /** What is left of a limit that fell as low as it may, for the fall to be judged as well as one to a half. */
    private static final double MUCH = 0.65;

    /** Behind a queue all answers are left after a fall, without one a half; the windows before weigh in. */
    private static final double SPARED = 0.8;

    private static final double RATE_SMOOTHING = 0.25;

    /** What of it the limit returns by in a window, to where it fell from. */
    private static final double RETURN = 0.25;

    /** The limit over what was in flight where it falls to that: what is critical may fill nine tenths, and is not to wait until that drains. */
    private static final double ROOM = 1.25;

    private double limit;
    private double longNs;

    /** Whether calls ever took longer because of load, as far as is known: then the limit is near what the service can take. */
    private boolean found;

    /** Answers a nanosecond, the last window weighing a quarter. */
    private double rate;

    /** The highest rate since the present fall of the limit began, 0 while there is none, and the limit at that time. */
    private double fallRate;

    private double fallLimit;

    /** What the limit was when it fell to what was in flight; 0 where it is not to return there. */
    private double ceiling;

    private boolean returning;

    Gradient(int initial) {
        this.limit = initial;
    }

    /**
     * Takes a window in.
     *
     * @param refused whether calls were refused in it
     * @param peak the most that was in flight in it
     * @param now what is in flight at its end
     * @param elapsedNs since the window before ended
     * @return the short latency in nanoseconds
     */
    double window(
            LatencySums.Window window, boolean refused, long peak, long now, long elapsedNs, Concurrency settings) {
        learn(window, !refused || limit <= settings.least(), elapsedNs);
        double share = Math.min(1, elapsedNs / STEP_NS);
        rate += share * RATE_SMOOTHING * ((double) window.answered() / Math.max(1, elapsedNs) - rate);
        double shortNs = shortNs(window, settings.tolerance().value());
        if (longNs > 2 * shortNs) {
            longNs *= 1 - share * DRIFT;
        }
        double gradient =
                shortNs > 0 ? Math.clamp(settings.tolerance().value() * longNs / shortNs, STEEPEST, 1.0) : 1.0;
        boolean stands = gradient < 1 && now >= peak / 2;
        boolean atOnce = stands && !refused && peak > settings.least() && peak < limit;
        if (atOnce) {
            fallToUse(peak);
        }
        if (shortNs > 0 && (refused || peak >= limit / 2)) {
            step(gradient, refused, share);
            limit = Math.clamp(limit, (double) settings.least(), (double) settings.most());
            judgeFall(window, (refused || atOnce) && gradient < 1, settings.least());
        }
        limit = Math.clamp(limit, (double) settings.least(), (double) settings.most());
        return shortNs;
    }

    private void fallToUse(long peak) {
        ceiling = limit;
        returning = false;
        if (fallRate == 0) {
            fallRate = rate;
            fallLimit = limit;
        }
        limit = Math.min(limit, ROOM * peak);
    }

    private void step(double gradient, boolean refused, double share) {
        found |= gradient < 1;
        double growth = found || !refused ? Math.sqrt(limit) : limit / 2;
        double next = limit + share * SMOOTHING * (gradient * limit + growth - limit);
        if (gradient < 1 && returning) {
            ceiling = 0;
            returning = false;
        } else if (gradient == 1 && refused && limit < ceiling) {
            returning = true;
            next = Math.max(next, Math.min(ceiling, (1 + share * RETURN) * limit));
        }
        limit = next;
    }

    private void learn(LatencySums.Window window, boolean speaksOfTheService, long elapsedNs) {
        if (window.answered() == 0) {
            return;
        }
        if (longNs == 0) {
            longNs = window.meanNs();
        } else if (speaksOfTheService) {
            longNs += (1 - Math.exp(-elapsedNs / LONG_NS)) * (window.meanNs() - longNs);
        }
    }

    private double shortNs(LatencySums.Window window, double tolerance) {
        if (window.dropped() == 0) {
            return window.meanNs();
        }
        double eachDroppedNs = Math.max(2 * tolerance * longNs, window.droppedNs() / window.dropped());
        return (window.answeredNs() + eachDroppedNs * window.dropped()) / (window.answered() + window.dropped());
    }

    private void judgeFall(LatencySums.Window window, boolean falls, double least) {
        if (!falls) {
            fallRate = 0;
        } else if (rate > fallRate) {
            fallRate = rate;
            fallLimit = limit;
        } else if (limit <= fallLimit / 2 || (limit <= least && limit <= fallLimit * MUCH)) {
            if (rate < SPARED * fallRate && window.answered() > window.dropped()) {
                longNs = window.meanNs();
                limit = fallLimit;
                found = false;
            }
            fallRate = 0;
        }
    }

    int limit() {
        return (int) limit;
    }

    /** What calls take by the long average, in nanoseconds; 0 before the first window. */
    double longNs() {
        return longNs;
    }
}
