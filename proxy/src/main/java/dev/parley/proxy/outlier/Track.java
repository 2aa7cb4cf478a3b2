package dev.parley.proxy.outlier;

import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Judge;
import dev.parley.telemetry.metrics.EjectionCause;

/**
 * What outlier detection knows of one endpoint. Its state is the endpoint's own ({@link Endpoint#ejection}); here is what else it
 * takes to change it, all under the lock of the {@link OutlierDetector} but what says otherwise.
 *
 * <pre>
 *   from      when                                                        to
 *   UP        failures in a row, success, latency; within the bounds      EJECTED
 *   EJECTED   its time is over                                            PROBING
 *   PROBING   {@code probes} requests went well                           UP
 *   PROBING   one failed, or is as slow as it was ejected for             EJECTED, longer
 *   any       no other endpoint is left, or it is watched no more         UP
 * </pre>
 */
final class Track implements Judge {
    /** How long a probe is waited for until the next request may try. */
    private static final long PATIENCE_NS = 10_000_000_000L;
    /** After a refusal to eject, since too many are out or all fail, the next failures ask again only after this. */
    private static final long ASK_AGAIN_NS = 100_000_000L;

    final Endpoint endpoint;
    final Window window;
    private final OutlierDetector detector;

    /** Above this it counts as slow, in nanoseconds; read by loops. */
    private volatile long slowNs = Long.MAX_VALUE;
    /** Written by loops as well. */
    private volatile long deniedNs;

    private boolean forLatency;
    private int level;
    private long steadySinceNs;
    private long untilNs;
    private int passes;
    private long probe;
    private long probeSeenNs;

    Track(OutlierDetector detector, Endpoint endpoint, long nowNs) {
        this.detector = detector;
        this.endpoint = endpoint;
        this.window = new Window(endpoint.outcomes(), nowNs);
        this.deniedNs = nowNs - ASK_AGAIN_NS;
    }

    // ---- what loops tell ----

    @Override
    public void failed(long nowNs) {
        int most = detector.settings().consecutiveFailures();
        int inARow = endpoint.outcomes()
                .lengthenStreak(nowNs, detector.settings().window().toNanos());
        if (most == 0 || inARow < most || !up() || nowNs - deniedNs < ASK_AGAIN_NS) {
            return;
        }
        if (!detector.ejectForStreak(this, inARow, nowNs)) {
            deniedNs = nowNs;
        }
    }

    @Override
    public void probeAnswered(long latencyNs, long nowNs) {
        if (forLatency && latencyNs > slowNs) {
            endpoint.probe().over();
            detector.probeFailed(this, "its probe took " + Figures.time((double) latencyNs), nowNs);
        }
    }

    @Override
    public void probePassed(long nowNs) {
        detector.probePassed(this, nowNs);
    }

    @Override
    public void probeFailed(Endpoint.Failure failure, long nowNs) {
        String why = switch (failure) {
            case TRANSPORT -> "the connection of its probe failed";
            case TIMEOUT -> "its probe got no answer in time";
            case ANSWER -> "its probe was answered with an error";
        };
        detector.probeFailed(this, why, nowNs);
    }

    // ---- what it is now ----

    /** Whether it takes its full share: neither health nor its answers speak against it. */
    boolean up() {
        return endpoint.standing().cause() == Endpoint.Cause.UP && !endpoint.retired();
    }

    boolean out() {
        return endpoint.ejection().cause() != Endpoint.Cause.UP;
    }

    boolean ejected() {
        return endpoint.ejection().cause() == Endpoint.Cause.EJECTED;
    }

    boolean probing() {
        return endpoint.ejection().cause() == Endpoint.Cause.PROBING;
    }

    /** When its ejection is over, on the clock of {@code System.nanoTime}; of one that is ejected. */
    long untilNs() {
        return untilNs;
    }

    void slowAbove(long ns) {
        slowNs = ns;
        endpoint.outcomes().countAtMost(Comparison.countedAtMost(ns));
    }

    // ---- its transitions ----

    /** Leaves it alone, for the nth time in close succession. */
    void eject(EjectionCause cause, int nth, String reason, long nowNs, long untilNs) {
        level = nth;
        forLatency = cause == EjectionCause.LATENCY || (cause == EjectionCause.PROBE && forLatency);
        this.untilNs = untilNs;
        endpoint.outcomes().endStreak();
        endpoint.eject(Endpoint.Cause.EJECTED, reason, nowNs);
    }

    /** How many ejections in close succession are remembered. */
    int level() {
        return level;
    }

    void tryIt(long nowNs) {
        passes = 0;
        endpoint.probe().over();
        endpoint.eject(Endpoint.Cause.PROBING, "tried again after an ejection", nowNs);
    }

    /** One more probe went well: whether these are enough. */
    boolean pass(int enough) {
        passes++;
        return passes >= enough;
    }

    void restore(long nowNs) {
        window.restart(nowNs);
        endpoint.outcomes().endStreak();
        steadySinceNs = nowNs;
        endpoint.eject(Endpoint.Cause.UP, "", nowNs);
    }

    /** An ejection is forgotten after as long in the rotation as it lasted. */
    void mellow(Lengths lengths, long nowNs) {
        while (level > 0 && !out() && nowNs - steadySinceNs >= lengths.ofNs(level)) {
            steadySinceNs += lengths.ofNs(level);
            level--;
        }
    }

    /**
     * A probe that lasts is not waited for: where the endpoint has begun to answer it, it went well; else the next request tries.
     * That it gets no answer at all is told by the service's own timeouts.
     *
     * @return whether it went well
     */
    boolean settleProbe(long nowNs) {
        var slot = endpoint.probe();
        if (!slot.underWay() || slot.number() != probe) {
            probe = slot.number();
            probeSeenNs = nowNs;
            return false;
        }
        if (nowNs - probeSeenNs < PATIENCE_NS) {
            return false;
        }
        boolean answered = slot.hasAnswer();
        slot.over();
        return answered;
    }
}
