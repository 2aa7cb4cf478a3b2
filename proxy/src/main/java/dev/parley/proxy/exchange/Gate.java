package dev.parley.proxy.exchange;

import dev.parley.model.Criticality;
import dev.parley.model.Durations;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.Permit;
import dev.parley.proxy.resilience.RateLimitFields;
import dev.parley.proxy.resilience.RateLimiter;
import dev.parley.proxy.resilience.Refusal;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.RateLimits;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.ServiceMetrics.CallRefusal;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a request, or a connection, and its service: whether this Parley and the service have room for it. Holds its
 * place there, and says what came of it. One for each exchange, used again.
 */
public final class Gate {
    private static final long SOON_NS = 1_000_000_000L;
    private static final int USUAL_PERCENT = 90;

    private final LoopState loop;
    private final Permit permit = new Permit();
    private @Nullable ServiceGuard guard;
    private long admittedNs;

    public Gate(LoopState loop) {
        this.loop = loop;
    }

    /**
     * Why a request is not let through, and what it is answered.
     *
     * @param retryAfterNs when it may come back; 0 where that is not known
     */
    public record Refused(Outcome outcome, LocalAnswer answer, long retryAfterNs) {
        /** The field that says when. */
        byte[] retryAfter(HeadBuffer scratch) {
            scratch.clear();
            RateLimitFields.writeRetryAfter(scratch, retryAfterNs);
            return Arrays.copyOf(scratch.bytes(), scratch.end());
        }
    }

    /** The refusal by a rate limit; null where {@code waitNs} says that the request is let in. */
    static @Nullable Refused byRate(RateLimits limits, long waitNs) {
        if (waitNs == RateLimiter.LET_IN) {
            return null;
        }
        String detail = "The rate limit of " + limits.of() + " is reached. Come back after the time in Retry-After.";
        return new Refused(Outcome.RATE_LIMITED, LocalAnswer.problem(429, "rate-limited", detail), waitNs);
    }

    /**
     * Asks for a place; null where it is had, and {@link #over} gives it back.
     *
     * @param remainingNs what is left of the latency budget, {@link Long#MAX_VALUE} where there is none
     */
    public @Nullable Refused pass(ServiceView to, Criticality criticality, long remainingNs) {
        if (loop.worker().pressure().sheds(criticality)) {
            to.metrics().refused(loop.worker().index(), CallRefusal.SHED);
            return overloaded(
                    "proxy-overloaded", "Parley is over capacity, and refuses what is " + text(criticality) + ".");
        }
        long now = loop.worker().nowNs();
        ServiceGuard of = to.guard();
        Refusal refusal = of.admit(permit, criticality, remainingNs, now);
        if (refusal == Refusal.NONE) {
            guard = of;
            admittedNs = now;
            return null;
        }
        to.metrics().refused(loop.worker().index(), counted(refusal));
        return switch (refusal) {
            case NONE -> throw new AssertionError("it was let through");
            case BREAKER_OPEN ->
                new Refused(
                        Outcome.BREAKER_OPEN,
                        LocalAnswer.problem(
                                503,
                                "breaker-open",
                                "The breaker of service " + to.name() + " is open: "
                                        + of.breaker().reason() + ". It is tried again from time to time."),
                        Math.max(SOON_NS, of.retryAfterNs(now)));
            case IN_FLIGHT ->
                overloaded(
                        "in-flight-limit",
                        "Service " + to.name() + " has its "
                                + to.settings().breaker().inFlight() + " requests under way (breaker.in_flight).");
            case OVERLOADED ->
                overloaded(
                        "service-overloaded",
                        "Service " + to.name() + " is over capacity: at most "
                                + of.concurrency().limit() + " requests may await its answer now, and what is "
                                + text(criticality) + " goes first (concurrency).");
            case TOO_LATE ->
                new Refused(
                        Outcome.BUDGET_SPENT,
                        LocalAnswer.problem(
                                504,
                                "budget-too-small",
                                "What is left of the latency budget, " + Durations.text(millis(remainingNs))
                                        + ", is less than service " + to.name() + " has lately needed."),
                        0);
        };
    }

