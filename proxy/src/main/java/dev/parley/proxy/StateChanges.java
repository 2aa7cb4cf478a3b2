package dev.parley.proxy;

import dev.parley.proxy.balance.FailureDomains;
import dev.parley.proxy.balance.FailureDomains.Level;
import dev.parley.proxy.outlier.Transition;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.events.Event;
import dev.parley.telemetry.events.RecentEvents;
import dev.parley.telemetry.metrics.EndpointMetrics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what became of endpoints and services by itself: each change once, in the log, among the recent events and as a count. */
final class StateChanges {
    private static final Logger LOG = LoggerFactory.getLogger(StateChanges.class);

    /** The share of a service's traffic that must move from one level to another to be told; traffic returns in small steps. */
    private static final double LEAST_MOVE = 0.25;

    private final RecentEvents events;
    private final Function<Endpoint, EndpointMetrics> metrics;
    private final Set<String> panicking = new HashSet<>();
    private final Map<String, List<Level>> told = new HashMap<>();

    StateChanges(RecentEvents events, Function<Endpoint, EndpointMetrics> metrics) {
        this.events = events;
        this.metrics = metrics;
    }

    /** Health took an endpoint out of the rotation, for a reason, or brought it back. */
    void health(Endpoint endpoint, String reason) {
        if (endpoint.health().available()) {
            LOG.info("endpoint up service={} endpoint={}", endpoint.service(), endpoint.address());
            remember(Event.Kind.ENDPOINT_UP, endpoint, "");
        } else {
            LOG.warn("endpoint down service={} endpoint={} reason={}", endpoint.service(), endpoint.address(), reason);
            remember(Event.Kind.ENDPOINT_DOWN, endpoint, reason);
        }
    }

    /** Outlier detection did something with an endpoint. */
    void ejection(Transition transition) {
        switch (transition) {
            case Transition.Ejected ejected -> ejected(ejected);
            case Transition.Tried(Endpoint endpoint) -> {
                LOG.info("endpoint tried again service={} endpoint={}", endpoint.service(), endpoint.address());
                remember(Event.Kind.ENDPOINT_PROBING, endpoint, "");
            }
            case Transition.Returned(Endpoint endpoint, String reason) -> {
                LOG.info(
                        "endpoint returned service={} endpoint={} reason=\"{}\"",
                        endpoint.service(),
                        endpoint.address(),
                        reason);
                remember(Event.Kind.ENDPOINT_RETURNED, endpoint, reason);
            }
        }
    }

    private void ejected(Transition.Ejected ejected) {
        Endpoint endpoint = ejected.endpoint();
        metrics.apply(endpoint).ejected(ejected.cause());
        long millis = ejected.time().toMillis();
        LOG.warn(
                "endpoint ejected service={} endpoint={} reason=\"{}\" for={}ms nth={}",
                endpoint.service(),
                endpoint.address(),
                ejected.reason(),
                millis,
                ejected.nth());
        remember(
                Event.Kind.ENDPOINT_EJECTED,
                endpoint,
                String.format(Locale.ROOT, "%s; out for %.1f s", ejected.reason(), millis / 1e3));
    }

    private void remember(Event.Kind kind, Endpoint endpoint, String reason) {
        events.add(kind, endpoint.service(), endpoint.address().toString(), reason);
    }

    /** How a service's traffic is spread over its failure domains from now on. Told where it panics, or where much of it moves. */
    synchronized void planned(ServiceView service, FailureDomains plan) {
        service.metrics().panic(plan.panic());
        panic(service, plan.panic());
        List<Level> levels = plan.levels();
        List<Level> before = told.put(service.name(), levels);
        if (before == null || before.size() != levels.size()) {
            return;
        }
        if (moved(before, levels) < LEAST_MOVE) {
            told.put(service.name(), before);
            return;
        }
        String loads = loads(levels);
        LOG.info("traffic moves service={} to=\"{}\"", service.name(), loads);
        events.add(Event.Kind.LEVELS_CHANGED, service.name(), "", loads);
    }

    private void panic(ServiceView service, boolean panic) {
        if (panic && panicking.add(service.name())) {
            String why =
                    "fewer than %s of its endpoints are up: those are called again that were ejected or fail their checks"
                            .formatted(service.settings().locality().panic());
            LOG.warn("panic service={} why=\"{}\"", service.name(), why);
            events.add(Event.Kind.PANIC_BEGAN, service.name(), "", why);
        } else if (!panic && panicking.remove(service.name())) {
            LOG.info("panic over service={}", service.name());
            events.add(Event.Kind.PANIC_ENDED, service.name(), "", "");
        }
    }

    /** The largest change of a level's share. */
    private static double moved(List<Level> before, List<Level> now) {
        double most = 0;
        for (int i = 0; i < now.size(); i++) {
            most = Math.max(most, Math.abs(now.get(i).load() - before.get(i).load()));
        }
        return most;
    }

    /** "own zone 47%, other zones 53%", "priority 0 0%, priority 1 100%", or both where there are both. */
    private static String loads(List<Level> levels) {
        boolean zones = levels.stream().anyMatch(Level::ownZone);
        boolean priorities =
                levels.stream().mapToInt(Level::priority).distinct().count() > 1;
        return levels.stream()
                .map(level -> String.format(
                        Locale.ROOT,
                        "%s%s%.0f%%",
                        priorities ? "priority " + level.priority() + " " : "",
                        !zones ? "" : level.ownZone() ? "own zone " : "other zones ",
                        level.load() * 100))
                .collect(Collectors.joining(", "));
    }

    /** Forgets all services but these. */
    synchronized void retain(Set<String> services) {
        panicking.retainAll(services);
        told.keySet().retainAll(services);
    }

    /**
     * A circuit breaker changed its state.
     *
     * @param what a service, or an endpoint as service/address
     */
    void breaker(String what, CircuitBreaker.State from, CircuitBreaker.State to, String reason) {
        if (to == CircuitBreaker.State.OPEN) {
            LOG.warn("breaker open of={} from={} reason=\"{}\"", what, from, reason);
        } else {
            LOG.info("breaker {} of={} from={} reason=\"{}\"", to.name().toLowerCase(Locale.ROOT), what, from, reason);
        }
        int slash = what.indexOf('/');
        events.add(
                switch (to) {
                    case CLOSED -> Event.Kind.BREAKER_CLOSED;
                    case OPEN -> Event.Kind.BREAKER_OPENED;
                    case HALF_OPEN -> Event.Kind.BREAKER_HALF_OPEN;
                },
                slash < 0 ? what : what.substring(0, slash),
                slash < 0 ? "" : what.substring(slash + 1),
                reason);
    }
}
