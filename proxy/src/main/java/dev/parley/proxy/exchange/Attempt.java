package dev.parley.proxy.exchange;

import dev.parley.model.Service;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.upstream.Connecting;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One try of an exchange at an endpoint: the place that it takes there, the connection or the wait for one, and what carries
 * the request. An exchange has one at a time, or two while it hedges; each is used again for the next try.
 */
final class Attempt implements UpstreamOwner, Connecting.Waiter {
    /** How often a request may find that others have taken the last place on the connection that it waited for. */
    private static final int MOST_PLACES = 4;

    /** What came of looking for an endpoint. */
    enum Start {
        /** It is under way. */
        BEGUN,
        /** No endpoint is left that could be tried. */
        NOBODY,
        /** There are endpoints, and each has as much under way as it may. */
        ALL_FULL,
        /** There are endpoints, and the breaker of the last that was looked at is open. */
        ALL_OPEN,
        /** As many requests of the service wait for a connection as may. */
        PENDING_FULL
    }

    private final Delivery delivery;
    private final Exchange exchange;
    private final LoopState loop;
    private final Overdue overdue = new Overdue();
    private @Nullable Endpoint endpoint;
    private @Nullable ConnectionPool pool;
    private @Nullable Connecting connecting;
    private @Nullable Upstream upstream;
    private @Nullable CircuitBreaker breaker;
    private long ticket;
    private @Nullable ServiceGuard waitingAt;
    private int placesLeft;
    private long startNs;
    /** Its latency was told, and whether it did well will be told at its end. */
    private boolean answeredSoFar;

    Attempt(Delivery delivery, Exchange exchange, LoopState loop) {
        this.delivery = delivery;
        this.exchange = exchange;
        this.loop = loop;
    }

    // ---- the endpoint ----

    /** Picks an endpoint that was not tried, and goes there; those that take no more are added to what was tried. */
    Start begin() {
        placesLeft = MOST_PLACES;
        return again();
    }

    /** The same, with what is left of the times that a place may be taken by others. */
    Start again() {
        Start why = Start.NOBODY;
        Tried tried = delivery.tried();
        startNs = loop.worker().nowNs();
        while (true) {
            Endpoint picked = delivery.service().balancer().pick(delivery.keyHash(), startNs, loop.random(), tried);
            if (picked == null || tried.count() == Tried.CAPACITY) {
                return why;
            }
            Start how = go(picked);
            if (how == Start.BEGUN || how == Start.PENDING_FULL) {
                return how;
            }
            why = how;
            tried.add(picked);
        }
    }

    private Start go(Endpoint to) {
        Service settings = delivery.service().settings();
        CircuitBreaker own = to.breaker();
        if (to.inFlight() >= settings.breaker().inFlightPerEndpoint()) {
            return Start.ALL_FULL;
        }
        long call = own == null ? 0 : own.tryCall(startNs);
        if (call == CircuitBreaker.REFUSED) {
            return Start.ALL_OPEN;
        }
        Start how = reach(to, own, call, settings);
        if (how != Start.BEGUN && own != null) {
            own.abandoned(call);
        }
        return how;
    }

    private Start reach(Endpoint to, @Nullable CircuitBreaker own, long call, Service settings) {
        ConnectionPool at = loop.pools().of(to);
        Upstream idle = at.take(settings);
        if (idle != null) {
            occupy(to, at, own, call);
            delivery.attemptReady(this, idle);
            return Start.BEGUN;
        }
        ServiceGuard guard = delivery.service().guard();
        if (!guard.tryWait()) {
            return Start.PENDING_FULL;
        }
        Connecting joined = at.join(settings, this);
        boolean opens = joined == null && to.tryOpen(settings.connectionsPerEndpoint());
        if (joined == null && !opens) {
            guard.waited();
            return Start.ALL_FULL;
        }
        waitingAt = guard;
        occupy(to, at, own, call);
        exchange.pauseReading();
        connecting = opens ? at.connect(settings, exchange.origin(), exchange.decision(), this) : joined;
        return Start.BEGUN;
    }

    private void occupy(Endpoint to, ConnectionPool at, @Nullable CircuitBreaker own, long call) {
        endpoint = to;
        pool = at;
        breaker = own;
        ticket = call;
        to.begin();
        delivery.attemptBegins(this);
        Duration most = delivery.attemptTimeout();
        if (most != null) {
            loop.worker().setFine(overdue, startNs + most.toNanos());
        }
    }

    private void waited() {
        connecting = null;
        if (waitingAt != null) {
            waitingAt.waited();
            waitingAt = null;
        }
    }

    private void leave() {
        inTime();
        answeredSoFar = false;
        if (breaker != null) {
            breaker.abandoned(ticket);
            breaker = null;
        }
        if (endpoint != null) {
            endpoint.end();
            endpoint = null;
        }
    }

