package dev.parley.proxy.exchange;

import dev.parley.model.Service;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.snapshot.ServiceView;
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
        ALL_FULL
    }

    private final Exchange exchange;
    private final LoopState loop;
    private final Overdue overdue = new Overdue();
    private @Nullable Endpoint endpoint;
    private @Nullable ConnectionPool pool;
    private @Nullable Connecting connecting;
    private @Nullable Upstream upstream;
    private int placesLeft;
    private long startNs;

    Attempt(Exchange exchange, LoopState loop) {
        this.exchange = exchange;
        this.loop = loop;
    }

    // ---- the endpoint ----

    /** Picks an endpoint that was not tried, and goes there; those that are full are added to {@code tried}. */
    Start begin(ServiceView to, long keyHash, Tried tried) {
        placesLeft = MOST_PLACES;
        return pick(to, keyHash, tried);
    }

    private Start pick(ServiceView to, long keyHash, Tried tried) {
        Service settings = to.settings();
        boolean full = false;
        startNs = loop.worker().nowNs();
        while (true) {
            Endpoint picked = to.balancer().pick(keyHash, startNs, loop.random(), tried);
            if (picked == null || tried.count() == Tried.CAPACITY) {
                return full ? Start.ALL_FULL : Start.NOBODY;
            }
            ConnectionPool at = loop.pools().of(picked);
            Upstream idle = at.take(settings);
            if (idle != null) {
                occupy(picked, at);
                exchange.attemptReady(this, idle);
                return Start.BEGUN;
            }
            Connecting joined = at.join(settings, this);
            if (joined != null) {
                occupy(picked, at);
                exchange.attemptWaits(this);
                connecting = joined;
                return Start.BEGUN;
            }
            if (picked.tryOpen(settings.connectionsPerEndpoint())) {
                occupy(picked, at);
                exchange.attemptWaits(this);
                connecting = at.connect(settings, exchange.origin(), exchange.decision(), this);
                return Start.BEGUN;
            }
            tried.add(picked);
            full = true;
        }
    }

    private void occupy(Endpoint picked, ConnectionPool at) {
        endpoint = picked;
        pool = at;
        picked.begin();
        exchange.attemptBegins(this);
        Duration most = exchange.attemptTimeout();
        if (most != null) {
            loop.worker().setFine(overdue, startNs + most.toNanos());
        }
    }

    private void leave() {
        if (overdue.isSet()) {
            loop.worker().clearFine(overdue);
        }
        if (endpoint != null) {
            endpoint.end();
            endpoint = null;
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

    /** The answer begins: it has come in time. */
    void answered() {
        if (overdue.isSet()) {
            loop.worker().clearFine(overdue);
        }
    }

    // ---- its ends ----

    /** Gives it up without a word to the exchange. */
    void abandon() {
        if (connecting != null) {
            connecting.abandon();
            connecting = null;
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
        leave();
        exchange.attemptFailed(this, failed, failure, why, reused);
    }

    private final class Overdue extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (endpoint == null) {
                return;
            }
            loop.worker().beginEvent();
            Endpoint late = endpoint();
            abandon();
            exchange.attemptFailed(
                    Attempt.this, late, Failure.TIMEOUT, "no answer within retries.attempt_timeout", false);
        }
    }

    // ---- the connection ----

    @Override
    public void placeTaken() {
        connecting = null;
        if (placesLeft > 0) {
            placesLeft--;
            leave();
            exchange.attemptDisplaced(this);
        } else {
            fail(Failure.CONNECT, "it takes no further stream on a new connection", false);
        }
    }

    /** Once more, with what is left of the times that a place may be taken by others. */
    Start again(ServiceView to, long keyHash, Tried tried) {
        return pick(to, keyHash, tried);
    }

    @Override
    public void connected(Upstream made) {
        connecting = null;
        exchange.decision().connected(loop.worker().nowNs());
        exchange.attemptReady(this, made);
    }

    @Override
    public void connectFailed(String why) {
        connecting = null;
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
        exchange.upstreamWritable();
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
