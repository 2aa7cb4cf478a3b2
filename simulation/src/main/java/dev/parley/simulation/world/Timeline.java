package dev.parley.simulation.world;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What clients saw, in steps of time: requests that began in a step, and what came of those that ended in it.
 *
 * <p>A request that was tried again by its client is one request: it succeeded, late, or failed.
 */
public final class Timeline {
    private final long stepNs;
    private final List<Step> steps = new ArrayList<>();

    public Timeline(Duration step) {
        this.stepNs = step.toNanos();
    }

    /** One step of time. */
    public static final class Step {
        private final Latencies latencies = new Latencies();
        private final Latencies waits = new Latencies();
        private long began;
        private long tries;
        private long failed;
        private long attempts;

        /** Requests that clients began. */
        public long began() {
            return began;
        }

        /** Requests that clients sent, with those that they sent again. */
        public long tries() {
            return tries;
        }

        /** Requests that were answered well. */
        public long succeeded() {
            return latencies.count();
        }

        /** Requests that their clients gave up. */
        public long failed() {
            return failed;
        }

        /** Attempts that Parley made at endpoints. */
        public long attempts() {
            return attempts;
        }

        /** How long those took that were answered well, with all that their clients waited. */
        public Latencies latencies() {
            return latencies;
        }

        /** How long clients waited, for a good answer or until they gave up: what is failed fast or late counts too. */
        public Latencies waits() {
            return waits;
        }
    }

    void began(long nowNs) {
        step(nowNs).began++;
    }

    void tried(long nowNs) {
        step(nowNs).tries++;
    }

    void succeeded(long latencyNs, long nowNs) {
        Step step = step(nowNs);
        step.latencies.add(latencyNs);
        step.waits.add(latencyNs);
    }

    void failed(long waitedNs, long nowNs) {
        Step step = step(nowNs);
        step.failed++;
        step.waits.add(waitedNs);
    }

    /** An attempt at an endpoint was sent. */
    public void attempted(long nowNs) {
        step(nowNs).attempts++;
    }

    private Step step(long nowNs) {
        int index = (int) ((nowNs - Agenda.START_NS) / stepNs);
        while (steps.size() <= index) {
            steps.add(new Step());
        }
        return steps.get(index);
    }

    /** The seconds that a step lasts. */
    public double stepSeconds() {
        return stepNs / 1e9;
    }

    public int size() {
        return steps.size();
    }

    /** Something of each step. */
    public double[] each(ToDoubleFunction<Step> what) {
        return steps.stream().mapToDouble(what).toArray();
    }

    /** The steps of a span, as one. Times are seconds since the beginning. */
    public Step between(double fromSeconds, double toSeconds) {
        Step sum = new Step();
        int from = (int) Math.round(fromSeconds / stepSeconds());
        int to = (int) Math.min(steps.size(), Math.round(toSeconds / stepSeconds()));
        for (Step step : steps.subList(Math.min(from, to), to)) {
            sum.began += step.began;
            sum.tries += step.tries;
            sum.failed += step.failed;
            sum.attempts += step.attempts;
            sum.latencies.add(step.latencies);
            sum.waits.add(step.waits);
        }
        return sum;
    }

    /** All steps as one. */
    public Step whole() {
        return between(0, size() * stepSeconds());
    }
}