    /**
     * Asks for a place for what has no requests: a connection or a session. It is within the rate limits of its listener, route and
     * service, and its service is called; null where it is let in.
     */
    public @Nullable Refused connection(ListenerView listener, Verdict.Forward to, ClientFacts from) {
        long now = loop.worker().nowNs();
        int index = loop.worker().index();
        Refused refused = byRate(listener.rateLimits(), listener.rateLimits().take(null, from, now));
        if (refused != null) {
            listener.metrics().rateLimited(index);
            return refused;
        }
        refused = byRate(to.route().rateLimits(), to.route().rateLimits().take(null, from, now));
        if (refused != null) {
            to.route().metrics().rateLimited(index);
            return refused;
        }
        RateLimits limits = to.service().rateLimits();
        refused = byRate(limits, limits.take(null, from, now));
        if (refused != null) {
            to.service().metrics().rateLimited(index);
            return refused;
        }
        return pass(to.service(), to.route().criticality(), LatencyBudget.UNBOUNDED);
    }

    private static CallRefusal counted(Refusal refusal) {
        return switch (refusal) {
            case NONE -> throw new AssertionError("it was let through");
            case BREAKER_OPEN -> CallRefusal.BREAKER_OPEN;
            case IN_FLIGHT -> CallRefusal.IN_FLIGHT;
            case OVERLOADED -> CallRefusal.OVERLOADED;
            case TOO_LATE -> CallRefusal.TOO_LATE;
        };
    }

    /** The refusal where as many requests of the service wait for a connection as may. */
    static Refused byPending(ServiceView to) {
        return overloaded(
                "pending-limit",
                "Service " + to.name() + " has its " + to.settings().breaker().pending()
                        + " requests waiting for a connection (breaker.pending).");
    }

    /** The refusal where every endpoint that is left has an open breaker of its own. */
    static Refused byBreakers(ServiceView to, long nowNs) {
        long soonest = Long.MAX_VALUE;
        String reason = "";
        for (Endpoint each : to.endpoints()) {
            CircuitBreaker own = each.breaker();
            if (own != null && own.retryAfterNs(nowNs) > 0 && own.retryAfterNs(nowNs) < soonest) {
                soonest = own.retryAfterNs(nowNs);
                reason = each.address() + ": " + own.reason();
            }
        }
        String detail =
                "The breaker of each endpoint of service " + to.name() + " that is left is open (" + reason + ").";
        return new Refused(
                Outcome.BREAKER_OPEN,
                LocalAnswer.problem(503, "breaker-open", detail),
                soonest == Long.MAX_VALUE ? SOON_NS : Math.max(SOON_NS, soonest));
    }

    private static Refused overloaded(String code, String detail) {
        return new Refused(Outcome.OVERLOADED, LocalAnswer.problem(503, code, detail), SOON_NS);
    }

    private static Duration millis(long ns) {
        return Duration.ofMillis(ns / 1_000_000);
    }

    private static String text(Criticality criticality) {
        return criticality.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** What became of it says nothing of the service. */
    public void abandoned() {
        if (guard != null) {
            guard.abandoned(permit);
        }
    }

    /**
     * The answer began, or there will be none.
     *
     * @param dropped whether that speaks of too much load, as an error of the application does not
     */
    public void answered(boolean failed, boolean dropped, long nowNs) {
        if (guard != null) {
            guard.answered(permit, failed, dropped, nowNs - admittedNs, nowNs);
        }
    }

    /**
     * The time that it was given is up, without an answer. What the route gives is what the service has to do with. What a caller gives
     * may be too little for anybody: below what nine of ten calls need, or while that is not known, it says nothing of the service.
     */
    void outOfTime(LatencyBudget budget, long nowNs) {
        if (guard == null) {
            return;
        }
        long usual = guard.quantiles().quantileNs(USUAL_PERCENT, nowNs);
        if (budget.ofRoute() || (usual >= 0 && budget.wholeNs() >= usual)) {
            answered(true, true, nowNs);
        } else {
            guard.abandoned(permit);
        }
    }

    /** It is over: its place is free. */
    public void over() {
        if (guard != null) {
            guard.over(permit);
            guard = null;
        }
    }
}
