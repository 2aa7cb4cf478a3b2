package dev.parley.simulation.parley;

import dev.parley.model.Criticality;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.resilience.Permit;
import dev.parley.proxy.resilience.Refusal;
import dev.parley.proxy.resilience.RetryPlan;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.simulation.world.Actor;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Requester;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The story of a request in one Parley, with the product's decisions in the order in which {@code exchange/Exchange}, its Gate
 * and its Delivery ask for them: admit, pick, send, classify, retry or answer. Every request is safe to be sent twice, as a GET is.
 *
 * <p>Connections are there: nothing is spent on making them, and one that cannot be made is known after a round trip.
 */
final class ProxiedCall implements Entrance.Underway, Actor {
    private static final int BUDGET_SPENT = 1;
    private static final int PAUSE_OVER = 2;
    private static final int HEDGE = 3;
    private static final int USUAL_PERCENT = 90;

    private final SimulatedService service;
    private final Agenda agenda;
    private final Tried tried = new Tried();
    private final Permit permit = new Permit();
    private final RetryPlan plan = new RetryPlan();
    private final Attempt first;
    private final Attempt second;

    private FastRandom loop = new FastRandom(0);
    private @Nullable Timeline attempts;
    private @Nullable Requester requester;
    private int requesterTicket;
    private long key;
    private long beganNs;
    private long deadlineNs;
    private int ticket;

    ProxiedCall(SimulatedService service) {
        this.service = service;
        this.agenda = service.around().agenda();
        this.first = new Attempt(this, agenda);
        this.second = new Attempt(this, agenda);
    }

    /** Takes a request up. {@code counts} is told of each attempt. */
    void begin(
            FastRandom onLoop,
            Timeline counts,
            Criticality criticality,
            long hashedBy,
            long remainingNs,
            Requester from,
            int fromTicket,
            long nowNs) {
        loop = onLoop;
        attempts = counts;
        key = hashedBy;
        requester = from;
        requesterTicket = fromTicket;
        beganNs = nowNs;
        tried.clear();
        long leftNs = Math.min(service.budgetNs(), remainingNs);
        deadlineNs = leftNs == Entrance.NO_BUDGET ? Long.MAX_VALUE : nowNs + leftNs;
        Refusal refusal = service.guard().admit(permit, criticality, leftNs, nowNs);
        if (refusal != Refusal.NONE) {
            service.refused(refusal);
            answer(Requester.Reply.UNAVAILABLE, nowNs);
            return;
        }
        if (leftNs != Entrance.NO_BUDGET) {
            agenda.after(leftNs, this, BUDGET_SPENT, ticket);
        }
        plan.begin(service.retries(), true, service.guard().retries());
        service.guard().retries().requested(nowNs);
        attempt(nowNs);
        if (requester != null) {
            planHedge(nowNs);
        }
    }

    private void attempt(long nowNs) {
        if (!begin(first, nowNs)) {
            failed(Requester.Reply.UNAVAILABLE, nowNs);
        }
    }

    /** Picks an endpoint that was not tried and takes the call; false where none is left. */
    private boolean begin(Attempt attempt, long nowNs) {
        while (true) {
            Endpoint picked = service.balancer().pick(key, nowNs, loop, tried);
            if (picked == null || tried.count() == Tried.CAPACITY) {
                return false;
            }
            tried.add(picked);
            if (attempt.send(picked, nowNs)) {
                return true;
            }
        }
    }

    private void planHedge(long nowNs) {
        service.settings().hedge().ifPresent(hedge -> {
            service.guard().hedges().requested(nowNs);
            long delayNs = service.guard().hedgeDelayNs(hedge, nowNs);
            if (delayNs >= 0) {
                agenda.after(delayNs, this, HEDGE, ticket);
            }
        });
    }

    private void hedge(long nowNs) {
        if (!first.underway() || second.underway()) {
            return;
        }
        if (service.guard().hedges().tryRetry(nowNs)) {
            begin(second, nowNs);
        }
    }

    // ---- called by attempts ----

    FastRandom loop() {
        return loop;
    }

