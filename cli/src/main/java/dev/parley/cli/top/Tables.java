package dev.parley.cli.top;

import dev.parley.cli.status.LiveStatus.EndpointState;
import dev.parley.cli.status.LiveStatus.Happened;
import dev.parley.cli.status.LiveStatus.RouteState;
import dev.parley.cli.status.LiveStatus.ServiceState;
import dev.parley.cli.terminal.Ink.Tone;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Function;

/** The columns of each table, and what is set off in them. */
public final class Tables {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private Tables() {}

    /** The columns of services. */
    public static Columns<ServiceState> services(Instant now) {
        return new Columns<ServiceState>()
                .words("SERVICE", 8, 20, 0, ServiceState::name)
                .figures("REQ/S", 7, 1, service -> Figures.rate(service.lately().perSecond()))
                .figures(
                        "SUCCESS",
                        7,
                        1,
                        service -> Figures.share(
                                service.lately().success(), service.lately().perSecond()),
                        service -> ofShare(service.lately().success()))
                .figures("P50", 7, 8, service -> Figures.millis(service.lately().p50Ms()))
                .figures("P99", 7, 3, service -> Figures.millis(service.lately().p99Ms()))
                .figures("BUSY", 5, 5, service -> Long.toString(service.inFlight()))
                .figures(
                        "LIMIT",
                        6,
                        6,
                        service -> service.concurrencyLimit() > 0 ? Long.toString(service.concurrencyLimit()) : "-")
                .figures("RETRY/S", 7, 2, service -> Figures.rareRate(service.retriesPerSecond()))
                .figures(
                        "BUDGET",
                        6,
                        4,
                        service -> Figures.percent(1 - service.retryBudgetUsed()),
                        service -> service.retryBudgetUsed() > 0.8 ? Tone.BAD : Tone.PLAIN)
                .figures("HEDGE/S", 7, 9, service -> Figures.rareRate(service.hedgesPerSecond()))
                .figures(
                        "REFUSED/S",
                        9,
                        7,
                        service -> Figures.rareRate(service.refusedPerSecond()),
                        service -> service.refusedPerSecond() > 0 ? Tone.BAD : Tone.PLAIN)
                .words("BREAKER", 9, 16, 1, service -> breaker(service, now), service -> ofBreaker(service.breaker()))
                .words("UP", 5, 20, 0, Tables::up, Tables::ofUp);
    }

    private static String breaker(ServiceState service, Instant now) {
        String state = service.breaker().replace('_', ' ');
        return state.isEmpty()
                ? "-"
                : state.equals("closed") ? state : state + " " + Figures.time(service.breakerSince(), now);
    }

    private static String up(ServiceState service) {
        return "%d/%d%s".formatted(service.up(), service.endpoints().size(), service.panic() ? " PANIC" : "");
    }

    private static Tone ofUp(ServiceState service) {
        if (service.panic() || service.up() == 0) {
            return Tone.BAD;
        }
        return service.up() < service.endpoints().size() ? Tone.WARNING : Tone.GOOD;
    }

    /** The columns of endpoints, whose names are what {@code name} says. */
    public static Columns<EndpointState> endpoints(Instant now, String title, Function<EndpointState, String> name) {
        return new Columns<EndpointState>()
                .words(title, 8, 24, 2, name)
                .words("ADDRESS", 12, 40, 0, EndpointState::address)
                .words("STATE", 11, 24, 0, endpoint -> state(endpoint, now), endpoint -> ofState(endpoint.state()))
                .figures(
                        "REQ/S",
                        7,
                        1,
                        endpoint -> Figures.rate(endpoint.lately().perSecond()))
                .figures(
                        "SUCCESS",
                        7,
                        1,
                        endpoint -> Figures.share(
                                endpoint.lately().success(), endpoint.lately().perSecond()),
                        endpoint -> ofShare(endpoint.lately().success()))
                .figures(
                        "P50",
                        7,
                        6,
                        endpoint -> Figures.millis(endpoint.lately().p50Ms()))
                .figures(
                        "P99",
                        7,
                        3,
                        endpoint -> Figures.millis(endpoint.lately().p99Ms()))
                .figures("BUSY", 4, 4, endpoint -> Long.toString(endpoint.inFlight()))
                .figures("CONNS", 5, 9, endpoint -> Long.toString(endpoint.connections()))
                .figures("BELIEVED", 8, 10, endpoint -> Figures.millis(endpoint.believedMs()))
                .words("ZONE", 4, 16, 5, Tables::zone)
                .figures("EJECTED", 7, 8, endpoint -> endpoint.ejections() == 0 ? "-" : endpoint.ejections() + "x")
                .words("WHY", 12, 200, 11, EndpointState::reason);
    }

