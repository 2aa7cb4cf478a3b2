package dev.parley.telemetry.metrics;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one service. Each method that is given an event loop's index may be called only by that event loop, the others by
 * any thread.
 */
public final class ServiceMetrics {
    private static final int NO_ENDPOINT = StatusClass.COUNT;
    private static final int MIRRORS_SENT = NO_ENDPOINT + 1;
    private static final int MIRRORS_DROPPED = NO_ENDPOINT + 2;
    private static final int TCP_CONNECTIONS = NO_ENDPOINT + 3;
    private static final int UDP_SESSIONS = NO_ENDPOINT + 4;
    private static final int RETRY_BUDGET_EXHAUSTED = NO_ENDPOINT + 5;
    private static final int HEDGES = NO_ENDPOINT + 6;
    private static final int HEDGES_WON = NO_ENDPOINT + 7;
    private static final int RATE_LIMITED = NO_ENDPOINT + 8;
    private static final int REBALANCED = NO_ENDPOINT + 9;
    private static final int RETRIES = NO_ENDPOINT + 10;
    private static final int REFUSALS = RETRIES + RetryCause.values().length;
    private static final int COLUMNS = REFUSALS + CallRefusal.values().length;

    private final String name;
    private final Cells cells;
    private final GrpcCalls calls;
    private final AtomicLongArray transitions = new AtomicLongArray(BreakerState.values().length);
    private volatile boolean panic;
    private volatile @Nullable State state;

    /** Whether a breaker lets calls through. */
    public enum BreakerState {
        CLOSED("closed"),
        OPEN("open"),
        HALF_OPEN("half_open");

        private final String label;

        BreakerState(String label) {
            this.label = label;
        }
    }

    /** Why an attempt was followed by another. */
    public enum RetryCause {
        /** Nothing of the request was sent, or the connection could not be made. */
        UNSENT(0, "unsent"),
        /** It was reset, or answered with what is no answer. */
        BROKEN(1, "broken"),
        /** Its answer did not begin in time. */
        TIMEOUT(2, "timeout"),
        /** Its answer had a status that is tried again. */
        STATUS(3, "status"),
        /** Its call of gRPC ended with a status that is tried again. */
        GRPC_STATUS(4, "grpc_status");

        private final int offset;
        private final String label;

        RetryCause(int offset, String label) {
            this.offset = offset;
            this.label = label;
        }
    }

    /** Why a request was not sent to the service at all. */
    public enum CallRefusal {
        /** The service's breaker was open. */
        BREAKER_OPEN(0, "breaker_open"),
        /** {@code breaker.in_flight} were under way. */
        IN_FLIGHT(1, "in_flight"),
        /** {@code breaker.pending} waited for a connection. */
        PENDING(2, "pending"),
        /** {@code breaker.connections} were open. */
        CONNECTIONS(3, "connections"),
        /** Those of its criticality filled their share of the adaptive limit. */
        OVERLOADED(4, "overloaded"),
        /** Less remained of its latency budget than the service has lately needed. */
        TOO_LATE(5, "too_late"),
        /** The event loop itself was over capacity, and others are more critical. */
        SHED(6, "shed");

        private final int offset;
        private final String label;

        CallRefusal(int offset, String label) {
            this.offset = offset;
            this.label = label;
        }

        /** As metrics and {@code /status} have it: {@code breaker_open}. */
        public String label() {
            return label;
        }
    }

    /** The live state of what guards the service, read at scrape by any thread. */
    public interface State {
        BreakerState breaker();

        /** Requests under way, tunnels and streams among them. */
        long inFlight();

        /** Requests that wait for a connection. */
        long pending();

        /** Requests that await the begin of their answer. */
        long awaiting();

        /** How many may, by the adaptive limit. */
        long concurrencyLimit();
    }

    ServiceMetrics(String name, int loops) {
        this.name = name;
        this.cells = new Cells(loops, COLUMNS);
        this.calls = new GrpcCalls(loops);
    }

