package dev.parley.proxy.resilience;

import dev.parley.model.Retries;
import dev.parley.proxy.balance.FastRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether a failed attempt is followed by another, and when. One for an exchange, reused by the next; not for two threads.
 *
 * <p>Only what is safe is tried again (RFC 9110 section 9.2.2): a request of which nothing was sent, or one that may be executed twice
 * because its method is idempotent, its service honours its idempotency key, or its route says so. The checks that cost nothing come first and the
 * budget last, so that a retry that another rule forbids takes nothing from it.
 */
public final class RetryPlan {
    /** What {@link #next} answers where there is no further attempt. */
    public static final long GIVE_UP = -1;

    private @Nullable Retries settings;
    private @Nullable RetryBudget budget;
    private boolean safe;
    private int retries;
    private Why why = Why.NONE;

    /** How an attempt failed. */
    public enum Cause {
        /** Nothing of the request was sent: no connection, or HTTP/2 says that the stream was not processed (RFC 9113 section 8.7). */
        UNSENT,
        /** The connection was reset, or what came was no answer, before any of an answer was passed on. */
        BROKEN,
        /** {@code attempt_timeout} passed before the answer began. */
        TIMEOUT,
        /** An answer came with a status that is listed. */
        STATUS,
        /** A call of gRPC had nothing but a status that is listed. */
        GRPC_STATUS,
        /** Some of an answer was passed on, or the request's body is no longer held. */
        COMMITTED
    }

    /** Why there is no further attempt, with a code that does not change. */
    public enum Why {
        /** There is one, or nothing was asked yet. */
        NONE("none"),
        /** It may have been executed, and is not safe to be executed twice. */
        NOT_SAFE("not_safe"),
        /** {@code attempts} were made. */
        ATTEMPTS_SPENT("attempts_spent"),
        /** The service's retry budget is used up. */
        BUDGET_SPENT("retry_budget_spent"),
        /** What remains of the latency budget ends before the attempt could begin. */
        TIME_SPENT("time_spent"),
        /** The endpoint asks for more patience than {@code longest_retry_after}. */
        RETRY_AFTER_TOO_LONG("retry_after_too_long"),
        /** An answer was begun, or the request can not be sent again. */
        NOT_RETRIABLE("not_retriable");

        private final String code;

        Why(String code) {
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    /**
     * A request begins.
     *
     * @param safe whether it may be executed twice: an idempotent method, a key that is honoured, or {@code any_method}
     * @param budget that of the service
     */
    public void begin(Retries settings, boolean safe, RetryBudget budget) {
        this.settings = settings;
        this.budget = budget;
        this.safe = safe;
        this.retries = 0;
        this.why = Why.NONE;
    }

    /**
     * An attempt failed. Where another follows, it is taken from the budget and counted.
     *
     * @param retryAfterNs what the endpoint asked for, 0 or less where it did not
     * @param remainingNs what is left of the latency budget, {@link Long#MAX_VALUE} where there is none
     * @return nanoseconds to wait, 0 for at once, or {@link #GIVE_UP}, and then {@link #why} says why
     * @throws IllegalStateException before the first {@link #begin}
     */
    public long next(Cause cause, long retryAfterNs, long remainingNs, long nowNs, FastRandom random) {
        if (settings == null || budget == null) {
            throw new IllegalStateException("A plan is asked before it began.");
        }
        why = forbidden(cause, settings);
        if (why != Why.NONE) {
            return GIVE_UP;
        }
        long waitNs = waitNs(cause, retryAfterNs, settings, random);
        if (retryAfterNs > settings.longestRetryAfter().toNanos()) {
            why = Why.RETRY_AFTER_TOO_LONG;
        } else if (waitNs >= remainingNs) {
            why = Why.TIME_SPENT;
        } else if (!budget.tryRetry(nowNs)) {
            why = Why.BUDGET_SPENT;
        } else {
            retries++;
            return waitNs;
        }
        return GIVE_UP;
    }

    private Why forbidden(Cause cause, Retries settings) {
        if (cause == Cause.COMMITTED) {
            return Why.NOT_RETRIABLE;
        }
        if (cause != Cause.UNSENT && !safe) {
            return Why.NOT_SAFE;
        }
        return retries >= settings.attempts() ? Why.ATTEMPTS_SPENT : Why.NONE;
    }

    /** An endpoint that asks for patience is given it, and the jitter on top: it told all others the same time. */
    private long waitNs(Cause cause, long retryAfterNs, Retries settings, FastRandom random) {
        long asked = Math.max(0, retryAfterNs);
        if (cause == Cause.UNSENT && asked == 0) {
            return 0;
        }
        return asked + Backoff.ns(settings, retries + 1, random);
    }

    /** Why the last {@link #next} gave up. */
    public Why why() {
        return why;
    }

    /** How many attempts followed the first. */
    public int retries() {
        return retries;
    }
}
