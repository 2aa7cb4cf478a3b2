package dev.parley.proxy.exchange;

import dev.parley.model.Hedge;
import dev.parley.model.Retries;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.grpc.CallStatus;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.resilience.RetryPlan;
import dev.parley.proxy.resilience.RetryPlan.Cause;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.ServiceMetrics.RetryCause;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the request of an exchange gets to an endpoint: in attempts one after the other, or in two at a time where it hedges, until
 * one of them answers or there is to be no other. Holds the request for as long as it may have to be sent again.
 */
final class Delivery {
    private final Exchange exchange;
    private final LoopState loop;
    private final LatencyBudget budget;
    private final Replay replay = new Replay();
    private final Tried tried = new Tried();
    private final RetryPlan plan = new RetryPlan();
    private final Pause pause = new Pause();
    private final Attempt first;
    /** The attempt beside the first of those that hedge; made once it is needed. */
    private @Nullable Attempt second;
    /** The one that answers, or is to. */
    private Attempt current;

    private Verdict.@Nullable Forward to;
    private @Nullable Endpoint lastReset;
    private long keyHash;
    private boolean safe;
    private boolean freeRetryLeft;
    private String lastWhy = "";

    Delivery(Exchange exchange, LoopState loop, LatencyBudget budget) {
        this.exchange = exchange;
        this.loop = loop;
        this.budget = budget;
        first = new Attempt(this, exchange, loop);
        current = first;
    }

    // ---- the request ----

    /**
     * Takes a request up; {@link #start} sends it.
     *
     * @param encoded its head, which is owned here from now on
     * @param mayRepeat whether it may be executed twice
     */
    void take(Verdict.Forward forward, ByteBuf encoded, long key, boolean mayRepeat) {
        to = forward;
        keyHash = key;
        safe = mayRepeat;
        freeRetryLeft = true;
        replay.hold(encoded, forward.retries().bodyBytes().toInt());
        ServiceGuard guard = forward.service().guard();
        long now = loop.worker().nowNs();
        guard.retries().requested(now);
        plan.begin(forward.retries(), safe, guard.retries());
    }

    void start() {
        Hedge hedge = service().settings().hedge().orElse(null);
        attempt();
        // Where nobody is left the exchange is over by now.
        if (hedge != null && current.under()) {
            awaitHedge(hedge);
        }
    }

    /** What carries the request now; null while nothing does. */
    @Nullable
    Upstream upstream() {
        return current.upstream();
    }

    /** The attempt that answers, or is to. */
    Attempt current() {
        return current;
    }

    /** The next {@code length} bytes of a buffer go by as part of the body. */
    void bodyPart(ByteBuf from, int length) {
        replay.bodyPart(from, length);
    }

    /** The head, which stays this one's. */
    ByteBuf head() {
        return replay.head();
    }

    /** Trailers go by, which are not held: the request cannot be sent again. */
    void trailersPassed() {
        replay.release();
    }

    Verdict.Forward forward() {
        if (to == null) {
            throw new AssertionError("an attempt goes somewhere");
        }
        return to;
    }

    ServiceView service() {
        return forward().service();
    }

    long keyHash() {
        return keyHash;
    }

    Tried tried() {
        return tried;
    }

    /** How long an attempt may take until its answer begins; null for as long as the service may. */
    @Nullable
    Duration attemptTimeout() {
        return forward().retries().attemptTimeout().orElse(null);
    }

    // ---- attempts ----

    private void attempt() {
        began(current.begin());
    }

    private void began(Attempt.Start how) {
        if (how != Attempt.Start.BEGUN) {
            nobodyLeft(how);
        }
    }

    /** Nobody is left to try: because the last one broke off, or because there was none to begin with. */
    private void nobodyLeft(Attempt.Start how) {
        if (lastReset != null && lastReset.available()) {
            exchange.deliveryFailed(Failure.RESET, lastReset, lastWhy);
        } else {
            exchange.nobodyLeft(how);
        }
    }

    void attemptBegins(Attempt begun) {
        exchange.decision().attempt(begun.pool().label(), begun.pool().metrics(), begun.startNs());
    }

    /** Others took its place on the connection that it waited for. */
    void attemptDisplaced(Attempt displaced) {
        Attempt.Start how = displaced.again();
        if (how != Attempt.Start.BEGUN && !otherUnder(displaced)) {
            nobodyLeft(how);
        }
    }

    /** There is what carries the request. */
    void attemptReady(Attempt ready, Upstream by) {
        long now = loop.worker().nowNs();
        ready.carriedBy(by);
        exchange.sending();
        by.begin(ready, service().settings(), exchange.shape());
        if (ready.equals(current)) {
            replay.writeTo(by, exchange.requestComplete(), budget, now);
        } else {
            replay.writeBeside(by, budget, now);
        }
        if (!by.equals(ready.upstream())) {
            // It refused at once, and this exchange may be another request's by now.
            return;
        }
        by.flush();
        if (exchange.requestComplete()) {
            by.requestComplete();
        } else {
            exchange.resumeReading();
        }
    }

