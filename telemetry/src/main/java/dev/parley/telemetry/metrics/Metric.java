package dev.parley.telemetry.metrics;

import java.util.List;

/**
 * Every metric of Parley, declared once: its name as it is exposed, its kind, what it means and its labels. Names
 * follow Prometheus' conventions: base units, {@code _total} for what only grows. A label has few values, all known from
 * the configuration or from this code: never anything that a client sends.
 */
public enum Metric {
    LISTENER_CONNECTIONS(
            "parley_listener_connections_total",
            Kind.COUNTER,
            "Connections accepted, those refused right afterwards among them; UDP sessions begun.",
            "listener"),
    LISTENER_CONNECTIONS_OPEN(
            "parley_listener_connections_open",
            Kind.GAUGE,
            "Connections and UDP sessions of clients that are open now.",
            "listener"),
    LISTENER_CONNECTIONS_REFUSED(
            "parley_listener_connections_refused_total",
            Kind.COUNTER,
            "Connections closed before any of their bytes were used: over the limit, from a range that is not let in,"
                    + " or without a valid PROXY protocol header.",
            "listener",
            "reason"),
    LISTENER_HANDSHAKES(
            "parley_listener_tls_handshakes_total",
            Kind.COUNTER,
            "TLS handshakes with clients that ended, by what became of them: full, resumed, or why they failed."
                    + " A result is shown once it has happened.",
            "listener",
            "result"),
    LISTENER_RECEIVED_BYTES(
            "parley_listener_received_bytes_total", Kind.COUNTER, "Bytes that clients sent.", "listener"),
    LISTENER_SENT_BYTES("parley_listener_sent_bytes_total", Kind.COUNTER, "Bytes that clients were sent.", "listener"),
    LISTENER_RECEIVED_DATAGRAMS(
            "parley_listener_received_datagrams_total",
            Kind.COUNTER,
            "Datagrams that clients sent and that went to an endpoint.",
            "listener"),
    LISTENER_SENT_DATAGRAMS(
            "parley_listener_sent_datagrams_total",
            Kind.COUNTER,
            "Datagrams of endpoints that were passed on to clients.",
            "listener"),
    LISTENER_DROPPED_DATAGRAMS(
            "parley_listener_dropped_datagrams_total",
            Kind.COUNTER,
            "Datagrams of either side that went no further, by why; docs/errors.md has the reasons.",
            "listener",
            "reason"),
    LISTENER_INTERACTIONS(
            "parley_listener_interactions_total",
            Kind.COUNTER,
            "Requests, TCP connections and UDP sessions that ended, by what became of them.",
            "listener",
            "outcome"),
    LISTENER_REQUESTS_REFUSED(
            "parley_listener_requests_refused_total",
            Kind.COUNTER,
            "Requests refused because of their form or size, by the code that their answer carries.",
            "listener",
            "code"),
    LISTENER_RATE_LIMITED(
            "parley_listener_rate_limited_total",
            Kind.COUNTER,
            "Requests, connections and UDP sessions above one of the listener's rate limits.",
            "listener"),

    ROUTE_REQUESTS(
            "parley_route_requests_total",
            Kind.COUNTER,
            "Requests that matched the route, by the class of the status that the client got; none is no answer.",
            "route",
            "class"),
    ROUTE_LATENCY(
            "parley_route_latency_seconds",
            Kind.HISTOGRAM,
            "Time from a request's head until the end of its answer, retries included.",
            "route"),

    ROUTE_GRPC_CALLS(
            "parley_route_grpc_calls_total",
            Kind.COUNTER,
            "Calls of gRPC and gRPC-Web that matched the route, by the grpc-status that they ended with, 0 to 16; none is a"
                    + " call that ended without one.",
            "route",
            "status"),
    ROUTE_BUDGET_SPENT(
            "parley_route_budget_spent_ratio",
            Kind.HISTOGRAM,
            "Of requests that had a latency budget, the share of what they came with that was spent here and beyond. Shown once there was"
                    + " one.",
            "route"),
    ROUTE_BUDGETS_EXCEEDED(
            "parley_route_budgets_exceeded_total",
            Kind.COUNTER,
            "Requests whose latency budget was spent before their answer was whole.",
            "route"),
    ROUTE_RATE_LIMITED(
            "parley_route_rate_limited_total", Kind.COUNTER, "Requests above one of the route's rate limits.", "route"),

