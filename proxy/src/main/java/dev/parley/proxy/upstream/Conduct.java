package dev.parley.proxy.upstream;

import dev.parley.model.Balance;
import dev.parley.proxy.upstream.Endpoint.Failure;
import org.jspecify.annotations.Nullable;

/**
 * How an endpoint does what it is asked for, as event loops see it: what balancing believes of it, what is counted for those who
 * compare, and who is told at once.
 */
final class Conduct {
    private final Situation situation;
    private final PeakEwma latency;
    private final Burden burden;
    private final Outcomes outcomes = new Outcomes();
    private final ProbeSlot probe = new ProbeSlot();
    private volatile @Nullable Judge judge;

    Conduct(Situation situation, Balance balance, long nowNs) {
        this.situation = situation;
        this.latency = new PeakEwma(tuning(balance), nowNs);
        this.burden = new Burden(balance.failureLatency().toNanos(), nowNs);
    }

    void tune(Balance balance) {
        latency.tune(tuning(balance));
        burden.lasting(balance.failureLatency().toNanos());
    }

    private static PeakEwma.Tuning tuning(Balance balance) {
        return new PeakEwma.Tuning(
                (double) balance.decay().toNanos(),
                (double) balance.initialLatency().toNanos(),
                (double) balance.failureLatency().toNanos());
    }

    /** The head of an answer came, and it says that all is well: the same as {@link #answered} and {@link #succeeded}. */
    void answeredWell(long latencyNs, long nowNs) {
        latency.answered(latencyNs, nowNs);
        outcomes.answeredWell(latencyNs);
        if (situation.tried()) {
            probeAnswered(latencyNs, nowNs);
            probePassed(nowNs, nowNs - latencyNs);
        }
    }

    /** The head of an answer came. */
    void answered(long latencyNs, long nowNs) {
        latency.answered(latencyNs, nowNs);
        outcomes.answered(latencyNs);
        probeAnswered(latencyNs, nowNs);
    }

    private void probeAnswered(long latencyNs, long nowNs) {
        Judge by = judge;
        if (by != null && situation.triedSince(nowNs - latencyNs)) {
            probe.answered();
            by.probeAnswered(latencyNs, nowNs);
        }
    }

    void succeeded(long nowNs, long begunNs) {
        outcomes.succeeded();
        probePassed(nowNs, begunNs);
    }

    private void probePassed(long nowNs, long begunNs) {
        Judge by = judge;
        if (by != null && situation.triedSince(begunNs)) {
            probe.over();
            by.probePassed(nowNs);
        }
    }

    void failed(long nowNs, Failure failure, long begunNs) {
        switch (failure) {
            case TRANSPORT, TIMEOUT -> latency.broke(nowNs);
            case ANSWER -> latency.erred(nowNs);
        }
        burden.add(nowNs);
        outcomes.failed();
        Judge by = judge;
        if (by != null && situation.triedSince(begunNs)) {
            probe.over();
            by.probeFailed(failure, nowNs);
        } else if (by != null) {
            by.failed(nowNs);
        }
    }

    /** Forgets what balancing believes: it speaks of an outage that is over. */
    void forget() {
        latency.forget();
        burden.forget();
    }

    double cost(long nowNs, double load, boolean idle) {
        return latency.cost(nowNs, load, idle);
    }

    /** Whether a latency is above what is believed. */
    boolean isAbove(long latencyNs, long nowNs) {
        return latency.isAbove(latencyNs, nowNs);
    }

    long burden(long nowNs) {
        return burden.count(nowNs);
    }

    Outcomes outcomes() {
        return outcomes;
    }

    ProbeSlot probe() {
        return probe;
    }

    void judge(@Nullable Judge by) {
        judge = by;
    }
}