    /** An attempt came to nothing, and has left its endpoint. */
    void attemptFailed(Attempt failed, Endpoint at, Failure failure, String why, boolean reused) {
        long now = loop.worker().nowNs();
        // The endpoint may be as well as ever: it closed a connection that had rested, or said that it did nothing.
        boolean free = freeRetryLeft && ((reused && failure == Failure.RESET) || failure == Failure.REFUSED);
        if (!free) {
            at.observeFailure(now, blamed(failure), failed.startNs());
        }
        if (failure == Failure.REFUSED) {
            exchange.notExecuted();
        }
        if (exchange.answering()) {
            exchange.answerBroken(failure);
            return;
        }
        if (otherUnder(failed)) {
            current = failed.equals(first) ? required(second) : first;
            tryNoMore(at);
            return;
        }
        lastReset = failure == Failure.RESET ? at : null;
        lastWhy = why;
        Cause cause = cause(failure);
        boolean repeats = cause == Cause.UNSENT || (cause == Cause.BROKEN && safe);
        if (free && repeats && service().guard().retries().tryRetry(now)) {
            freeRetryLeft = false;
            loop.recorder().retry(exchange.decision(), counted(cause));
            attempt();
        } else if (!again(cause, at, 0)) {
            exchange.deliveryFailed(failure, at, why);
        }
    }

    private static Endpoint.Failure blamed(Failure failure) {
        return switch (failure) {
            case TIMEOUT, OVERDUE -> Endpoint.Failure.TIMEOUT;
            case CONNECT, REFUSED, RESET, INVALID -> Endpoint.Failure.TRANSPORT;
        };
    }

    private Cause cause(Failure failure) {
        if (!replay.held()) {
            return Cause.COMMITTED;
        }
        return switch (failure) {
            case CONNECT, REFUSED -> Cause.UNSENT;
            case RESET -> exchange.requestComplete() ? Cause.BROKEN : Cause.COMMITTED;
            case OVERDUE -> exchange.requestComplete() ? Cause.TIMEOUT : Cause.COMMITTED;
            // It was given all the time that there is, or said something that nobody understands: once is enough.
            case TIMEOUT, INVALID -> Cause.COMMITTED;
        };
    }

    private static RetryCause counted(Cause cause) {
        return switch (cause) {
            case UNSENT -> RetryCause.UNSENT;
            case BROKEN, COMMITTED -> RetryCause.BROKEN;
            case TIMEOUT -> RetryCause.TIMEOUT;
            case STATUS -> RetryCause.STATUS;
            case GRPC_STATUS -> RetryCause.GRPC_STATUS;
        };
    }

    /** Makes another attempt, at once or after a pause, at another endpoint; false where there is to be none. */
    private boolean again(Cause cause, Endpoint failed, long retryAfterNs) {
        long now = loop.worker().nowNs();
        long wait = planned(cause, retryAfterNs, now);
        if (wait == RetryPlan.GIVE_UP) {
            return false;
        }
        tryNoMore(failed);
        loop.recorder().retry(exchange.decision(), counted(cause));
        if (wait == 0) {
            attempt();
        } else {
            exchange.pauseReading();
            loop.worker().setFine(pause, now + wait);
        }
        return true;
    }

    /** How long to wait before another attempt; {@link RetryPlan#GIVE_UP} where there is to be none, and then the record says why. */
    private long planned(Cause cause, long retryAfterNs, long nowNs) {
        long wait = plan.next(cause, retryAfterNs, budget.remainingNs(nowNs), nowNs, loop.random());
        if (wait == RetryPlan.GIVE_UP) {
            if (plan.why() == RetryPlan.Why.BUDGET_SPENT) {
                service().metrics().retryBudgetExhausted(loop.worker().index());
            }
            exchange.decision().noRetry(loop.reasons().of(plan.why().code()));
        }
        return wait;
    }

    private void tryNoMore(Endpoint failed) {
        if (tried.count() < Tried.CAPACITY) {
            tried.add(failed);
        }
    }

    // ---- the answer ----

    /**
     * The head of an answer came: whether it is the one that is passed on. Where it is, no other attempt is made; where it is not,
     * its attempt is over.
     */
    boolean takes(Attempt from, ResponseHead head, int callStatus, boolean last) {
        boolean failed = head.status() >= 500 || CallStatus.endpointFailed(callStatus);
        if (failed && otherUnder(from)) {
            Endpoint at = from.endpoint();
            from.answered(true);
            from.abandon();
            current = from.equals(first) ? required(second) : first;
            tryNoMore(at);
            return false;
        }
        if (repeats(from, head, callStatus, failed)) {
            return false;
        }
        settle(from);
        if (!failed && exchange.awaitsCallStatus(callStatus, last)) {
            from.answeredSoFar();
        } else {
            from.answered(failed);
        }
        replay.release();
        return true;
    }