    ROUTE_KEYS(
            "parley_route_idempotency_total",
            Kind.COUNTER,
            "Requests of the route that an idempotency key was looked for in, by what became of that: executed, replayed, released,"
                    + " in_progress, reused, unknown, not_kept, refused, unavailable, lost (its outcome is not known) and not_stored.",
            "route",
            "result"),

    SERVICE_REQUESTS(
            "parley_service_requests_total",
            Kind.COUNTER,
            "Requests for the service, each counted once however often it was tried, by the class that the client got.",
            "service",
            "class"),
    SERVICE_GRPC_CALLS(
            "parley_service_grpc_calls_total",
            Kind.COUNTER,
            "Calls of gRPC and gRPC-Web for the service, by the grpc-status that they ended with, 0 to 16; none is a call that"
                    + " ended without one.",
            "service",
            "status"),
    SERVICE_RETRIES(
            "parley_service_retries_total",
            Kind.COUNTER,
            "Attempts that followed a failed attempt, by how that one failed.",
            "service",
            "cause"),
    SERVICE_RETRY_BUDGET_EXHAUSTED(
            "parley_service_retry_budget_exhausted_total",
            Kind.COUNTER,
            "Failed attempts that no other followed only because the service's retry budget was used up.",
            "service"),
    SERVICE_HEDGES(
            "parley_service_hedges_total",
            Kind.COUNTER,
            "Second attempts that were made while the first was still awaited.",
            "service"),
    SERVICE_HEDGES_WON(
            "parley_service_hedges_won_total",
            Kind.COUNTER,
            "Second attempts whose answer came before that of the first.",
            "service"),
    SERVICE_REFUSALS(
            "parley_service_refusals_total",
            Kind.COUNTER,
            "Requests that were not sent to the service, by why: its breaker, its bounds, its adaptive limit, too little time left, or"
                    + " Parley itself over capacity.",
            "service",
            "reason"),
    SERVICE_RATE_LIMITED(
            "parley_service_rate_limited_total",
            Kind.COUNTER,
            "Requests, connections and UDP sessions above one of the service's rate limits.",
            "service"),
    SERVICE_BREAKER_STATE(
            "parley_service_breaker_state",
            Kind.GAUGE,
            "1 for the state that the service's breaker is in, 0 for the others; /status has the reason.",
            "service",
            "state"),
    SERVICE_BREAKER_TRANSITIONS(
            "parley_service_breaker_transitions_total",
            Kind.COUNTER,
            "How often the service's breaker went over to a state.",
            "service",
            "state"),
    SERVICE_IN_FLIGHT(
            "parley_service_in_flight",
            Kind.GAUGE,
            "Requests of the service that are under way, until the end of their answers.",
            "service"),
    SERVICE_PENDING(
            "parley_service_pending",
            Kind.GAUGE,
            "Requests of the service that wait for a connection to be made.",
            "service"),
    SERVICE_AWAITING(
            "parley_service_awaiting",
            Kind.GAUGE,
            "Requests of the service that await the begin of their answer: what the adaptive limit bounds.",
            "service"),
    SERVICE_CONCURRENCY_LIMIT(
            "parley_service_concurrency_limit",
            Kind.GAUGE,
            "How many requests of the service may await an answer at a time, found from its latency.",
            "service"),
    SERVICE_NO_ENDPOINT(
            "parley_service_no_endpoint_total",
            Kind.COUNTER,
            "Requests, connections and UDP sessions that no endpoint could take: none was up, or all were at their limit.",
            "service"),
    SERVICE_PANIC(
            "parley_service_panic",
            Kind.GAUGE,
            "1 while so few endpoints are up that those are called again that were ejected or fail their checks, else 0.",
            "service"),
    SERVICE_REBALANCED(
            "parley_service_rebalanced_total",
            Kind.COUNTER,
            "Connections, streams and sessions that were ended or moved, so that they begin anew at an endpoint that has less"
                    + " than its share.",
            "service"),
    SERVICE_MIRRORS(
            "parley_service_mirrors_total",
            Kind.COUNTER,
            "Copies of requests for the service, sent or dropped because it was too slow to take them.",
            "service",
            "result"),
    SERVICE_TCP_CONNECTIONS(
            "parley_service_tcp_connections_total",
            Kind.COUNTER,
            "TCP connections carried to the service, counted when they end.",
            "service"),
    SERVICE_UDP_SESSIONS(
            "parley_service_udp_sessions_total",
            Kind.COUNTER,
            "UDP sessions carried to the service, counted when they end.",
            "service"),

