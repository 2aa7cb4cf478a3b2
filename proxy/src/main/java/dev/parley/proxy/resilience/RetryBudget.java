package dev.parley.proxy.resilience;

import dev.parley.model.Percent;
import dev.parley.model.Rate;

/**
 * How many retries a service may have, so that they cannot be what keeps it down: a share of its requests of the last 10 seconds, and a
 * floor so that little traffic can be retried at all (the budget of Finagle and Linkerd, of the Gateway API's {@code retryBudget}).
 *
 * <p>The bound: in the 10 seconds before any retry there were at most {@code share * requests + floor * 10 s} retries, this one among
 * them, whatever the number of event loops. Each retry is counted first and looked at then, and taken back where it is one too many;
 * of those that meet, the last to be counted sees all. Buckets are seconds: to be sure of the bound, retries are counted over the
 * present second, the ten before it and the next, where event loops whose clocks are ahead count theirs; requests over the present
 * second and the nine before it. So up to a tenth of what is allowed may be withheld.
 *
 * <p>The share holds over the last {@value #BURST} seconds too. What ten good seconds have saved up would else be spent in the first second
 * of an outage: each of three services in a chain tried everything again, and the dead last one got eleven attempts for a request.
 *
 * <p>It is also the budget of hedges, with a floor of 0.
 */
public final class RetryBudget {
    private static final long SECOND = 1_000_000_000;
    private static final int SPAN = 10;
    private static final int BURST = 2;

    /** What is read, and a spare so that a bucket is not begun anew while it is. */
    private static final int BUCKETS = SPAN + 3;

    private final RollingCounts requests = new RollingCounts(SECOND, BUCKETS, 1);
    private final RollingCounts retries = new RollingCounts(SECOND, BUCKETS, 1);
    private final PaddedCounter refused = new PaddedCounter();
    private volatile Bound bound;

    /** Retries for each request, and those beside it in 10 s. */
    private record Bound(double share, double floor) {}

    public RetryBudget(Percent share, Rate floor) {
        bound = bound(share, floor);
    }

    /** Follows other settings from now on. */
    public void tune(Percent share, Rate floor) {
        bound = bound(share, floor);
    }

    private static Bound bound(Percent share, Rate floor) {
        return new Bound(share.fraction(), floor.perSecond() * SPAN);
    }

    /** A request came: counted once however often it is tried. */
    public void requested(long nowNs) {
        requests.add(0, nowNs);
    }

    /** Whether there may be a retry now; where there may, it is counted. */
    public boolean tryRetry(long nowNs) {
        retries.add(0, nowNs);
        if (retries(nowNs) <= allowed(nowNs) && lately(nowNs)) {
            return true;
        }
        retries.takeBack(0, nowNs);
        refused.getAndAdd(1);
        return false;
    }

    /** Whether the present second and the one before it kept to the same share: of that nothing is saved up, but of the floor. */
    private boolean lately(long nowNs) {
        Bound current = bound;
        double most = current.share * requests.sum(0, BURST, nowNs) + current.floor;
        return retries.sum(0, BURST, nowNs) <= most;
    }

    /** What there may be in 10 seconds as of now. */
    public double allowed(long nowNs) {
        Bound current = bound;
        return current.share * requests.sum(0, SPAN, nowNs) + current.floor;
    }

    /** What there was in the last 10 to 11 seconds. */
    public long retries(long nowNs) {
        return retries.sum(0, SPAN + 2, nowNs + SECOND);
    }

    /** Retries that it refused since the start. */
    public long refused() {
        return refused.get();
    }
}