    /** Says where the gauges are read. A service that has never been given a state has no gauges. */
    public void observe(State live) {
        this.state = live;
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
    public void retried(int loop, RetryCause cause) {
        cells.add(loop, RETRIES + cause.offset, 1);
    }

    /** An attempt failed, and no other followed only because the retry budget was used up. */
    public void retryBudgetExhausted(int loop) {
        cells.add(loop, RETRY_BUDGET_EXHAUSTED, 1);
    }

    /** A second attempt was made while the first was awaited. */
    public void hedged(int loop) {
        cells.add(loop, HEDGES, 1);
    }

    /** The answer of a second attempt came first. */
    public void hedgeWon(int loop) {
        cells.add(loop, HEDGES_WON, 1);
    }

    /** A request was not sent to the service. */
    public void refused(int loop, CallRefusal why) {
        cells.add(loop, REFUSALS + why.offset, 1);
    }

    /** A request, connection or session was above one of the service's rate limits. */
    public void rateLimited(int loop) {
        cells.add(loop, RATE_LIMITED, 1);
    }

    /** The service's breaker went over to this state. Any thread. */
    @SuppressWarnings("EnumOrdinal") // Both orders are that of the enum, and no index outlives the process.
    public void breakerMoved(BreakerState to) {
        transitions.getAndIncrement(to.ordinal());
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

    /** Something that lasts was ended, or moved, so that it begins anew at another endpoint. */
    public void rebalanced(int loop) {
        cells.add(loop, REBALANCED, 1);
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

    /** Requests that were not sent to the service for one reason, since the start. Any thread. */
    public long refusedFor(CallRefusal why) {
        return cells.sum(REFUSALS + why.offset);
    }

    /** Attempts that followed a failed one, since the start. Any thread. */
    public long retries() {
        long retries = 0;
        for (RetryCause cause : RetryCause.values()) {
            retries += cells.sum(RETRIES + cause.offset);
        }
        return retries;
    }

    /** Retries that were not made because the budget was used up, since the start. Any thread. */
    public long retriesNotMade() {
        return cells.sum(RETRY_BUDGET_EXHAUSTED);
    }

    /** Second attempts that were made while the first was awaited, since the start. Any thread. */
    public long hedges() {
        return cells.sum(HEDGES);
    }

    /** Second attempts whose answer came first, since the start. Any thread. */
    public long hedgesWon() {
        return cells.sum(HEDGES_WON);
    }

    /** TCP connections and UDP sessions that ended, since the start. Any thread. */
    public long connections() {
        return cells.sum(TCP_CONNECTIONS) + cells.sum(UDP_SESSIONS);
    }

    /** What no endpoint could take, since the start. Any thread. */
    public long notTaken() {
        return cells.sum(NO_ENDPOINT);
    }

    /** What was above a rate limit of the service, since the start. Any thread. */
    public long rateLimits() {
        return cells.sum(RATE_LIMITED);
    }

    void collect(Exposition to) {
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            to.add(Metric.SERVICE_REQUESTS, cells.sum(statusClass), name, StatusClass.label(statusClass));
        }
        calls.collect(to, Metric.SERVICE_GRPC_CALLS, name);
        to.add(Metric.SERVICE_PANIC, panic ? 1 : 0, name);
        to.add(Metric.SERVICE_REBALANCED, cells.sum(REBALANCED), name);
        for (RetryCause cause : RetryCause.values()) {
            to.add(Metric.SERVICE_RETRIES, cells.sum(RETRIES + cause.offset), name, cause.label);
        }
        to.add(Metric.SERVICE_RETRY_BUDGET_EXHAUSTED, cells.sum(RETRY_BUDGET_EXHAUSTED), name);
        to.add(Metric.SERVICE_HEDGES, cells.sum(HEDGES), name);
        to.add(Metric.SERVICE_HEDGES_WON, cells.sum(HEDGES_WON), name);
        for (CallRefusal why : CallRefusal.values()) {
            to.add(Metric.SERVICE_REFUSALS, refusedFor(why), name, why.label);
        }
        to.add(Metric.SERVICE_RATE_LIMITED, cells.sum(RATE_LIMITED), name);
        to.add(Metric.SERVICE_NO_ENDPOINT, cells.sum(NO_ENDPOINT), name);
        to.add(Metric.SERVICE_MIRRORS, cells.sum(MIRRORS_SENT), name, "sent");
        to.add(Metric.SERVICE_MIRRORS, cells.sum(MIRRORS_DROPPED), name, "dropped");
        to.add(Metric.SERVICE_TCP_CONNECTIONS, cells.sum(TCP_CONNECTIONS), name);
        to.add(Metric.SERVICE_UDP_SESSIONS, cells.sum(UDP_SESSIONS), name);
        State live = state;
        if (live != null) {
            collect(to, live);
        }
    }

    @SuppressWarnings("EnumOrdinal") // As in breakerMoved.
    private void collect(Exposition to, State live) {
        BreakerState present = live.breaker();
        for (BreakerState each : BreakerState.values()) {
            to.add(Metric.SERVICE_BREAKER_STATE, each == present ? 1 : 0, name, each.label);
            to.add(Metric.SERVICE_BREAKER_TRANSITIONS, transitions.get(each.ordinal()), name, each.label);
        }
        to.add(Metric.SERVICE_IN_FLIGHT, live.inFlight(), name);
        to.add(Metric.SERVICE_PENDING, live.pending(), name);
        to.add(Metric.SERVICE_AWAITING, live.awaiting(), name);
        to.add(Metric.SERVICE_CONCURRENCY_LIMIT, live.concurrencyLimit(), name);
    }
}
