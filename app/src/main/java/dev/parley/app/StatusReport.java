package dev.parley.app;

import dev.parley.cli.Version;
import dev.parley.model.Configuration;
import dev.parley.model.Listener;
import dev.parley.model.Route;
import dev.parley.model.Service;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.outlier.Ejection;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.RetryBudget;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Snapshot;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.admin.Status;
import dev.parley.telemetry.admin.StatusSource;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.Latencies;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.telemetry.metrics.RouteMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.telemetry.metrics.StatusClass;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/** What {@code /status} shows: the state of everything that the serving configuration names, and {@link LookBack} for its rates. */
final class StatusReport implements StatusSource {
    private final Proxy proxy;
    private final MetricsRegistry metrics;
    private final ConfigChanges changes;
    private final Readying readiness;
    private final Instant started = Instant.now();
    private final LookBack lookBack = new LookBack(System.nanoTime());

    StatusReport(Proxy proxy, MetricsRegistry metrics, ConfigChanges changes, Readying readiness) {
        this.proxy = proxy;
        this.metrics = metrics;
        this.changes = changes;
        this.readiness = readiness;
    }

    /** One moment on both clocks, so that what is known on the one can be told on the other. */
    private record Moment(Instant time, long ns) {
        Instant at(long thenNs) {
            return time.plusNanos(thenNs - ns);
        }
    }

    @Override
    public synchronized Status read() {
        Moment now = new Moment(Instant.now(), System.nanoTime());
        Snapshot snapshot = proxy.snapshot();
        lookBack.begin(now.ns());
        Status status = new Status(
                Version.text(),
                started,
                now.time(),
                lookBack.window(),
                snapshot.revision(),
                snapshot.configuration().zone(),
                changes.problems(),
                listeners(snapshot),
                services(snapshot, now),
                routes(snapshot),
                Certificates.status(proxy.tls().certificates()),
                proxy.events().latestFirst());
        lookBack.end();
        return status;
    }

    private List<Status.ListenerStatus> listeners(Snapshot snapshot) {
        List<Status.ListenerStatus> listeners = new ArrayList<>();
        var addresses = proxy.addresses();
        snapshot.listeners()
                .forEach((name, view) -> listeners.add(new Status.ListenerStatus(
                        name,
                        String.valueOf(addresses.get(name)).replaceFirst("^/", ""),
                        lowerCase(view.settings().protocol()),
                        readiness.draining() ? "draining" : "listening",
                        "",
                        view.metrics().connectionsOpen(),
                        lookBack.perSecond("listener " + name, view.metrics().interactions()))));
        return listeners;
    }

    private List<Status.RouteStatus> routes(Snapshot snapshot) {
        List<Status.RouteStatus> routes = new ArrayList<>();
        snapshot.configuration().routes().forEach((name, route) -> routes.add(route(name, route)));
        return routes;
    }

    private Status.RouteStatus route(String name, Route route) {
        RouteMetrics counters = metrics.route(name);
        String thing = "route " + name;
        return new Status.RouteStatus(
                name,
                route.listener(),
                lowerCase(route.criticality()),
                route.budget(),
                lately(thing, counters::requestsOf, counters.latencies()),
                lookBack.perSecond(thing + " over budget", counters.budgetsExceeded()),
                lookBack.perSecond(thing + " rate limited", counters.rateLimits()));
    }

    private List<Status.ServiceStatus> services(Snapshot snapshot, Moment now) {
        Set<String> byConnection = byConnection(snapshot.configuration());
        return snapshot.services().values().stream()
                .map(view -> service(view, byConnection.contains(view.name()), now))
                .toList();
    }

    /** The services whose traffic is connections or sessions, and no requests. */
    private static Set<String> byConnection(Configuration configuration) {
        Set<String> names = new HashSet<>(configuration.servicesByUdp());
        for (Route route : configuration.routes().values()) {
            Listener listener = configuration.listeners().get(route.listener());
            if (listener != null && listener.protocol() == Listener.Protocol.TCP) {
                route.to().ifPresent(to -> names.addAll(to.services().keySet()));
            }
        }
        return names;
    }

