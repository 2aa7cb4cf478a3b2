package dev.parley.simulation.parley;

import dev.parley.model.Criticality;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.simulation.world.Actor;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Requester;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.Timeline;
import org.jspecify.annotations.Nullable;

/** The story of a request in one Parley: what {@code exchange/Exchange} does, with virtual time and no bytes. */
final class ProxiedCall implements Entrance.Underway, Actor {
    private static final int BUDGET_SPENT = 1;

    private final SimulatedService service;
    private final Agenda agenda;
    private final Tried tried = new Tried();
    private final Attempt first = new Attempt();

    private @Nullable FastRandom loop;
    private @Nullable Timeline attempts;
    private @Nullable Requester requester;
    private int requesterTicket;
    private Criticality criticality = Criticality.CRITICAL;
    private long key;
    private long deadlineNs;
    private int ticket;

    ProxiedCall(SimulatedService service) {
        this.service = service;
        this.agenda = service.around().agenda();
    }

    void begin(
            FastRandom onLoop,
            Timeline counts,
            Criticality critical,
            long hashedBy,
            long remainingNs,
            Requester from,
            int fromTicket,
            long nowNs) {
        loop = onLoop;
        attempts = counts;
        criticality = critical;
        key = hashedBy;
        requester = from;
        requesterTicket = fromTicket;
        tried.clear();
        long budgetNs = service.route().budget().map(time -> time.toNanos()).orElse(Long.MAX_VALUE);
        long leftNs = Math.min(budgetNs, remainingNs);
        deadlineNs = leftNs == Entrance.NO_BUDGET ? Long.MAX_VALUE : nowNs + leftNs;
        if (leftNs != Entrance.NO_BUDGET) {
            agenda.after(leftNs, this, BUDGET_SPENT, ticket);
        }
        attempt(nowNs);
    }

    private void attempt(long nowNs) {
        Endpoint picked = service.balancer().pick(key, nowNs, random(), tried);
        if (picked == null) {
            answer(Requester.Reply.UNAVAILABLE, nowNs);
            return;
        }
        first.send(picked, nowNs);
    }

    private void answered(Attempt attempt, Requester.Reply reply, long nowNs) {
        Endpoint endpoint = attempt.endpoint();
        switch (reply) {
            case OK -> endpoint.observe(nowNs - attempt.sentNs, nowNs);
            case ERROR, UNAVAILABLE -> endpoint.observeFailure(nowNs, Endpoint.Failure.ANSWER);
            case RESET -> endpoint.observeFailure(nowNs, Endpoint.Failure.TRANSPORT);
            case REFUSED -> {
                service.connectFailed(endpoint, "connection refused", nowNs);
                endpoint.observeFailure(nowNs, Endpoint.Failure.TRANSPORT);
            }
        }
        attempt.leave();
        answer(reply, nowNs);
    }

    /** The time of an attempt is over, and there was no answer. */
    private void timedOut(Attempt attempt, long nowNs) {
        attempt.endpoint().observeFailure(nowNs, Endpoint.Failure.TIMEOUT);
        attempt.leave();
        answer(Requester.Reply.UNAVAILABLE, nowNs);
    }

    @Override
    public void act(int what, int actTicket, long nowNs) {
        if (actTicket == ticket && what == BUDGET_SPENT) {
            if (first.underway()) {
                first.endpoint().observeFailure(nowNs, Endpoint.Failure.TIMEOUT);
                first.leave();
            }
            answer(Requester.Reply.UNAVAILABLE, nowNs);
        }
    }

    @Override
    public void giveUp(Requester from, int fromTicket, long nowNs) {
        if (requester == from && requesterTicket == fromTicket) {
            if (first.underway()) {
                first.leave();
            }
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
        ticket++;
        requester = null;
        attempts = null;
        service.over(this);
    }

    private FastRandom random() {
        FastRandom random = loop;
        if (random == null) {
            throw new IllegalStateException("The call has not begun.");
        }
        return random;
    }

    /** One attempt at an endpoint. */
    private final class Attempt implements Actor, Requester {
        private static final int ARRIVES = 1;
        private static final int RETURNS = 2;
        private static final int TIMES_OUT = 3;

        private @Nullable Endpoint endpoint;
        private @Nullable Server server;
        private Reply reply = Reply.OK;
        private long sentNs;
        private int ticket;

        void send(Endpoint to, long nowNs) {
            endpoint = to;
            server = service.serverOf(to);
            sentNs = nowNs;
            to.begin();
            tried.add(to);
            if (attempts != null) {
                attempts.attempted(nowNs);
            }
            agenda.after(service.delayNs(server, random()), this, ARRIVES, ticket);
            long timeoutNs = service.settings().timeouts().response().toNanos();
            if (nowNs + timeoutNs < deadlineNs) {
                agenda.after(timeoutNs, this, TIMES_OUT, ticket);
            }
        }

        boolean underway() {
            return endpoint != null;
        }

        Endpoint endpoint() {
            Endpoint at = endpoint;
            if (at == null) {
                throw new IllegalStateException("Nothing is under way.");
            }
            return at;
        }

        void leave() {
            endpoint().end();
            endpoint = null;
            server = null;
            ticket++;
        }

        @Override
        public void act(int what, int actTicket, long nowNs) {
            Server at = server;
            if (actTicket != ticket || at == null) {
                return;
            }
            switch (what) {
                case ARRIVES -> at.receive(this, ticket, deadlineNs, nowNs);
                case RETURNS -> answered(this, reply, nowNs);
                default -> timedOut(this, nowNs);
            }
        }

        @Override
        public void ended(int endedTicket, Reply with, long nowNs) {
            Server at = server;
            if (endedTicket == ticket && at != null) {
                reply = with;
                agenda.after(service.delayNs(at, random()), this, RETURNS, ticket);
            }
        }
    }
}