    ENDPOINT_REQUESTS(
            "parley_endpoint_requests_total",
            Kind.COUNTER,
            "Attempts at the endpoint, by the class of its answer; none is an attempt that got no whole answer.",
            "service",
            "endpoint",
            "class"),
    ENDPOINT_LATENCY(
            "parley_endpoint_latency_seconds",
            Kind.HISTOGRAM,
            "Time from choosing the endpoint until the end of its answer.",
            "service",
            "endpoint"),
    ENDPOINT_IN_FLIGHT(
            "parley_endpoint_in_flight",
            Kind.GAUGE,
            "Requests, TCP connections and UDP sessions that the endpoint is busy with now.",
            "service",
            "endpoint"),
    ENDPOINT_CONNECTIONS_OPEN(
            "parley_endpoint_connections_open",
            Kind.GAUGE,
            "Connections to the endpoint that are open now, in use or idle; UDP sessions among them.",
            "service",
            "endpoint"),
    ENDPOINT_CONNECTIONS_IDLE(
            "parley_endpoint_connections_idle",
            Kind.GAUGE,
            "Connections to the endpoint that are kept for reuse now.",
            "service",
            "endpoint"),
    ENDPOINT_CONNECTS(
            "parley_endpoint_connects_total",
            Kind.COUNTER,
            "Connections made to the endpoint, health checks not among them.",
            "service",
            "endpoint"),
    ENDPOINT_CONNECT_FAILURES(
            "parley_endpoint_connect_failures_total",
            Kind.COUNTER,
            "Connections to the endpoint that could not be made, or not in time.",
            "service",
            "endpoint"),
    ENDPOINT_CONNECTION_REUSES(
            "parley_endpoint_connection_reuses_total",
            Kind.COUNTER,
            "Requests sent on a connection that an earlier request had left open.",
            "service",
            "endpoint"),
    ENDPOINT_RECEIVED_BYTES(
            "parley_endpoint_received_bytes_total",
            Kind.COUNTER,
            "Bytes that the endpoint sent to Parley.",
            "service",
            "endpoint"),
    ENDPOINT_SENT_BYTES(
            "parley_endpoint_sent_bytes_total",
            Kind.COUNTER,
            "Bytes that the endpoint was sent.",
            "service",
            "endpoint"),
    ENDPOINT_RECEIVED_DATAGRAMS(
            "parley_endpoint_received_datagrams_total",
            Kind.COUNTER,
            "Datagrams that the endpoint sent to Parley.",
            "service",
            "endpoint"),
    ENDPOINT_SENT_DATAGRAMS(
            "parley_endpoint_sent_datagrams_total",
            Kind.COUNTER,
            "Datagrams that the endpoint was sent.",
            "service",
            "endpoint"),
    ENDPOINT_UP(
            "parley_endpoint_up",
            Kind.GAUGE,
            "1 while the endpoint is in the rotation, else 0; /status has the reason.",
            "service",
            "endpoint"),
    ENDPOINT_EJECTED(
            "parley_endpoint_ejected",
            Kind.GAUGE,
            "1 while the endpoint is left alone for how it answered, else 0.",
            "service",
            "endpoint"),
    ENDPOINT_EJECTIONS(
            "parley_endpoint_ejections_total",
            Kind.COUNTER,
            "Ejections of the endpoint, by what they were for: consecutive_failures, success_rate, latency, or a probe that failed.",
            "service",
            "endpoint",
            "cause"),
    ENDPOINT_EWMA_LATENCY(
            "parley_endpoint_ewma_latency_seconds",
            Kind.GAUGE,
            "The moving average of latency that balancing goes by, in which failures count as slow.",
            "service",
            "endpoint"),