    private Status.ServiceStatus service(ServiceView view, boolean byConnection, Moment now) {
        List<Status.EndpointStatus> endpoints = new ArrayList<>();
        Map<Endpoint, Ejection> ejections = proxy.outliers().ejections(view.name());
        Latencies latencies = Latencies.none();
        long inFlight = 0;
        for (int i = 0; i < view.endpoints().size(); i++) {
            Endpoint endpoint = view.endpoints().get(i);
            EndpointMetrics counters =
                    metrics.endpoint(view.name(), endpoint.address().toString());
            Latencies own = counters.latencies();
            Status.Standing standing = standing(endpoint, Optional.ofNullable(ejections.get(endpoint)), now);
            String thing = "endpoint " + view.name() + " " + endpoint.address();
            Status.Lately lately = byConnection
                    // Of an attempt that is no request only the failure is counted as one.
                    ? lookBack.lately(
                            thing,
                            counters.connects() + counters.requestsOf(StatusClass.NONE),
                            counters.requestsOf(StatusClass.NONE),
                            own)
                    : lately(thing, counters::requestsOf, own);
            endpoints.add(endpoint(endpoint, view.settings().endpoints().get(i), standing, counters, lately, now));
            latencies = latencies.plus(own);
            inFlight += endpoint.inFlight();
        }
        ServiceMetrics counters = view.metrics();
        String thing = "service " + view.name();
        return new Status.ServiceStatus(
                view.name(),
                byConnection
                        ? lookBack.lately(
                                thing, counters.connections() + counters.notTaken(), counters.notTaken(), latencies)
                        : lately(thing, counters::requestsOf, latencies),
                inFlight,
                counters.panic(),
                breaker(view.guard().breaker(), now),
                view.settings().concurrency().enabled()
                        ? OptionalLong.of(view.guard().concurrency().limit())
                        : OptionalLong.empty(),
                retries(thing, view.guard().retries(), counters, now),
                new Status.Hedges(
                        lookBack.perSecond(thing + " hedges", counters.hedges()),
                        lookBack.perSecond(thing + " hedges won", counters.hedgesWon())),
                refused(thing, counters),
                endpoints);
    }

    private static Status.Breaker breaker(CircuitBreaker breaker, Moment now) {
        CircuitBreaker.State state = breaker.state();
        return new Status.Breaker(
                lowerCase(state),
                state == CircuitBreaker.State.CLOSED ? "" : breaker.reason(),
                now.at(breaker.sinceNs()));
    }

    private Status.Retries retries(String thing, RetryBudget budget, ServiceMetrics counters, Moment now) {
        double allowed = budget.allowed(now.ns());
        long used = budget.retries(now.ns());
        return new Status.Retries(
                counters.retries(),
                lookBack.perSecond(thing + " retries", counters.retries()),
                allowed > 0 ? Math.min(1, used / allowed) : 1,
                Math.max(0, (long) allowed - used),
                lookBack.perSecond(thing + " retries not made", counters.retriesNotMade()));
    }

    private SortedMap<String, Double> refused(String thing, ServiceMetrics counters) {
        SortedMap<String, Double> refused = new TreeMap<>();
        for (ServiceMetrics.CallRefusal why : ServiceMetrics.CallRefusal.values()) {
            refused.put(why.label(), lookBack.perSecond(thing + " " + why.label(), counters.refusedFor(why)));
        }
        refused.put("rate_limited", lookBack.perSecond(thing + " rate limited", counters.rateLimits()));
        return refused;
    }

    private Status.EndpointStatus endpoint(
            Endpoint endpoint,
            Service.Endpoint configured,
            Status.Standing standing,
            EndpointMetrics counters,
            Status.Lately lately,
            Moment now) {
        String address = endpoint.address().toString();
        return new Status.EndpointStatus(
                address,
                configured.zone(),
                configured.priority(),
                configured.weight(),
                standing,
                endpoint.inFlight(),
                counters.connectionsOpen(),
                Duration.ofNanos((long) (endpoint.cost(now.ns()) / (endpoint.inFlight() + 1))),
                lately);
    }

    private static Status.Standing standing(Endpoint endpoint, Optional<Ejection> ejection, Moment now) {
        CircuitBreaker breaker = endpoint.breaker();
        Endpoint.Standing standing = endpoint.standing();
        int ejections = ejection.map(Ejection::nth).orElse(0);
        boolean called = standing.available() && !endpoint.retired();
        if (called && breaker != null && breaker.state() != CircuitBreaker.State.CLOSED) {
            return new Status.Standing(
                    Status.EndpointState.BREAKER_OPEN,
                    breaker.reason(),
                    now.at(breaker.sinceNs()),
                    Optional.of(now.at(now.ns() + breaker.retryAfterNs(now.ns()))),
                    ejections);
        }
        Status.EndpointState state = endpoint.retired() ? Status.EndpointState.RETIRED : state(standing.cause());
        Optional<Instant> until = standing.cause() == Endpoint.Cause.EJECTED
                ? ejection.map(last -> now.at(last.untilNs()))
                : Optional.empty();
        return new Status.Standing(state, standing.reason(), now.at(standing.sinceNs()), until, ejections);
    }

    private static Status.EndpointState state(Endpoint.Cause cause) {
        return switch (cause) {
            case UP -> Status.EndpointState.UP;
            case PROBING -> Status.EndpointState.PROBING;
            case EJECTED -> Status.EndpointState.EJECTED;
            case UNHEALTHY -> Status.EndpointState.UNHEALTHY;
            case UNREACHABLE -> Status.EndpointState.UNREACHABLE;
        };
    }

    private Status.Lately lately(String thing, IntToLongFunction requestsOf, Latencies latencies) {
        long requests = 0;
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            requests += requestsOf.applyAsLong(statusClass);
        }
        long failed = requestsOf.applyAsLong(StatusClass.of(500)) + requestsOf.applyAsLong(StatusClass.NONE);
        return lookBack.lately(thing, requests, failed, latencies);
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
