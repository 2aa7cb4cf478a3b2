package dev.parley.telemetry.metrics;

/** What is counted of one route. Each method may be called only by the event loop whose index it is given. */
public final class RouteMetrics {
    private static final int BUDGETS_EXCEEDED = StatusClass.COUNT;
    private static final int RATE_LIMITED = StatusClass.COUNT + 1;
    private static final int COLUMNS = StatusClass.COUNT + 2;

    private final String name;
    private final Cells cells;
    private final LatencyHistogram latency;
    private final GrpcCalls calls;
    private final Shares budgets;
    private final Cells keys;

    RouteMetrics(String name, int loops) {
        this.name = name;
        this.cells = new Cells(loops, COLUMNS);
        this.latency = new LatencyHistogram(loops);
        this.calls = new GrpcCalls(loops);
        this.budgets = new Shares(loops);
        this.keys = new Cells(loops, KeyResult.COUNT);
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

    /**
     * A request that had a latency budget is over.
     *
     * @param spentNs how long it took here
     * @param budgetNs what it had when it came
     */
    public void budgetSpent(int loop, long spentNs, long budgetNs) {
        budgets.record(loop, spentNs, budgetNs);
        if (spentNs >= budgetNs) {
            cells.add(loop, BUDGETS_EXCEEDED, 1);
        }
    }

    /** A request was above one of the route's rate limits. */
    public void rateLimited(int loop) {
        cells.add(loop, RATE_LIMITED, 1);
    }

    /** So a request with an idempotency key went. */
    public void key(int loop, KeyResult result) {
        keys.add(loop, result.ordinal(), 1);
    }

    /** Requests by one class since the start. Any thread. */
    public long requestsOf(int statusClass) {
        return cells.sum(statusClass);
    }

    /** Requests whose latency budget was spent before they were over, since the start. Any thread. */
    public long budgetsExceeded() {
        return cells.sum(BUDGETS_EXCEEDED);
    }

    /** Requests that were above a rate limit of the route, since the start. Any thread. */
    public long rateLimits() {
        return cells.sum(RATE_LIMITED);
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
        if (keys.used()) {
            for (KeyResult result : KeyResult.values()) {
                to.add(Metric.ROUTE_KEYS, keys.sum(result.ordinal()), name, result.code());
            }
        }
        if (latency.used()) {
            to.add(Metric.ROUTE_LATENCY, latency.read(), name);
        }
        if (budgets.used()) {
            to.add(Metric.ROUTE_BUDGET_SPENT, budgets, name);
            to.add(Metric.ROUTE_BUDGETS_EXCEEDED, cells.sum(BUDGETS_EXCEEDED), name);
        }
        to.add(Metric.ROUTE_RATE_LIMITED, cells.sum(RATE_LIMITED), name);
    }
}