    /** How long it still lasts, where that is known, else how long it has been so. */
    private static String state(EndpointState endpoint, Instant now) {
        String state = endpoint.state().replace('_', ' ');
        if (endpoint.isUp()) {
            return endpoint.weight() == 0 ? "up, weight 0" : state;
        }
        return endpoint.until()
                .map(until -> "%s %s left".formatted(state, Figures.time(now, until)))
                .orElseGet(() -> state + " " + Figures.time(endpoint.since(), now));
    }

    private static String zone(EndpointState endpoint) {
        String zone = endpoint.zone().isEmpty() ? "-" : endpoint.zone();
        return endpoint.priority() == 0 ? zone : "%s/%d".formatted(zone, endpoint.priority());
    }

    /** The columns of routes. */
    public static Columns<RouteState> routes() {
        return new Columns<RouteState>()
                .words("ROUTE", 8, 24, 0, RouteState::name)
                .figures("REQ/S", 7, 1, route -> Figures.rate(route.lately().perSecond()))
                .figures(
                        "SUCCESS",
                        7,
                        1,
                        route -> Figures.share(
                                route.lately().success(), route.lately().perSecond()),
                        route -> ofShare(route.lately().success()))
                .figures("P50", 7, 6, route -> Figures.millis(route.lately().p50Ms()))
                .figures("P99", 7, 3, route -> Figures.millis(route.lately().p99Ms()))
                .figures("BUDGET", 7, 1, route -> Figures.millis(route.budgetMs()))
                .figures(
                        "OVER/S",
                        6,
                        1,
                        route -> Figures.rareRate(route.budgetsExceededPerSecond()),
                        route -> route.budgetsExceededPerSecond() > 0 ? Tone.BAD : Tone.PLAIN)
                .figures("LIMITED/S", 9, 4, route -> Figures.rareRate(route.rateLimitedPerSecond()))
                .words("CRITICALITY", 11, 14, 5, route -> route.criticality().replace('_', ' '));
    }

    /** The columns of events; times are those of the user's clock. */
    public static Columns<Happened> events(ZoneId zone) {
        return new Columns<Happened>()
                .words("EVENTS", 8, 8, 0, event -> TIME.format(event.time().atZone(zone)))
                .words("", 0, 24, 0, event -> event.kind().replace('_', ' '), event -> ofEvent(event.kind()))
                .words("", 0, 70, 0, event -> (event.service() + " " + event.endpoint()).strip())
                .words("", 8, 200, 1, Happened::reason);
    }

    private static Tone ofShare(double success) {
        return success >= 0.999 ? Tone.PLAIN : success >= 0.95 ? Tone.WARNING : Tone.BAD;
    }

    private static Tone ofBreaker(String state) {
        return switch (state) {
            case "closed", "" -> Tone.PLAIN;
            case "half_open" -> Tone.WARNING;
            default -> Tone.BAD;
        };
    }

    private static Tone ofState(String state) {
        return switch (state) {
            case "up" -> Tone.GOOD;
            case "probing", "retired" -> Tone.WARNING;
            default -> Tone.BAD;
        };
    }

    private static Tone ofEvent(String kind) {
        return switch (kind) {
            case "endpoint_down", "endpoint_ejected", "breaker_opened", "panic_began", "configuration_rejected" ->
                Tone.BAD;
            case "endpoint_probing", "breaker_half_open", "levels_changed" -> Tone.WARNING;
            case "endpoint_up", "endpoint_returned", "breaker_closed", "panic_ended" -> Tone.GOOD;
            default -> Tone.PLAIN;
        };
    }
}
