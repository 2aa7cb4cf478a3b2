package dev.parley.telemetry.metrics;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one endpoint of a service. Each method that is given an event loop's index may be called only by
 * that event loop.
 */
public final class EndpointMetrics {
    private static final int OPENED = StatusClass.COUNT;
    private static final int CLOSED = OPENED + 1;
    private static final int CONNECT_FAILURES = OPENED + 2;
    private static final int IDLE = OPENED + 3;
    private static final int REUSES = OPENED + 4;
    private static final int RECEIVED = OPENED + 5;
    private static final int SENT = OPENED + 6;
    private static final int RECEIVED_DATAGRAMS = OPENED + 7;
    private static final int SENT_DATAGRAMS = OPENED + 8;
    private static final int COLUMNS = OPENED + 9;

    /** The live state that balancing keeps anyway, read at scrape by any thread. */
    public interface State {
        /** Requests and TCP connections that the endpoint is busy with. */
        int inFlight();

        /** Whether it is in the rotation. */
        boolean up();

        /** Whether it is out of the rotation for how it answered. */
        boolean ejected();

        /** The moving average of its latency, in nanoseconds. */
        double ewmaLatencyNs();
    }

    private final EndpointKey key;
    private final Cells cells;
    private final LatencyHistogram latency;
    private final AtomicLongArray ejections = new AtomicLongArray(EjectionCause.values().length);
    private volatile @Nullable State state;

    EndpointMetrics(EndpointKey key, int loops) {
        this.key = key;
        this.cells = new Cells(loops, COLUMNS);
        this.latency = new LatencyHistogram(loops);
    }

    /** Says where the gauges are read. An endpoint that has never been given a state has no gauges. */
    public void observe(State live) {
        this.state = live;
    }

    /** An attempt ended with a status of this class, see {@link StatusClass}. */
    public void requests(int loop, int statusClass) {
        cells.add(loop, statusClass, 1);
    }

    /** An answered attempt took this long. */
    public void latency(int loop, long durationNs) {
        latency.record(loop, durationNs);
    }

    /** A connection was made; {@link #disconnected} follows once. */
    public void connected(int loop) {
        cells.add(loop, OPENED, 1);
    }

    /** A connection that had been made was closed, by whichever side. */
    public void disconnected(int loop) {
        cells.add(loop, CLOSED, 1);
    }

    /** A connection could not be made, or not in time. */
    public void connectFailed(int loop) {
        cells.add(loop, CONNECT_FAILURES, 1);
    }

    /** A connection was put by for reuse (1), or was taken or closed from there (-1). */
    public void idle(int loop, int change) {
        cells.add(loop, IDLE, change);
    }

    /** A connection that an earlier request had left open is used again. */
    public void reused(int loop) {
        cells.add(loop, REUSES, 1);
    }

    /** Bytes came from the endpoint and went to it. */
    public void bytes(int loop, long received, long sent) {
        cells.add(loop, RECEIVED, received);
        cells.add(loop, SENT, sent);
    }

    /** Datagrams came from the endpoint and went to it. */
    public void datagrams(int loop, long received, long sent) {
        cells.add(loop, RECEIVED_DATAGRAMS, received);
        cells.add(loop, SENT_DATAGRAMS, sent);
    }

    /** It was ejected. Any thread. */
    public void ejected(EjectionCause cause) {
        ejections.incrementAndGet(cause.ordinal());
    }

    /** How often it was ejected for this since the start. Any thread. */
    public long ejectionsFor(EjectionCause cause) {
        return ejections.get(cause.ordinal());
    }

    /** Attempts by one class since the start. Any thread. */
    public long requestsOf(int statusClass) {
        return cells.sum(statusClass);
    }

    /** Connections made, UDP sessions among them, since the start. Any thread. */
    public long connects() {
        return cells.sum(OPENED);
    }

    /** Connections open now, in use or idle, over all event loops. Any thread. */
    public long connectionsOpen() {
        return cells.sum(OPENED) - cells.sum(CLOSED);
    }

    /** The durations of all answered attempts since the start. Any thread. */
    public Latencies latencies() {
        return latency.read();
    }

    void collect(Exposition to) {
        String service = key.service();
        String endpoint = key.endpoint();
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            String label = StatusClass.label(statusClass);
            to.add(Metric.ENDPOINT_REQUESTS, cells.sum(statusClass), service, endpoint, label);
        }
        if (latency.used()) {
            to.add(Metric.ENDPOINT_LATENCY, latency.read(), service, endpoint);
        }
        to.add(Metric.ENDPOINT_CONNECTIONS_OPEN, connectionsOpen(), service, endpoint);
        to.add(Metric.ENDPOINT_CONNECTIONS_IDLE, cells.sum(IDLE), service, endpoint);
        to.add(Metric.ENDPOINT_CONNECTS, cells.sum(OPENED), service, endpoint);
        to.add(Metric.ENDPOINT_CONNECT_FAILURES, cells.sum(CONNECT_FAILURES), service, endpoint);
        to.add(Metric.ENDPOINT_CONNECTION_REUSES, cells.sum(REUSES), service, endpoint);
        to.add(Metric.ENDPOINT_RECEIVED_BYTES, cells.sum(RECEIVED), service, endpoint);
        to.add(Metric.ENDPOINT_SENT_BYTES, cells.sum(SENT), service, endpoint);
        to.add(Metric.ENDPOINT_RECEIVED_DATAGRAMS, cells.sum(RECEIVED_DATAGRAMS), service, endpoint);
        to.add(Metric.ENDPOINT_SENT_DATAGRAMS, cells.sum(SENT_DATAGRAMS), service, endpoint);
        for (EjectionCause cause : EjectionCause.values()) {
            to.add(Metric.ENDPOINT_EJECTIONS, ejectionsFor(cause), service, endpoint, cause.label());
        }
        State live = state;
        if (live != null) {
            to.add(Metric.ENDPOINT_IN_FLIGHT, live.inFlight(), service, endpoint);
            to.add(Metric.ENDPOINT_UP, live.up() ? 1 : 0, service, endpoint);
            to.add(Metric.ENDPOINT_EJECTED, live.ejected() ? 1 : 0, service, endpoint);
            to.add(Metric.ENDPOINT_EWMA_LATENCY, live.ewmaLatencyNs() / 1e9, service, endpoint);
        }
    }
}
