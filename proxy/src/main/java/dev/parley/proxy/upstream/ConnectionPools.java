package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Label;
import dev.parley.telemetry.metrics.EndpointMetrics;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The idle connections of one event loop, by endpoint. */
public final class ConnectionPools {
    /** Makes the protocol's side of a connection that is being opened. */
    public interface UpstreamFactory {
        PooledConnection open(ConnectionPool pool, Service settings, boolean http2);
    }

    /** In so many steps the WebSockets and streams of an endpoint that was removed are ended. */
    private static final int PARTS = 8;

    private final Worker worker;
    private final Function<Endpoint, EndpointMetrics> metrics;
    private final UpstreamFactory factory;
    private final IdentityHashMap<Endpoint, ConnectionPool> pools = new IdentityHashMap<>();

    public ConnectionPools(Worker worker, Function<Endpoint, EndpointMetrics> metrics, UpstreamFactory factory) {
        this.worker = worker;
        this.metrics = metrics;
        this.factory = factory;
    }

    public ConnectionPool of(Endpoint endpoint) {
        ConnectionPool pool = pools.get(endpoint);
        if (pool == null) {
            pool = new ConnectionPool(
                    worker, endpoint, Label.of(endpoint.address().toString()), metrics.apply(endpoint), factory);
            pools.put(endpoint, pool);
        }
        return pool;
    }

    /** The pool of an endpoint; null where this loop had nothing to do with it yet. */
    public @Nullable ConnectionPool find(Endpoint endpoint) {
        return pools.get(endpoint);
    }

    /** The endpoint is no longer configured: what rests is closed, what is busy closes when it is done, or is cut by then. */
    public void retire(Endpoint endpoint, Duration drain) {
        ConnectionPool pool = pools.remove(endpoint);
        if (pool == null) {
            return;
        }
        pool.closeIdle();
        if (endpoint.connections() > 0) {
            var _ = worker.loop().schedule(pool::cut, drain.toMillis(), TimeUnit.MILLISECONDS);
            long pauseMs = drain.toMillis() / (2 * PARTS);
            partFrom(pool, PARTS, drain.toMillis() / 2, pauseMs);
        }
    }

    /** In the second half of the drain, so that clients do not come back all at once, nor find themselves cut. */
    private void partFrom(ConnectionPool pool, int parts, long afterMs, long pauseMs) {
        if (parts == 0) {
            return;
        }
        var _ = worker.loop()
                .schedule(
                        () -> {
                            worker.beginEvent();
                            pool.part(parts);
                            partFrom(pool, parts - 1, pauseMs, pauseMs);
                        },
                        afterMs,
                        TimeUnit.MILLISECONDS);
    }

    /** Nothing that rests is to be used again: the endpoint went down, and what it held open is probably dead. */
    public void closeIdle(Endpoint endpoint) {
        ConnectionPool pool = pools.get(endpoint);
        if (pool != null) {
            pool.closeIdle();
        }
    }

    /** Closes all that rests. */
    public void close() {
        pools.values().forEach(ConnectionPool::closeIdle);
        pools.clear();
    }
}
