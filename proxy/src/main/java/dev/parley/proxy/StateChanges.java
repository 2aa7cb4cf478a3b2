package dev.parley.proxy;

import dev.parley.proxy.outlier.Transition;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.events.Event;
import dev.parley.telemetry.events.RecentEvents;
import dev.parley.telemetry.metrics.EndpointMetrics;
import java.util.Locale;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what became of endpoints and services by itself: each change once, in the log, among the recent events and as a count. */
final class StateChanges {
    private static final Logger LOG = LoggerFactory.getLogger(StateChanges.class);

    private final RecentEvents events;
    private final Function<Endpoint, EndpointMetrics> metrics;

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
