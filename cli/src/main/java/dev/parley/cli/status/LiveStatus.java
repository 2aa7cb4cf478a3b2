package dev.parley.cli.status;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code /status} said at one moment. What an older release does not say is 0, empty or false; what a newer one says
 * besides is passed over. Rates and latencies are of the last few seconds, latencies in milliseconds.
 *
 * @param now Parley's own clock, which all other times are of
 */
public record LiveStatus(
        String version,
        Instant started,
        Instant now,
        long revision,
        String zone,
        List<String> problems,
        List<ServiceState> services,
        List<RouteState> routes,
        List<Happened> events) {

    /** What came of requests; the share of success is from 0 to 1. */
    public record Lately(double perSecond, double success, double p50Ms, double p99Ms) {}

    /**
     * A service.
     *
     * @param breaker {@code closed}, {@code open} or {@code half_open}
     * @param concurrencyLimit 0 where there is none
     * @param retries since the start
     * @param retryBudgetUsed from 0 to 1
     * @param refusedPerSecond over all reasons
     */
    public record ServiceState(
            String name,
            Lately lately,
            long inFlight,
            boolean panic,
            String breaker,
            String breakerReason,
            Instant breakerSince,
            long concurrencyLimit,
            long retries,
            double retriesPerSecond,
            double retryBudgetUsed,
            double hedgesPerSecond,
            double refusedPerSecond,
            List<EndpointState> endpoints) {

        /** The endpoints that are in the rotation with their full share. */
        public long up() {
            return endpoints.stream().filter(EndpointState::isUp).count();
        }
    }

    /**
     * An endpoint.
     *
     * @param state as {@code /status} has it: {@code up}, {@code ejected}, {@code unreachable} and so on
     * @param until when its ejection is over
     */
    public record EndpointState(
            String service,
            String address,
            String state,
            String reason,
            Instant since,
            Optional<Instant> until,
            int ejections,
            String zone,
            int priority,
            int weight,
            long inFlight,
            long connections,
            double believedMs,
            Lately lately) {

        public boolean isUp() {
            return state.equals("up");
        }
    }

    /** A route; a budget of 0 is none. */
    public record RouteState(
            String name,
            String criticality,
            double budgetMs,
            Lately lately,
            double budgetsExceededPerSecond,
            double rateLimitedPerSecond) {}

    /** Something that happened; the kind is as {@code /status} has it. */
    public record Happened(Instant time, String kind, String service, String endpoint, String reason) {}

    /** @throws NotStatus where the text is not what {@code /status} answers */
    public static LiveStatus read(String json) throws NotStatus {
        try {
            Part status = new Part(JsonReader.object(json));
            if (!status.has("services") || !status.has("version")) {
                throw new NotStatus("It is JSON, but not of Parley's /status.");
            }
            return status(status);
        } catch (JsonReader.NotJson malformed) {
            throw new NotStatus("It is " + malformed.getMessage() + ".");
        }
    }

    /** What answered is not Parley's admin address, or not a whole answer of it. */
    public static final class NotStatus extends Exception {
        NotStatus(String message) {
            super(message);
        }
    }

    private static LiveStatus status(Part part) {
        return new LiveStatus(
                part.text("version"),
                part.time("started"),
                part.time("now"),
                part.whole("revision"),
                part.text("zone"),
                part.texts("problems"),
                part.parts("services").stream().map(LiveStatus::service).toList(),
                part.parts("routes").stream().map(LiveStatus::route).toList(),
                part.parts("events").stream().map(LiveStatus::event).toList());
    }

    private static ServiceState service(Part part) {
        String name = part.text("name");
        Part breaker = part.part("breaker");
        Part retries = part.part("retries");
        return new ServiceState(
                name,
                lately(part),
                part.whole("in_flight"),
                part.truth("panic"),
                breaker.text("state"),
                breaker.text("reason"),
                breaker.time("since"),
                part.whole("concurrency_limit"),
                retries.whole("total"),
                retries.number("per_second"),
                retries.number("budget_used"),
                part.part("hedges").number("per_second"),
                part.part("refused_per_second").sum(),
                part.parts("endpoints").stream()
                        .map(endpoint -> endpoint(name, endpoint))
                        .toList());
    }

    private static EndpointState endpoint(String service, Part part) {
        return new EndpointState(
                service,
                part.text("address"),
                part.text("state"),
                part.text("reason"),
                part.time("since"),
                part.has("until") ? Optional.of(part.time("until")) : Optional.empty(),
                (int) part.whole("ejections"),
                part.text("zone"),
                (int) part.whole("priority"),
                (int) part.whole("weight"),
                part.whole("in_flight"),
                part.whole("connections_open"),
                part.number("believed_latency_ms"),
                lately(part));
    }

    private static RouteState route(Part part) {
        return new RouteState(
                part.text("name"),
                part.text("criticality"),
                part.number("budget_ms"),
                lately(part),
                part.number("budgets_exceeded_per_second"),
                part.number("rate_limited_per_second"));
    }

    private static Happened event(Part part) {
        return new Happened(
                part.time("time"), part.text("kind"), part.text("service"), part.text("endpoint"), part.text("reason"));
    }

    private static Lately lately(Part part) {
        return new Lately(
                part.number("requests_per_second"),
                part.number("success_share"),
                part.number("p50_ms"),
                part.number("p99_ms"));
    }

    /** An object, asked for its members by name and kind. */
    private record Part(Map<String, Object> members) {
        boolean has(String key) {
            return members.containsKey(key);
        }

        String text(String key) {
            return members.get(key) instanceof String text ? text : "";
        }

        double number(String key) {
            return members.get(key) instanceof Double number ? number : 0;
        }

        long whole(String key) {
            return Math.round(number(key));
        }

        boolean truth(String key) {
            return Boolean.TRUE.equals(members.get(key));
        }

        Instant time(String key) {
            try {
                return text(key).isEmpty() ? Instant.EPOCH : Instant.parse(text(key));
            } catch (DateTimeException malformed) {
                return Instant.EPOCH;
            }
        }

        double sum() {
            return members.values().stream()
                    .mapToDouble(value -> value instanceof Double number ? number : 0)
                    .sum();
        }

        Part part(String key) {
            return members.get(key) instanceof Map<?, ?> object
                    ? new Part(JsonReader.members(object))
                    : new Part(Map.of());
        }

        List<Part> parts(String key) {
            return members.get(key) instanceof List<?> list
                    ? list.stream()
                            .filter(Map.class::isInstance)
                            .map(object -> new Part(JsonReader.members(object)))
                            .toList()
                    : List.of();
        }

        List<String> texts(String key) {
            return members.get(key) instanceof List<?> list
                    ? list.stream().map(String::valueOf).toList()
                    : List.of();
        }
    }
}
