package dev.parley.proxy.resilience;

import dev.parley.model.Breaker;
import dev.parley.model.Durations;
import dev.parley.proxy.balance.FastRandom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Stops calls to what fails or is slow nearly always, and finds out with few calls whether it is well again (Nygard, "Release It!", 2007;
 * the rates and their names are those of resilience4j).
 *
 * <table>
 * <caption>All transitions</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>CLOSED</td><td>OPEN</td><td>of at least {@code minimum_calls} within {@code window}, {@code error_rate} failed or
 *     {@code slow_rate} took longer than {@code slow_call}</td></tr>
 * <tr><td>OPEN</td><td>HALF_OPEN</td><td>a call comes after {@code open}, doubled with each probing that failed in a row, at most
 *     {@code longest_open}, and 10 % more or less, so that proxies do not probe together</td></tr>
 * <tr><td>HALF_OPEN</td><td>CLOSED</td><td>{@code probes} calls succeeded; what was counted before is forgotten</td></tr>
 * <tr><td>HALF_OPEN</td><td>OPEN</td><td>one call failed, or was slow</td></tr>
 * <tr><td>OPEN, HALF_OPEN</td><td>CLOSED</td><td>{@link #tune} with rates that never open it</td></tr>
 * </table>
 *
 * <p>Half open, {@code probes} calls are let through at a time. Where none began for {@code longest_open} and all places are taken,
 * those calls are taken for lost and their places are given anew.
 *
 * <p>One object for all event loops. A phase is immutable but for its probes, and replaced by whoever wins a compare-and-set; a ticket
 * is the number of the phase in which a call began, and what ends in a later phase counts for nothing. The window is ten buckets, so
 * that a call is counted for between nine and ten tenths of it.
 *
 * <p>The last fifth of the window counts by itself too, where it has {@code minimum_calls}: else a service that dies after it was well
 * would be called for another nine tenths of the window before nine tenths of its calls have failed.
 */
public final class CircuitBreaker {
    /** What {@link #tryCall} answers where there is to be no call. */
    public static final long REFUSED = -1;

    private static final int BUCKETS = 10;
    /** Where the last fifth of the window has enough calls, what was before is not waited for. */
    private static final int LATELY = 2;

    private static final int CALLS = 0;
    private static final int FAILED = 1;
    private static final int SLOW = 2;
    private static final int COLUMNS = 3;

    /** Beyond 2^20 times any {@code open} lies any {@code longest_open} that is of use. */
    private static final int MOST_DOUBLINGS = 20;

    private static final VarHandle PHASE;
    private static final VarHandle PROBING;
    private static final VarHandle SUCCEEDED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PHASE = lookup.findVarHandle(CircuitBreaker.class, "phase", Phase.class);
            PROBING = lookup.findVarHandle(Phase.class, "probing", int.class);
            SUCCEEDED = lookup.findVarHandle(Phase.class, "succeeded", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final String what;
    private final Transitions listener;
    private volatile Rules rules;
    private volatile Phase phase;

    /** Whether calls are made. */
    public enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    /**
     * @param what the service or endpoint, as {@code listener} is to be told
     * @param listener told of each transition, on the event loop that brought it about
     */
    public CircuitBreaker(String what, Breaker settings, long nowNs, Transitions listener) {
        this.what = what;
        this.listener = listener;
        this.rules = Rules.of(settings);
        this.phase = new Phase(State.CLOSED, 0, nowNs, 0, 0, "", rules.freshCounts());
    }

    /** The settings as numbers. A rate above 1 never opens it; {@code slowCallNs} 0 calls no call slow. */
    private record Rules(
            double errorRate,
            double slowRate,
            long slowCallNs,
            long windowNs,
            int minimumCalls,
            long openNs,
            long longestOpenNs,
            int probes) {
        static Rules of(Breaker settings) {
            return new Rules(
                    never(settings.errorRate().fraction()),
                    never(settings.slowRate().fraction()),
                    settings.slowCall().toNanos(),
                    settings.window().toNanos(),
                    settings.minimumCalls(),
                    settings.open().toNanos(),
                    settings.longestOpen().toNanos(),
                    settings.probes());
        }

        private static double never(double rate) {
            return rate >= 1 ? Double.POSITIVE_INFINITY : rate;
        }

        boolean slow(long latencyNs) {
            return slowCallNs > 0 && latencyNs > slowCallNs && slowRate <= 1;
        }

        boolean opens() {
            return errorRate <= 1 || (slowRate <= 1 && slowCallNs > 0);
        }

        RollingCounts freshCounts() {
            return new RollingCounts(Math.max(1, windowNs / BUCKETS), BUCKETS + 2, COLUMNS);
        }
    }

    /** What holds between two transitions. */
    private static final class Phase {
        final State state;
        final long number;
        final long sinceNs;

        /** OPEN: when probing begins. */
        final long untilNs;

        /** Probings in a row that failed. */
        final int failedProbings;

        final String reason;
        final RollingCounts counts;

        /** HALF_OPEN: calls that are out, those that came back well, and when the last of them went. */
        @SuppressWarnings("UnusedVariable") // Read through its handle.
        volatile int probing;

        @SuppressWarnings("UnusedVariable") // Read through its handle.
        volatile int succeeded;

        volatile long lastProbeNs;

        Phase(
                State state,
                long number,
                long sinceNs,
                long untilNs,
                int failedProbings,
                String reason,
                RollingCounts counts) {
            this.state = state;
            this.number = number;
            this.sinceNs = sinceNs;
            this.untilNs = untilNs;
            this.failedProbings = failedProbings;
            this.reason = reason;
            this.counts = counts;
            this.lastProbeNs = sinceNs;
        }
    }

    /**
     * Asks for a call.
     *
     * @return a ticket, 0 or above, which goes to {@link #ended} or {@link #abandoned} once; or {@link #REFUSED}
     */
    public long tryCall(long nowNs) {
        Phase current = phase;
        return switch (current.state) {
            case CLOSED -> current.number;
            case OPEN -> nowNs - current.untilNs < 0 ? REFUSED : probe(halfOpen(current, nowNs), nowNs);
            case HALF_OPEN -> probe(current, nowNs);
        };
    }

    private long probe(Phase current, long nowNs) {
        if (current.state != State.HALF_OPEN) {
            return current.state == State.CLOSED ? current.number : REFUSED;
        }
        Rules rules = this.rules;
        if ((int) PROBING.getAndAdd(current, 1) < rules.probes) {
            current.lastProbeNs = nowNs;
            return current.number;
        }
        PROBING.getAndAdd(current, -1);
        if (nowNs - current.lastProbeNs <= rules.longestOpenNs) {
            return REFUSED;
        }
        Phase anew = new Phase(
                State.HALF_OPEN, current.number + 1, nowNs, 0, current.failedProbings, current.reason, current.counts);
        anew.probing = 1;
        return PHASE.compareAndSet(this, current, anew) ? anew.number : REFUSED;
    }

    private Phase halfOpen(Phase open, long nowNs) {
        Phase next =
                new Phase(State.HALF_OPEN, open.number + 1, nowNs, 0, open.failedProbings, open.reason, open.counts);
        return move(open, next) ? next : phase;
    }

    /**
     * A call is over.
     *
     * @param ticket what {@link #tryCall} gave; one of an earlier phase is ignored
     * @param latencyNs how long it took until its answer began, or until it failed
     */
    public void ended(long ticket, boolean failed, long latencyNs, long nowNs) {
        Phase current = phase;
        if (ticket != current.number) {
            return;
        }
        Rules rules = this.rules;
        boolean slow = rules.slow(latencyNs);
        switch (current.state) {
            case CLOSED -> count(current, rules, failed, slow, nowNs);
            case OPEN -> {}
            case HALF_OPEN -> probed(current, rules, failed, slow, nowNs);
        }
    }

    private void count(Phase closed, Rules rules, boolean failed, boolean slow, long nowNs) {
        closed.counts.add(CALLS, nowNs);
        if (failed) {
            closed.counts.add(FAILED, nowNs);
            openIf(closed, rules, FAILED, rules.errorRate, nowNs);
        }
        if (slow) {
            closed.counts.add(SLOW, nowNs);
            openIf(closed, rules, SLOW, rules.slowRate, nowNs);
        }
    }

    private void openIf(Phase closed, Rules rules, int column, double rate, long nowNs) {
        if (!openIf(closed, rules, column, rate, LATELY, nowNs)) {
            openIf(closed, rules, column, rate, BUCKETS, nowNs);
        }
    }

    private boolean openIf(Phase closed, Rules rules, int column, double rate, int buckets, long nowNs) {
        long bad = closed.counts.sum(column, buckets, nowNs);
        if (bad < rules.minimumCalls * rate) {
            return false;
        }
        long calls = closed.counts.sum(CALLS, buckets, nowNs);
        if (calls < rules.minimumCalls || bad < calls * rate) {
            return false;
        }
        String verb = column == FAILED ? "failed" : "took longer than " + text(rules.slowCallNs);
        String reason = Math.min(100, bad * 100 / calls) + " % of " + calls + " calls " + verb + " in "
                + text(rules.windowNs * buckets / BUCKETS);
        open(closed, rules, 0, reason, nowNs);
        return true;
    }

    private void probed(Phase halfOpen, Rules rules, boolean failed, boolean slow, long nowNs) {
        PROBING.getAndAdd(halfOpen, -1);
        if (failed || slow) {
            int failedProbings = Math.min(MOST_DOUBLINGS, halfOpen.failedProbings + 1);
            String how = failed ? "failed" : "took longer than " + text(rules.slowCallNs);
            open(halfOpen, rules, failedProbings, "a probe " + how + "; before, " + cause(halfOpen), nowNs);
        } else if ((int) SUCCEEDED.getAndAdd(halfOpen, 1) + 1 == rules.probes) {
            close(halfOpen, rules.probes + " probes succeeded", nowNs);
        }
    }

    /** Why it opened first, without the probes that failed since. */
    private static String cause(Phase phase) {
        int before = phase.reason.indexOf("; before, ");
        return before < 0 ? phase.reason : phase.reason.substring(before + "; before, ".length());
    }

    private void open(Phase from, Rules rules, int failedProbings, String reason, long nowNs) {
        long whole = rules.openNs > rules.longestOpenNs >> failedProbings
                ? rules.longestOpenNs
                : rules.openNs << failedProbings;
        // A tenth more or less, from the time and the name: the same in each run of a simulation, another for each
        // breaker.
        double fraction = (new FastRandom(nowNs ^ ((long) what.hashCode() << 32)).nextLong() >>> 11) * 0x1p-53;
        long openNs = (long) (whole * (0.9 + 0.2 * fraction));
        move(from, new Phase(State.OPEN, from.number + 1, nowNs, nowNs + openNs, failedProbings, reason, from.counts));
    }

    private void close(Phase from, String reason, long nowNs) {
        move(from, new Phase(State.CLOSED, from.number + 1, nowNs, 0, 0, reason, rules.freshCounts()));
    }

    private boolean move(Phase from, Phase to) {
        boolean won = PHASE.compareAndSet(this, from, to);
        if (won) {
            listener.changed(what, from.state, to.state, to.reason);
        }
        return won;
    }

    /** A call ended in a way that says nothing of whom it went to, as when its client went away. */
    public void abandoned(long ticket) {
        Phase current = phase;
        if (ticket == current.number && current.state == State.HALF_OPEN) {
            PROBING.getAndAdd(current, -1);
        }
    }

    /**
     * Follows other settings from now on. What is open stays so for as long as it was to be; with another window, counting begins
     * anew.
     */
    public void tune(Breaker settings, long nowNs) {
        Rules before = rules;
        Rules next = Rules.of(settings);
        rules = next;
        Phase current = phase;
        if (!next.opens() && current.state != State.CLOSED) {
            close(current, "its settings never open it", nowNs);
        } else if (next.windowNs != before.windowNs && current.state == State.CLOSED) {
            PHASE.compareAndSet(
                    this,
                    current,
                    new Phase(State.CLOSED, current.number + 1, current.sinceNs, 0, 0, "", next.freshCounts()));
        }
    }

    public State state() {
        return phase.state;
    }

    /** When the present state began, on the clock of {@code System.nanoTime}. */
    public long sinceNs() {
        return phase.sinceNs;
    }

    /** Why it is in its present state, as shown to users; empty while it has never opened. */
    public String reason() {
        return phase.reason;
    }

    /** Until a call may be let through: 0 while it is closed; half open, {@code open}, since that depends on the probes. */
    public long retryAfterNs(long nowNs) {
        Phase current = phase;
        return switch (current.state) {
            case CLOSED -> 0;
            case OPEN -> Math.max(1, current.untilNs - nowNs);
            case HALF_OPEN -> rules.openNs;
        };
    }

    private static String text(long ns) {
        return Durations.text(java.time.Duration.ofNanos(ns));
    }
}
