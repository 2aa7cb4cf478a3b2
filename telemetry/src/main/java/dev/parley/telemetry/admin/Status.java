package dev.parley.telemetry.admin;

import dev.parley.telemetry.events.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * The state of Parley at one moment, as {@code /status} shows it. Rates and latencies are of the last few seconds.
 *
 * @param now the moment
 * @param window the last few seconds that rates and latencies are of; of what has not been there for so long, since it began
 * @param revision of the configuration that is serving
 * @param zone the zone that this Parley is in; empty where it is in none
 * @param problems of the latest configuration that was rejected; empty where the latest one is serving
 * @param events what happened lately, the latest first
 */
public record Status(
        String version,
        Instant started,
        Instant now,
        Duration window,
        long revision,
        String zone,
        List<String> problems,
        List<ListenerStatus> listeners,
        List<ServiceStatus> services,
        List<RouteStatus> routes,
        List<CertificateStatus> certificates,
        List<Event> events) {

    /**
     * One listener.
     *
     * @param address what it is bound to, with the port that was taken where port 0 was asked for
     * @param state {@code listening}, {@code draining} or {@code failed}
     * @param reason why it is not listening; empty where it is
     */
    public record ListenerStatus(
            String name,
            String address,
            String protocol,
            String state,
            String reason,
            long connectionsOpen,
            double requestsPerSecond) {}

    /**
     * One certificate that Parley shows.
     *
     * @param kind of what shows it: {@code listener} or {@code service}
     * @param owner the name of that
     * @param lifetimeLeft 1 is all of its lifetime, 0 or less none
     */
    public record CertificateStatus(
            String kind, String owner, String file, List<String> names, Instant ends, double lifetimeLeft) {}

    /**
     * What came of the requests of the last few seconds; of the connections and sessions, where a service is reached by TCP or UDP.
     *
     * @param successShare the share that was answered with anything but 5xx, from 0 to 1; 1 where there were none
     */
    public record Lately(double requestsPerSecond, double successShare, Duration p50, Duration p99) {}

    /**
     * One service. Its requests are counted once, however often they were tried, and by what the client got; its latencies are
     * those of its endpoints.
     *
     * @param inFlight requests, connections and sessions that its endpoints are busy with
     * @param panic whether so few endpoints are up that those that are not well are called too
     */
    public record ServiceStatus(
            String name,
            Lately lately,
            long inFlight,
            boolean panic,
            Breaker breaker,
            OptionalLong concurrencyLimit,
            Retries retries,
            Hedges hedges,
            SortedMap<String, Double> refusedPerSecond,
            List<EndpointStatus> endpoints) {}

    /**
     * The circuit breaker of a service.
     *
     * @param state {@code closed}, {@code open} or {@code half_open}
     * @param reason why it is not closed; empty where it is
     * @param since when it came to be so
     */
    public record Breaker(String state, String reason, Instant since) {}

    /**
     * What a service tried again.
     *
     * @param total attempts that followed a failed one, since the start
     * @param perSecond the same, lately
     * @param budgetUsed the share of its retry budget that is used, from 0 to 1
     * @param budgetRemaining retries that the budget would let through now
     * @param exhaustedPerSecond retries that were not made because the budget was spent
     */
    public record Retries(
            long total, double perSecond, double budgetUsed, long budgetRemaining, double exhaustedPerSecond) {}

    /** Second attempts that were made while the first was awaited, and how many of these answered first. */
    public record Hedges(double perSecond, double wonPerSecond) {}

    /** Whether an endpoint gets requests, or why not. */
    public enum EndpointState {
        /** It is in the rotation. */
        UP,
        /** After an ejection it gets one request at a time. */
        PROBING,
        /** It was taken out for how it answered. */
        EJECTED,
        /** Its health check fails. */
        UNHEALTHY,
        /** No connection to it can be made. */
        UNREACHABLE,
        /** Its circuit breaker is open. */
        BREAKER_OPEN,
        /** The configuration no longer has it, and what is under way there ends. */
        RETIRED;

        /** As {@code /status} has it: {@code breaker_open}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Where an endpoint stands.
     *
     * @param reason why it is in that state; empty where there is nothing to say
     * @param since when that began
     * @param until when its ejection is over or its breaker lets calls through; empty where it waits for no time
     * @param ejections how often it was ejected lately, which the length of the next one grows with
     */
    public record Standing(EndpointState state, String reason, Instant since, Optional<Instant> until, int ejections) {}

    /**
     * One endpoint.
     *
     * @param zone the zone it is in; empty where none is given
     * @param weight its share relative to the others; 0 is out of the rotation
     * @param inFlight requests, connections and sessions that it is busy with
     * @param connectionsOpen connections to it that are open, in use or idle
     * @param believedLatency what balancing goes by, in which failures count as slow
     */
    public record EndpointStatus(
            String address,
            String zone,
            int priority,
            int weight,
            Standing standing,
            int inFlight,
            long connectionsOpen,
            Duration believedLatency,
            Lately lately) {}

    /**
     * One route.
     *
     * @param criticality what goes last under overload: {@code critical_plus} to {@code sheddable}
     * @param budget how long its requests may take in all; empty where it has no budget of its own
     * @param budgetsExceededPerSecond requests whose budget was spent before they were answered
     */
    public record RouteStatus(
            String name,
            String listener,
            String criticality,
            Optional<Duration> budget,
            Lately lately,
            double budgetsExceededPerSecond,
            double rateLimitedPerSecond) {}
}