    SimulatedService service() {
        return service;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    /** How long an attempt may take until its answer, in nanoseconds. */
    long attemptTimeoutNs() {
        Duration most = service.settings().timeouts().response();
        return Math.min(
                most.toNanos(), service.retries().attemptTimeout().orElse(most).toNanos());
    }

    void attemptBegins(long nowNs) {
        Timeline counts = attempts;
        if (counts != null) {
            counts.attempted(nowNs);
        }
    }

    /** An answer came back. The attempt is over. */
    void answered(Endpoint at, Requester.Reply reply, long latencyNs, long nowNs) {
        switch (reply) {
            case OK -> {
                at.observe(latencyNs, nowNs);
                first.outrun(nowNs);
                second.outrun(nowNs);
                service.guard().answered(permit, false, nowNs - beganNs, nowNs);
                answer(Requester.Reply.OK, nowNs);
            }
            case ERROR, UNAVAILABLE -> {
                at.observeFailure(nowNs, Endpoint.Failure.ANSWER, nowNs - latencyNs);
                int status = reply == Requester.Reply.ERROR ? 500 : 503;
                if (service.retries().statuses().contains(status)) {
                    tryAgain(RetryPlan.Cause.STATUS, reply, nowNs);
                } else {
                    failed(reply, nowNs);
                }
            }
            case RESET -> {
                at.observeFailure(nowNs, Endpoint.Failure.TRANSPORT, nowNs - latencyNs);
                tryAgain(RetryPlan.Cause.BROKEN, Requester.Reply.UNAVAILABLE, nowNs);
            }
            case REFUSED -> {
                service.connectFailed(at, "connection refused", nowNs);
                at.observeFailure(nowNs, Endpoint.Failure.TRANSPORT, nowNs - latencyNs);
                tryAgain(RetryPlan.Cause.UNSENT, Requester.Reply.UNAVAILABLE, nowNs);
            }
        }
    }

    /** No answer came in time. The attempt is over. */
    void attemptTimedOut(Endpoint at, long latencyNs, long nowNs) {
        at.observeFailure(nowNs, Endpoint.Failure.TIMEOUT, nowNs - latencyNs);
        tryAgain(RetryPlan.Cause.TIMEOUT, Requester.Reply.UNAVAILABLE, nowNs);
    }

    private void tryAgain(RetryPlan.Cause cause, Requester.Reply otherwise, long nowNs) {
        if (first.underway() || second.underway()) {
            // The other one of the two may still answer.
            return;
        }
        long remainingNs = deadlineNs == Long.MAX_VALUE ? Long.MAX_VALUE : deadlineNs - nowNs;
        long waitNs = plan.next(cause, 0, remainingNs, nowNs, loop);
        if (waitNs == RetryPlan.GIVE_UP) {
            failed(otherwise, nowNs);
        } else if (waitNs == 0) {
            attempt(nowNs);
        } else {
            agenda.after(waitNs, this, PAUSE_OVER, ticket);
        }
    }

    private void failed(Requester.Reply reply, long nowNs) {
        service.guard().answered(permit, true, nowNs - beganNs, nowNs);
        answer(reply, nowNs);
    }

    // ---- time, and the ends ----

    @Override
    public void act(int what, int actTicket, long nowNs) {
        if (actTicket != ticket) {
            return;
        }
        switch (what) {
            case BUDGET_SPENT -> budgetSpent(nowNs);
            case PAUSE_OVER -> attempt(nowNs);
            default -> hedge(nowNs);
        }
    }

    private void budgetSpent(long nowNs) {
        for (Attempt each : List.of(first, second)) {
            if (each.underway()) {
                // At least so long; whether it would ever have answered nobody knows.
                each.endpoint().observeLatency(nowNs - each.sentNs(), nowNs);
            }
        }
        // As in exchange/Gate: who is in more of a hurry than nine of ten calls need says nothing of the service.
        long usualNs = service.guard().quantiles().quantileNs(USUAL_PERCENT, nowNs);
        if (usualNs >= 0 && deadlineNs - beganNs < usualNs) {
            service.guard().abandoned(permit);
            answer(Requester.Reply.UNAVAILABLE, nowNs);
        } else {
            failed(Requester.Reply.UNAVAILABLE, nowNs);
        }
    }

    @Override
    public void giveUp(Requester from, int fromTicket, long nowNs) {
        if (requester == from && requesterTicket == fromTicket) {
            first.outrun(nowNs);
            second.outrun(nowNs);
            over();
        }
    }

    private void answer(Requester.Reply reply, long nowNs) {
        Requester to = requester;
        int toTicket = requesterTicket;
        over();
        if (to != null) {
            to.ended(toTicket, reply, nowNs);
        }
    }

    private void over() {
        first.abandon();
        second.abandon();
        service.guard().over(permit);
        ticket++;
        requester = null;
        attempts = null;
        service.over(this);
    }
}
