package dev.parley.simulation.parley;

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
    private Reply reply = Reply.OK;
    private long sentNs;
    private int ticket;

    Attempt(ProxiedCall call, Agenda agenda) {
        this.call = call;
        this.agenda = agenda;
    }

    void send(Endpoint to, long nowNs) {
        Server at = call.service().serverOf(to);
        endpoint = to;
        server = at;
        sentNs = nowNs;
        to.begin();
        call.attemptBegins(to, nowNs);
        agenda.after(call.service().delayNs(at, call.loop()), this, ARRIVES, ticket);
        long timeoutNs = call.attemptTimeoutNs();
        if (nowNs + timeoutNs < call.deadlineNs()) {
            agenda.after(timeoutNs, this, TIMES_OUT, ticket);
        }
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

    private Endpoint leave() {
        Endpoint left = endpoint();
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
            case RETURNS -> call.answered(leave(), reply, nowNs - sentNs, nowNs);
            default -> call.attemptTimedOut(leave(), nowNs - sentNs, nowNs);
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
