package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.tls.ClientTls;
import dev.parley.telemetry.metrics.EndpointMetrics;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint. Last in, first out, so that a pool that has become too large for its
 * traffic runs dry from its old end.
 */
public final class ConnectionPool {
    /** What stays at an endpoint until it ends by itself: a TCP connection, a WebSocket, a stream, a UDP session. */
    public interface Lasting {
        /** When it came to the endpoint, on the clock of the loop. */
        long sinceNs();

        /** Whether nothing passes just now, so that it may be ended with the least harm. */
        boolean rests(long nowNs);

        /** Whether its end tells its client to come again, as a WebSocket's Close 1001 does and the end of a connection does not. */
        boolean invites();

        /** Others are to have it: it ends in order, or goes to another endpoint by itself. */
        void move();

        /** The endpoint is no longer configured, and its time to drain is up: it ends, and leaves this pool. */
        void endpointCut();
    }

    private final Worker worker;
    private final Endpoint endpoint;
    private final Label label;
    private final EndpointMetrics metrics;
    private final ConnectionPools.UpstreamFactory factory;
    private final ArrayDeque<LentConnection> idle = new ArrayDeque<>();
    private final List<SharedConnection> shared = new ArrayList<>(1);
    private final List<PendingConnection> openings = new ArrayList<>(1);
    /** What is open, and how TLS is spoken on it: what was opened otherwise than the endpoint is now is not used again. */
    private final IdentityHashMap<Channel, Optional<ClientTls>> open = new IdentityHashMap<>();

    private final Set<Lasting> lasting = Collections.newSetFromMap(new IdentityHashMap<>());
    /** Streams that the endpoint took on the last connection that was made: so many may wait for the next one. */
    private int capacity = Integer.MAX_VALUE;

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

    /**
     * A connection that rests, awake again, or a stream of one that has room; null where there is neither, or where the service
     * wants one of the client's own.
     */
    public @Nullable Upstream take(Service settings) {
        if (settings.namesClient()) {
            return null;
        }
        for (int i = 0; i < shared.size(); i++) {
            Upstream stream = outdated(shared.get(i)) ? null : shared.get(i).open();
            if (stream != null) {
                metrics.reused(worker.index());
                return stream;
            }
        }
        LentConnection last = idle.pollLast();
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
        PendingConnection opening = new PendingConnection(this, factory, settings, preface);
        openings.add(opening);
        Connecting wait = opening.join(waiter);
        opening.start();
        return wait;
    }

    /** Waits for a connection that others wait for already, where it will be shared and have room; else null. */
    public @Nullable Connecting join(Service settings, Connecting.Waiter waiter) {
        if (settings.protocol() == Service.Protocol.HTTP1) {
            return null;
        }
        for (int i = 0; i < openings.size(); i++) {
            if (openings.get(i).waiting() < Math.min(settings.http2().streams(), capacity)) {
                return openings.get(i).join(waiter);
            }
        }
        return null;
    }

    void openingDone(PendingConnection opening) {
        openings.remove(opening);
    }

    void share(SharedConnection made) {
        shared.add(made);
        capacity = Math.max(1, made.capacity());
        if (endpoint.retired() || cut) {
            made.close();
        }
    }

    /** A shared connection takes no more requests. */
    public void unshare(SharedConnection ended) {
        shared.remove(ended);
    }

    /** A connection is free again: it rests, or is closed where it is not wanted any more. */
    public void release(LentConnection connection, Service settings) {
        if (settings.namesClient()
                || endpoint.retired()
                || !endpoint.available()
                || idle.size() >= settings.idleConnections()
                || outdated(connection)) {
            connection.close();
            return;
        }
        idle.addLast(connection);
        metrics.idle(worker.index(), 1);
        connection.rest(settings.timeouts().idle().toNanos());
    }

    private boolean outdated(PooledConnection connection) {
        Optional<ClientTls> under = open.get(connection.channel());
        return under != null && under.orElse(null) != endpoint.tls();
    }

    /** A connection that may have rested is closed. */
    public void forget(LentConnection connection) {
        if (idle.remove(connection)) {
            metrics.idle(worker.index(), -1);
        }
    }

    void closeIdle() {
        List.copyOf(idle).forEach(PooledConnection::close);
        List.copyOf(shared).forEach(PooledConnection::close);
    }

    /** Closes what is open, whatever it is doing, and what is still being opened once it is. */
    void cut() {
        cut = true;
        List.copyOf(open.keySet()).forEach(Channel::close);
        List.copyOf(lasting).forEach(Lasting::endpointCut);
    }

    /** Something that lasts began here. */
    public void began(Lasting stay) {
        if (lasting.add(stay)) {
            endpoint.lasting().incrementAndGet();
        }
    }

    /** It is over, or has left. */
    public void ended(Lasting stay) {
        if (lasting.remove(stay)) {
            endpoint.lasting().decrementAndGet();
        }
    }

    /** A UDP session was opened, on a place taken with {@link Endpoint#tryOpen}. */
    public void opened(Lasting session) {
        metrics.connected(worker.index());
        began(session);
    }

    /** It is over. */
    public void closed(Lasting session) {
        ended(session);
        metrics.disconnected(worker.index());
        endpoint.closed();
    }

    /** How many that last are here, of this loop. */
    public int lasting() {
        return lasting.size();
    }

    /** Ends one of {@code parts} of what tells its client to come again, in order, before {@link #cut} ends all of it. */
    void part(int parts) {
        List<Lasting> polite = lasting.stream().filter(Lasting::invites).toList();
        polite.stream().limit(Math.ceilDiv(polite.size(), parts)).forEach(each -> {
            each.move();
            ended(each);
        });
    }

    /**
     * Moves some of what lasts, those that rest first.
     *
     * @param most how many
     * @param bySinceNs what came later than this stays
     * @return how many were moved
     */
    public int move(int most, long bySinceNs, long nowNs) {
        ArrayDeque<Lasting> moved = new ArrayDeque<>();
        for (Lasting each : lasting) {
            if (each.sinceNs() - bySinceNs > 0) {
                continue;
            }
            if (each.rests(nowNs)) {
                moved.addFirst(each);
            } else {
                moved.addLast(each);
            }
        }
        int count = Math.min(most, moved.size());
        moved.stream().limit(count).forEach(each -> {
            each.move();
            // It may take its time to end, and is not to be counted, nor moved, again.
            ended(each);
        });
        return count;
    }

    /** A connection was made. */
    public void opened(Channel connection) {
        metrics.connected(worker.index());
        open.put(connection, Optional.ofNullable(endpoint.tls()));
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
