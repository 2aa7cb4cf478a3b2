package dev.parley.simulation.parley;

import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.simulation.world.Actor;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Requester;
import dev.parley.simulation.world.Server;
import org.jspecify.annotations.Nullable;

/** One try of a call at an endpoint: the way there, the wait, the way back. Used again for the next. */
final class Attempt implements Actor, Requester {
    private static final int ARRIVES = 1;
    private static final int RETURNS = 2;
    private static final int TIMES_OUT = 3;

    private final ProxiedCall call;
    private final Agenda agenda;
    private @Nullable Endpoint endpoint;
    private @Nullable Server server;
    private @Nullable CircuitBreaker breaker;
    private long breakerTicket;
    private Reply reply = Reply.OK;
    private long sentNs;
    private int ticket;

    Attempt(ProxiedCall call, Agenda agenda) {
        this.call = call;
        this.agenda = agenda;
    }

    /** Goes there; false where the endpoint has as much as it may, or its own breaker is open. */
    boolean send(Endpoint to, long nowNs) {
        CircuitBreaker own = to.breaker();
        if (to.inFlight() >= call.service().settings().breaker().inFlightPerEndpoint()) {
            return false;
        }
        breakerTicket = own == null ? 0 : own.tryCall(nowNs);
        if (breakerTicket == CircuitBreaker.REFUSED) {
            return false;
        }
        breaker = own;
        Server at = call.service().serverOf(to);
        endpoint = to;
        server = at;
        sentNs = nowNs;
        to.begin();
        call.attemptBegins(nowNs);
        agenda.after(call.service().delayNs(at, call.loop()), this, ARRIVES, ticket);
        long timeoutNs = call.attemptTimeoutNs();
        if (nowNs + timeoutNs < call.deadlineNs()) {
            agenda.after(timeoutNs, this, TIMES_OUT, ticket);
        }
        return true;
    }

    boolean underway() {
        return endpoint != null;
    }

    /** Where it is under way. */
    Endpoint endpoint() {
        Endpoint at = endpoint;
        if (at == null) {
            throw new IllegalStateException("Nothing is under way.");
        }
        return at;
    }

    long sentNs() {
        return sentNs;
    }

    /** Is over, if it is under way; the server is not told. */
    void abandon() {
        if (endpoint != null) {
            leave();
        }
    }

    /** Another answered first, or its client went away: it takes at least as long as it has taken. */
    void outrun(long nowNs) {
        if (endpoint != null) {
            endpoint.gaveUp(nowNs - sentNs, nowNs);
            leave();
        }
    }

    private Endpoint leave() {
        Endpoint left = endpoint();
        if (breaker != null) {
            breaker.abandoned(breakerTicket);
            breaker = null;
        }
        left.end();
        endpoint = null;
        server = null;
        ticket++;
        return left;
    }

    @Override
    public void act(int what, int actTicket, long nowNs) {
        Server at = server;
        if (actTicket != ticket || at == null) {
            return;
        }
        switch (what) {
            case ARRIVES -> at.receive(this, ticket, call.deadlineNs(), nowNs);
            case RETURNS -> {
                judge(reply != Reply.OK, nowNs);
                call.answered(leave(), reply, nowNs - sentNs, nowNs);
            }
            default -> {
                judge(true, nowNs);
                call.attemptTimedOut(leave(), nowNs - sentNs, nowNs);
            }
        }
    }

    private void judge(boolean failed, long nowNs) {
        if (breaker != null) {
            breaker.ended(breakerTicket, failed, nowNs - sentNs, nowNs);
            breaker = null;
        }
    }

    @Override
    public void ended(int endedTicket, Reply with, long nowNs) {
        Server at = server;
        if (endedTicket == ticket && at != null) {
            reply = with;
            agenda.after(call.service().delayNs(at, call.loop()), this, RETURNS, ticket);
        }
    }
}