    private void inTime() {
        if (overdue.isSet()) {
            loop.worker().clearFine(overdue);
        }
    }

    private void judge(boolean failed, long nowNs) {
        if (breaker != null) {
            breaker.ended(ticket, failed, nowNs - startNs, nowNs);
            breaker = null;
        }
    }

    // ---- what it is ----

    boolean under() {
        return endpoint != null;
    }

    Endpoint endpoint() {
        return required(endpoint, "an attempt that is under way has an endpoint");
    }

    ConnectionPool pool() {
        return required(pool, "an attempt that is under way has a pool");
    }

    /** When it began, on the clock of the loop. */
    long startNs() {
        return startNs;
    }

    @Nullable
    Upstream upstream() {
        return upstream;
    }

    /** What carries the request, from now on. */
    void carriedBy(Upstream by) {
        upstream = by;
    }

    // ---- what came of it ----

    /** The answer began, and what it says of the endpoint is known. */
    void answered(boolean failed) {
        long now = loop.worker().nowNs();
        if (failed) {
            endpoint().observeFailure(now, Endpoint.Failure.ANSWER, startNs);
        } else if (answeredSoFar) {
            endpoint().succeeded(now, startNs);
        } else {
            endpoint().observe(now - startNs, now);
        }
        answeredSoFar = false;
        inTime();
        judge(failed, now);
    }

    /** The answer began, and its end will say what to think of the endpoint. */
    void answeredSoFar() {
        long now = loop.worker().nowNs();
        endpoint().observeLatency(now - startNs, now);
        answeredSoFar = true;
        inTime();
        judge(false, now);
    }

    /** Another attempt answered first: this one takes at least as long as it has taken. */
    void outrun() {
        long now = loop.worker().nowNs();
        endpoint().gaveUp(now - startNs, now);
        abandon();
    }

    // ---- its ends ----

    /** Gives it up without a word to the exchange. */
    void abandon() {
        if (connecting != null) {
            connecting.abandon();
            waited();
        }
        if (upstream != null) {
            Upstream given = upstream;
            upstream = null;
            given.abandon();
        }
        leave();
    }

    /** What carried the request is no longer its own: the answer is whole, or a tunnel has it. */
    void over() {
        upstream = null;
        leave();
    }

    private void fail(Failure failure, String why, boolean reused) {
        Endpoint failed = endpoint();
        if (failure != Failure.REFUSED) {
            judge(true, loop.worker().nowNs());
        }
        leave();
        delivery.attemptFailed(this, failed, failure, why, reused);
    }

    private final class Overdue extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (endpoint == null) {
                return;
            }
            Endpoint late = endpoint();
            judge(true, loop.worker().beginEvent());
            abandon();
            delivery.attemptFailed(
                    Attempt.this, late, Failure.OVERDUE, "no answer within retries.attempt_timeout", false);
        }
    }

    // ---- the connection ----

    @Override
    public void placeTaken() {
        waited();
        if (placesLeft > 0) {
            placesLeft--;
            leave();
            delivery.attemptDisplaced(this);
        } else {
            fail(Failure.CONNECT, "it takes no further stream on a new connection", false);
        }
    }

    @Override
    public void connected(Upstream made) {
        waited();
        exchange.decision().connected(loop.worker().nowNs());
        delivery.attemptReady(this, made);
    }

    @Override
    public void connectFailed(String why) {
        waited();
        loop.connectFailures().connectFailed(endpoint(), why);
        fail(Failure.CONNECT, why, false);
    }

    // ---- what carries the request says ----

    @Override
    public void upstreamFailed(Failure failure, String why) {
        Upstream failed = upstream;
        upstream = null;
        fail(failure, why, failed != null && failed.reused());
    }

    /** Gives it up for what the endpoint did. */
    void reject(String why) {
        Upstream bad = upstream;
        upstream = null;
        if (bad != null) {
            bad.abandon();
        }
        fail(Failure.INVALID, why, false);
    }

    @Override
    public void upstreamWritable() {
        exchange.resumeReading();
    }

    @Override
    public boolean takesChunks() {
        return exchange.takesAnswerChunks();
    }

    @Override
    public void informational(ResponseHead head) {
        exchange.informational(this, head);
    }

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {
        exchange.answerHead(this, head, last, bare);
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        exchange.answerBody(from, length, last);
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        exchange.answerTrailers(fields);
    }

    @Override
    public void answerTurnEnded() {
        exchange.answerTurnEnded();
    }

    @Override
    public void answerComplete() {
        exchange.answerComplete(this);
    }

    @Override
    public void upgraded(ResponseHead head) {
        exchange.upgraded(this, head);
    }

    private static <T> T required(@Nullable T value, String invariant) {
        if (value == null) {
            throw new AssertionError(invariant);
        }
        return value;
    }
}