    /** Whether another attempt is made in place of an answer whose status says that this may help. */
    private boolean repeats(Attempt from, ResponseHead head, int callStatus, boolean failed) {
        Retries retries = forward().retries();
        boolean byCall = callStatus > 0 && retries.grpcStatuses().contains(callStatus);
        boolean listed = byCall || (head.status() >= 400 && retries.statuses().contains(head.status()));
        if (!listed) {
            return false;
        }
        long now = loop.worker().nowNs();
        boolean possible = replay.held() && exchange.requestComplete();
        Cause cause = !possible ? Cause.COMMITTED : byCall ? Cause.GRPC_STATUS : Cause.STATUS;
        long wait = planned(cause, RetryAfter.of(head.fields(), System.currentTimeMillis()), now);
        if (wait == RetryPlan.GIVE_UP) {
            return false;
        }
        Endpoint at = from.endpoint();
        from.answered(failed);
        from.abandon();
        tryNoMore(at);
        if (allTried()) {
            // The one that asked for patience is better than none.
            tried.clear();
        }
        loop.recorder().retry(exchange.decision(), counted(cause));
        loop.worker().setFine(pause, now + wait);
        return true;
    }

    private boolean allTried() {
        for (Endpoint each : service().endpoints()) {
            if (each.available() && !tried.contains(each)) {
                return false;
            }
        }
        return true;
    }

    /** This attempt answers: what else was tried is over. */
    private void settle(Attempt from) {
        stopPause();
        Attempt other = other(from);
        if (other != null && other.under()) {
            other.outrun();
            if (from.equals(second)) {
                service().metrics().hedgeWon(loop.worker().index());
            }
            exchange.decision().settled(from.pool().label(), from.pool().metrics(), from.startNs());
        }
        current = from;
    }

    /** What a call of gRPC came to, which its endpoint says last. */
    void callEnded(int callStatus) {
        current.answered(CallStatus.endpointFailed(callStatus));
    }

    // ---- hedging ----

    private void awaitHedge(Hedge hedge) {
        ServiceGuard guard = service().guard();
        long now = loop.worker().nowNs();
        guard.hedges().requested(now);
        long delay = guard.hedgeDelayNs(hedge, now);
        if (safe && delay >= 0) {
            loop.worker().setFine(pause, now + delay);
        }
    }

    /** Sends the request to another endpoint as well, if all of it is here by now. */
    private void hedge() {
        long now = loop.worker().nowNs();
        if (exchange.answering()
                || !replay.held()
                || !exchange.requestComplete()
                || !service().guard().hedges().tryRetry(now)) {
            return;
        }
        tryNoMore(current.endpoint());
        if (second == null) {
            second = new Attempt(this, exchange, loop);
        }
        Attempt beside = current.equals(first) ? second : first;
        if (beside.begin() == Attempt.Start.BEGUN) {
            exchange.decision().hedged();
            service().metrics().hedged(loop.worker().index());
        }
    }

    private @Nullable Attempt other(Attempt one) {
        return one.equals(first) ? second : first;
    }

    private boolean otherUnder(Attempt one) {
        Attempt other = other(one);
        return other != null && other.under();
    }

    /** A pause is over: before the next attempt, or before one beside the first. */
    private final class Pause extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (to == null) {
                return;
            }
            loop.worker().beginEvent();
            if (current.under()) {
                hedge();
            } else {
                attempt();
            }
        }
    }

    private void stopPause() {
        if (pause.isSet()) {
            loop.worker().clearFine(pause);
        }
    }

    // ---- the end ----

    /** Gives all attempts up, without a word to the exchange. */
    void abandon() {
        stopPause();
        first.abandon();
        if (second != null) {
            second.abandon();
        }
    }

    /** The time of the request is up: gives all attempts up, and answers whether there was one. */
    boolean outOfTime() {
        boolean under = current.under();
        stopPause();
        for (Attempt each : new Attempt[] {first, second}) {
            if (each != null && each.under() && !exchange.answering()) {
                each.outrun();
            }
        }
        abandon();
        return under;
    }

    /** The client went away before an answer began: how long it waited tells something of the endpoint all the same. */
    void gaveUp() {
        long now = loop.worker().nowNs();
        for (Attempt each : new Attempt[] {first, second}) {
            if (each != null && each.under()) {
                each.endpoint().gaveUp(now - each.startNs(), now);
            }
        }
        abandon();
    }

    /** The exchange is over. */
    void end() {
        stopPause();
        replay.release();
        tried.clear();
        to = null;
        lastReset = null;
        current = first;
    }

    private static Attempt required(@Nullable Attempt attempt) {
        if (attempt == null) {
            throw new AssertionError("an attempt that is under way was made");
        }
        return attempt;
    }
}
