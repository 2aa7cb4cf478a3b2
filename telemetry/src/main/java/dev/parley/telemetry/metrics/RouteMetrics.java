package dev.parley.telemetry.metrics;

/** What is counted of one route. Each method may be called only by the event loop whose index it is given. */
public final class RouteMetrics {
    private final String name;
    private final Cells cells;
    private final LatencyHistogram latency;
    private final GrpcCalls calls;

    RouteMetrics(String name, int loops) {
        this.name = name;
        this.cells = new Cells(loops, StatusClass.COUNT);
        this.latency = new LatencyHistogram(loops);
        this.calls = new GrpcCalls(loops);
    }

    /** A request ended with a status of this class, see {@link StatusClass}. */
    public void requests(int loop, int statusClass) {
        cells.add(loop, statusClass, 1);
    }

    /** An answered request took this long. */
    public void latency(int loop, long durationNs) {
        latency.record(loop, durationNs);
    }

    /** A call of gRPC ended with this status, from 0 to 16; -1 where it has none. */
    public void call(int loop, int status) {
        calls.ended(loop, status);
    }

    /** Requests by one class since the start. Any thread. */
    public long requestsOf(int statusClass) {
        return cells.sum(statusClass);
    }

    /** The durations of all answered requests since the start. Any thread. */
    public Latencies latencies() {
        return latency.read();
    }

    void collect(Exposition to) {
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            to.add(Metric.ROUTE_REQUESTS, cells.sum(statusClass), name, StatusClass.label(statusClass));
        }
        calls.collect(to, Metric.ROUTE_GRPC_CALLS, name);
        if (latency.used()) {
            to.add(Metric.ROUTE_LATENCY, latency.read(), name);
        }
    }
}
