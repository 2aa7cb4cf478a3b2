package dev.parley.cli.top;

import dev.parley.cli.status.LiveStatus.EndpointState;
import dev.parley.cli.status.LiveStatus.ServiceState;
import java.util.Comparator;
import java.util.Locale;

/** What endpoints are sorted by. All orders are stable, so that equals keep the order of the configuration. */
public enum Order {
    /** Those that get no traffic, then those whose requests fail, then the slowest. */
    WORST,
    RATE,
    P99,
    IN_FLIGHT,
    /** As the configuration has them. */
    NAME;

    Comparator<EndpointState> comparator() {
        return switch (this) {
            case WORST ->
                Comparator.comparingInt((EndpointState endpoint) -> -trouble(endpoint))
                        .thenComparingDouble(endpoint -> endpoint.lately().success())
                        .thenComparingDouble(endpoint -> -endpoint.lately().p99Ms());
            case RATE ->
                Comparator.comparingDouble(endpoint -> -endpoint.lately().perSecond());
            case P99 ->
                Comparator.comparingDouble(endpoint -> -endpoint.lately().p99Ms());
            case IN_FLIGHT -> Comparator.comparingLong(endpoint -> -endpoint.inFlight());
            case NAME -> Comparator.comparingInt(endpoint -> 0);
        };
    }

    /** The next one, and the first after the last. */
    public Order next() {
        return switch (this) {
            case WORST -> RATE;
            case RATE -> P99;
            case P99 -> IN_FLIGHT;
            case IN_FLIGHT -> NAME;
            case NAME -> WORST;
        };
    }

    /** As the key's help has it: {@code in flight}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static int trouble(EndpointState endpoint) {
        return switch (endpoint.state()) {
            case "up" -> endpoint.lately().success() < 1 ? 1 : 0;
            case "probing" -> 2;
            default -> 3;
        };
    }

    /** The services with trouble first: no endpoint up, panic or an open breaker; then failures; then fewer endpoints. */
    static int trouble(ServiceState service) {
        boolean refuses = service.panic() || service.breaker().equals("open") || service.up() == 0;
        if (refuses) {
            return 3;
        }
        boolean fails = service.lately().success() < 0.99 || service.breaker().equals("half_open");
        return fails ? 2 : service.up() < service.endpoints().size() ? 1 : 0;
    }
}
