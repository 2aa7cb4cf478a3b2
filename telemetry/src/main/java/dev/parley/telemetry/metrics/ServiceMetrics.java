package dev.parley.telemetry.metrics;

/** What is counted of one service. Each method may be called only by the event loop whose index it is given. */
public final class ServiceMetrics {
    private static final int RETRIES = StatusClass.COUNT;
    private static final int NO_ENDPOINT = RETRIES + 1;
    private static final int MIRRORS_SENT = RETRIES + 2;
    private static final int MIRRORS_DROPPED = RETRIES + 3;
    private static final int TCP_CONNECTIONS = RETRIES + 4;
    private static final int UDP_SESSIONS = RETRIES + 5;
    private static final int COLUMNS = RETRIES + 6;

    private final String name;
    private final Cells cells;
    private final GrpcCalls calls;
    private volatile boolean panic;

    ServiceMetrics(String name, int loops) {
        this.name = name;
        this.cells = new Cells(loops, COLUMNS);
        this.calls = new GrpcCalls(loops);
    }

    /** A request ended with a status of this class, see {@link StatusClass}. */
    public void requests(int loop, int statusClass) {
        cells.add(loop, statusClass, 1);
    }

    /** A call of gRPC ended with this status, from 0 to 16; -1 where it has none. */
    public void call(int loop, int status) {
        calls.ended(loop, status);
    }

    /** An attempt failed, and another one follows. */
    public void retried(int loop) {
        cells.add(loop, RETRIES, 1);
    }

    /** No endpoint could take a request or a connection. */
    public void noEndpoint(int loop) {
        cells.add(loop, NO_ENDPOINT, 1);
    }

    /** A copy of a request was sent to this service. */
    public void mirrorSent(int loop) {
        cells.add(loop, MIRRORS_SENT, 1);
    }

    /** A copy of a request was given up, because the service was too slow to take it. */
    public void mirrorDropped(int loop) {
        cells.add(loop, MIRRORS_DROPPED, 1);
    }

    /** A TCP connection to the service ended. */
    public void tcpConnection(int loop) {
        cells.add(loop, TCP_CONNECTIONS, 1);
    }

    /** A UDP session with the service ended. */
    public void udpSession(int loop) {
        cells.add(loop, UDP_SESSIONS, 1);
    }

    /** Endpoints are called again that were ejected or fail their checks, or no longer. Any thread. */
    public void panic(boolean now) {
        panic = now;
    }

    /** Whether that is so now. Any thread. */
    public boolean panic() {
        return panic;
    }

    /** Requests by one class since the start. Any thread. */
    public long requestsOf(int statusClass) {
        return cells.sum(statusClass);
    }

    void collect(Exposition to) {
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            to.add(Metric.SERVICE_REQUESTS, cells.sum(statusClass), name, StatusClass.label(statusClass));
        }
        calls.collect(to, Metric.SERVICE_GRPC_CALLS, name);
        to.add(Metric.SERVICE_RETRIES, cells.sum(RETRIES), name);
        to.add(Metric.SERVICE_PANIC, panic ? 1 : 0, name);
        to.add(Metric.SERVICE_NO_ENDPOINT, cells.sum(NO_ENDPOINT), name);
        to.add(Metric.SERVICE_MIRRORS, cells.sum(MIRRORS_SENT), name, "sent");
        to.add(Metric.SERVICE_MIRRORS, cells.sum(MIRRORS_DROPPED), name, "dropped");
        to.add(Metric.SERVICE_TCP_CONNECTIONS, cells.sum(TCP_CONNECTIONS), name);
        to.add(Metric.SERVICE_UDP_SESSIONS, cells.sum(UDP_SESSIONS), name);
    }
}