    BUILD("parley_build", Kind.INFO, "The version of Parley, and the Java that runs it.", "version", "java"),
    START_TIME("parley_start_time_seconds", Kind.GAUGE, "When the process started, in seconds since 1970."),
    CONFIG_REVISION("parley_config_revision", Kind.GAUGE, "The revision of the configuration that is serving."),
    CONFIG_CHANGES_ACCEPTED(
            "parley_config_changes_accepted_total", Kind.COUNTER, "Changes of the configuration that were applied."),
    CONFIG_CHANGES_REJECTED(
            "parley_config_changes_rejected_total",
            Kind.COUNTER,
            "Changes of the configuration that had problems; the one before went on serving."),
    CERTIFICATE_REMAINING(
            "parley_certificate_remaining_seconds",
            Kind.GAUGE,
            "Time until a certificate that Parley shows ends, of those above it the earliest; negative once it has.",
            "kind",
            "owner",
            "file"),
    CERTIFICATE_SHARE_LEFT(
            "parley_certificate_lifetime_left_ratio",
            Kind.GAUGE,
            "The share of the certificate's lifetime that is left: 1 is all of it, 0 or less none.",
            "kind",
            "owner",
            "file"),
    EVENT_LOOPS("parley_event_loops", Kind.GAUGE, "Threads that carry traffic."),
    EVENT_LOOP_LONGEST_TURN(
            "parley_event_loop_longest_turn_seconds",
            Kind.GAUGE,
            "The longest that an event loop has been busy before it looked for new work: what all its traffic waited."),
    DIRECT_MEMORY("parley_direct_memory_bytes", Kind.GAUGE, "Memory outside the Java heap held for buffers."),
    HEAP_USED("parley_heap_used_bytes", Kind.GAUGE, "Java heap in use, garbage not yet collected among it."),
    STATE_USABLE(
            "parley_state_usable",
            Kind.GAUGE,
            "1 while the state folder can be written, as far as is known, else 0; the log has the reason."),
    STATE_WAITING("parley_state_waiting", Kind.GAUGE, "Requests with idempotency keys that wait for the disk."),
    STATE_COMMITS(
            "parley_state_commits_total",
            Kind.COUNTER,
            "Transactions that wrote to the state folder, each a sync of the disk, shared by what came meanwhile."),
    STATE_BYTES("parley_state_bytes", Kind.GAUGE, "What the state folder's database takes on the disk."),
    STATE_KEYS("parley_state_idempotency_keys", Kind.GAUGE, "Idempotency keys of the route that are kept.", "route"),
    ACCESS_LOG_WRITTEN("parley_access_log_written_total", Kind.COUNTER, "Lines that the access log took."),
    ACCESS_LOG_LOST(
            "parley_access_log_lost_total",
            Kind.COUNTER,
            "Lines dropped because the access log was slower than the traffic, or could not be written.");

    /** How a metric's value moves. */
    public enum Kind {
        /** Only grows, until the process restarts. */
        COUNTER,
        /** What is now. */
        GAUGE,
        /** Durations in buckets. */
        HISTOGRAM,
        /** Always 1; the labels are the information. Exposed with the suffix {@code _info}. */
        INFO
    }

    private final String exposedName;
    private final Kind kind;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
    private final List<String> labels;

    Metric(String exposedName, Kind kind, String help, String... labels) {
        this.exposedName = exposedName;
        this.kind = kind;
        this.help = help;
        this.labels = List.of(labels);
    }

    /** The name as it is exposed. */
    public String exposedName() {
        return exposedName;
    }

    public Kind kind() {
        return kind;
    }

    /** What it means, in one sentence. */
    public String help() {
        return help;
    }

    /** The names of its labels, in the order in which values are given. */
    public List<String> labels() {
        return labels;
    }
}
