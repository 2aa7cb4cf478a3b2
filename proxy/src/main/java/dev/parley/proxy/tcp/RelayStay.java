package dev.parley.proxy.tcp;

import dev.parley.proxy.upstream.ConnectionPool;
import java.util.concurrent.TimeUnit;

/** A relay as one of the things that last at an endpoint: how it is moved on. */
public final class RelayStay implements ConnectionPool.Lasting {
    /** A connection on which nothing passed for so long is between two exchanges, as far as can be told. */
    private static final long AT_REST_NS = TimeUnit.SECONDS.toNanos(1);

    private final Relay relay;
    private final ConnectionPool pool;
    private final long sinceNs;

    private RelayStay(Relay relay, ConnectionPool pool, long sinceNs) {
        this.relay = relay;
        this.pool = pool;
        this.sinceNs = sinceNs;
    }

    /** The relay is at the endpoint of {@code pool} from now on, until {@link #end}. */
    public static RelayStay begin(Relay relay, ConnectionPool pool, long nowNs) {
        RelayStay stay = new RelayStay(relay, pool, nowNs);
        pool.began(stay);
        return stay;
    }

    /** The relay is over. */
    public void end() {
        pool.ended(this);
    }

    @Override
    public long sinceNs() {
        return sinceNs;
    }

    @Override
    public boolean rests(long nowNs) {
        return relay.rested(nowNs, AT_REST_NS);
    }

    @Override
    public boolean invites() {
        return relay.webSocket();
    }

    /** The client finds its connection ended, a WebSocket by Close 1001, and makes another. */
    @Override
    public void move() {
        relay.leave();
    }

    /** The pool closes the connection to the endpoint, and the client's follows. */
    @Override
    public void endpointCut() {}
}
