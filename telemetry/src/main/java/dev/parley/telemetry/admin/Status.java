package dev.parley.telemetry.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The state of Parley at one moment, as {@code /status} shows it. Rates and latencies are of the last few seconds.
 *
 * @param revision of the configuration that is serving
 * @param problems of the latest configuration that was rejected; empty where the latest one is serving
 */
public record Status(
        String version,
        Instant started,
        long revision,
        List<String> problems,
        List<ListenerStatus> listeners,
        List<ServiceStatus> services,
        List<CertificateStatus> certificates) {

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

    /** One service. */
    public record ServiceStatus(String name, List<EndpointStatus> endpoints) {}

    /**
     * One endpoint.
     *
     * @param state {@code up}, {@code down}, {@code ejected} for how it answered, or {@code probing} after that
     * @param reason why it is in that state; empty where there is nothing to say
     * @param successShare the share of attempts that were answered with anything but 5xx, from 0 to 1
     */
    public record EndpointStatus(
            String address,
            String state,
            String reason,
            int weight,
            int inFlight,
            long connectionsOpen,
            double requestsPerSecond,
            double successShare,
            Duration p50,
            Duration p99) {}
}
