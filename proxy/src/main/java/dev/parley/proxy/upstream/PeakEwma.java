package dev.parley.proxy.upstream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How slow an endpoint is believed to be: a moving average of its latency that jumps at once to a worse sample and
 * comes down with time.
 *
 * <p>The estimator is Finagle's Peak EWMA (com.twitter.finagle.loadbalancer.PeakEwma), which Linkerd also runs. Time
 * weighs, not the number of samples: what was believed {@code dt} ago counts {@code w = exp(-dt / decay)} of what it
 * did.
 *
 * <ul>
 *   <li>A sample above the belief replaces it, so that one slow answer is noticed by the next pick. A sample below is
 *       blended in: {@code w * belief + (1 - w) * sample}.
 *   <li>A transport failure is a sample of {@code failure_latency}. An answer that says error was fast and is still no
 *       success, so {@code failure_latency} is blended in: the share of failures in the last {@code decay} is what
 *       raises the belief. At 1 000 answers a second and the default 10 s and 5 s, one error adds 0.5 ms, and an endpoint
 *       that only fails is believed to take 100 ms after 0.2 s. Finagle and Linkerd (linkerd2#11669) let it look fast.
 *   <li>Reading decays the belief toward zero. An endpoint that was slow gets no picks and so no samples; it is tried
 *       again once its belief fell below the others': after {@code decay * ln(ratio)}, 85 s from 5 s to 1 ms.
 *   <li>Before the first answer nothing is believed. An endpoint without a belief costs nothing while idle, so that it
 *       is tried at once, and {@code initial_latency} while that first answer is awaited, so that it is tried by one
 *       request and not by all. The first answer replaces it.
 * </ul>
 *
 * <p>All event loops write. Of samples that meet, one claims the time since the last (by moving the stamp) and blends;
 * the others see no time passed and count only as peaks. A reader between the two writes sees a belief that is one
 * sample old. Neither is ever further off than one sample, which is why no lock is worth it.
 */
final class PeakEwma {
    private static final double NOTHING_BELIEVED = -1;

    /** More writers than this at one endpoint in one instant, and the sample is dropped for those that won. */
    private static final int ATTEMPTS = 8;

    private static final VarHandle BELIEF;
    private static final VarHandle STAMP;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            BELIEF = lookup.findVarHandle(PeakEwma.class, "beliefNs", double.class);
            STAMP = lookup.findVarHandle(PeakEwma.class, "stampNs", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile Tuning tuning;
    private volatile double beliefNs = NOTHING_BELIEVED;
    private volatile long stampNs;

    PeakEwma(Tuning tuning, long nowNs) {
        this.tuning = tuning;
        this.stampNs = nowNs;
    }

    /** The settings of {@code balance} that shape the estimate, in nanoseconds. */
    record Tuning(double decayNs, double initialNs, double failureNs) {}

    void tune(Tuning next) {
        tuning = next;
    }

    /** Forgets what was believed, when an endpoint returns from an outage and its failures say nothing any more. */
    void forget() {
        beliefNs = NOTHING_BELIEVED;
    }

    /** An answer came after {@code latencyNs}. */
    void answered(long latencyNs, long nowNs) {
        learn((double) Math.max(0, latencyNs), nowNs, true);
    }

    /** Whether {@code latencyNs} is more than what is believed now; false while nothing is believed. */
    boolean isAbove(long latencyNs, long nowNs) {
        double belief = beliefNs;
        return belief >= 0 && latencyNs > belief * remaining((double) (nowNs - stampNs) / tuning.decayNs);
    }

    /** The transport failed: no answer came and none will. */
    void broke(long nowNs) {
        learn(tuning.failureNs, nowNs, true);
    }

    /** An answer came that says error. */
    void erred(long nowNs) {
        learn(tuning.failureNs, nowNs, false);
    }

    /** What the next request on top of {@code inFlight} others is believed to cost, in nanoseconds times requests. */
    double cost(long nowNs, double load, boolean idle) {
        double belief = beliefNs;
        if (belief < 0) {
            return idle ? 0 : tuning.initialNs * load;
        }
        return belief * remaining((double) (nowNs - stampNs) / tuning.decayNs) * load;
    }

    private void learn(double sampleNs, long nowNs, boolean peak) {
        double remaining = claim(nowNs);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double before = beliefNs;
            double after = learnt(before, remaining, sampleNs, peak);
            if (before == after || BELIEF.compareAndSet(this, before, after)) {
                return;
            }
        }
    }

    private double learnt(double before, double remaining, double sampleNs, boolean peak) {
        if (before < 0 && peak) {
            return sampleNs;
        }
        double decayed = (before < 0 ? tuning.initialNs : before) * remaining;
        return peak && sampleNs > decayed ? sampleNs : decayed + sampleNs * (1 - remaining);
    }

    /** Takes the time since the last sample for this one: what remains of the belief, or 1 where another took it. */
    private double claim(long nowNs) {
        long last = stampNs;
        if (nowNs - last <= 0 || !STAMP.compareAndSet(this, last, nowNs)) {
            return 1;
        }
        return remaining((double) (nowNs - last) / tuning.decayNs);
    }

    /**
     * {@code exp(-x)} for {@code x >= 0}, and 1 below, where the clocks of two loops disagree. Math.exp costs tens of
     * nanoseconds twice a pick; this costs a division: the series of exp(x / 8) to its fourth term, inverted and squared
     * three times. Off by under 1e-6 up to x = 1 and under 5 % up to x = 8; never negative and always falling.
     */
    static double remaining(double x) {
        if (!(x > 0)) {
            return 1;
        }
        double y = x * 0.125;
        double r = 1 / (1 + y * (1 + y * (1.0 / 2 + y * (1.0 / 6 + y * (1.0 / 24)))));
        r *= r;
        r *= r;
        return r * r;
    }
}
