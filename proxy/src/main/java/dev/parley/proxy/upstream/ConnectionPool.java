package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Label;
import dev.parley.telemetry.metrics.EndpointMetrics;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint. Last in, first out, so that a pool that has become too large for its
 * traffic runs dry from its old end.
 */
public final class ConnectionPool {
    private final Worker worker;
    private final Endpoint endpoint;
    private final Label label;
    private final EndpointMetrics metrics;
    private final ConnectionPools.UpstreamFactory factory;
    private final ArrayDeque<PooledConnection> idle = new ArrayDeque<>();
    private final Set<Channel> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean cut;

    ConnectionPool(
            Worker worker,
            Endpoint endpoint,
            Label label,
            EndpointMetrics metrics,
            ConnectionPools.UpstreamFactory factory) {
        this.worker = worker;
        this.endpoint = endpoint;
        this.label = label;
        this.metrics = metrics;
        this.factory = factory;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** The endpoint's address, for the log. */
    public Label label() {
        return label;
    }

    public EndpointMetrics metrics() {
        return metrics;
    }

    public Worker worker() {
        return worker;
    }

    /** A connection that rests, awake again; null where none does, or where the service wants one of the client's own. */
    public @Nullable Upstream take(Service settings) {
        if (settings.namesClient()) {
            return null;
        }
        PooledConnection last = idle.pollLast();
        if (last != null) {
            metrics.idle(worker.index(), -1);
            metrics.reused(worker.index());
            last.wake();
        }
        return last;
    }

    /**
     * Opens a connection. Its place among the endpoint's must have been taken with {@link Endpoint#tryOpen}; it is given
     * back when the connection closes or fails.
     *
     * @param origin who it is for, which endpoints are told where the service is so set
     */
    public Connecting connect(Service settings, Origin origin, Decision decision, Connecting.Waiter waiter) {
        byte[] preface = ProxyPreface.of(settings.proxyProtocol(), origin, decision);
        return Connecting.start(this, factory.open(this, settings), settings, preface, waiter);
    }

    /** A connection is free again: it rests, or is closed where it is not wanted any more. */
    public void release(PooledConnection connection, Service settings) {
        boolean full = idle.size() >= settings.idleConnections();
        if (settings.namesClient() || endpoint.retired() || !endpoint.available() || full) {
            connection.close();
            return;
        }
        idle.addLast(connection);
        metrics.idle(worker.index(), 1);
        connection.rest(settings.timeouts().idle().toNanos());
    }

    /** A connection that may have rested is closed. */
    public void forget(PooledConnection connection) {
        if (idle.remove(connection)) {
            metrics.idle(worker.index(), -1);
        }
    }

    void closeIdle() {
        List.copyOf(idle).forEach(PooledConnection::close);
    }

    /** Closes what is open, whatever it is doing, and what is still being opened once it is. */
    void cut() {
        cut = true;
        List.copyOf(open).forEach(Channel::close);
    }

    /** A connection was made. */
    public void opened(Channel connection) {
        metrics.connected(worker.index());
        open.add(connection);
        if (cut) {
            connection.close();
        }
    }

    /** A connection that was made is closed. */
    public void closed(Channel connection) {
        open.remove(connection);
        metrics.disconnected(worker.index());
        endpoint.closed();
    }
}
