package dev.parley.telemetry.admin;

import dev.parley.telemetry.events.Event;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Writes a {@link Status} as JSON. Durations are milliseconds. */
final class StatusJson {
    private final StringBuilder out = new StringBuilder(1024);

    static String write(Status status) {
        StatusJson json = new StatusJson();
        json.status(status);
        return json.out.append('\n').toString();
    }

    private void status(Status status) {
        out.append('{');
        text("version", status.version());
        text("started", status.started().toString());
        text("now", status.now().toString());
        milliseconds("window_ms", status.window());
        raw("revision", Long.toString(status.revision()));
        text("zone", status.zone());
        list("problems", status.problems(), this::string);
        list("listeners", status.listeners(), this::listener);
        list("services", status.services(), this::service);
        list("routes", status.routes(), this::route);
        list("certificates", status.certificates(), this::certificate);
        list("events", status.events(), this::event);
        out.append('}');
    }

    private void listener(Status.ListenerStatus listener) {
        out.append('{');
        text("name", listener.name());
        text("address", listener.address());
        text("protocol", listener.protocol());
        text("state", listener.state());
        text("reason", listener.reason());
        raw("connections_open", Long.toString(listener.connectionsOpen()));
        number("requests_per_second", listener.requestsPerSecond());
        out.append('}');
    }

    private void certificate(Status.CertificateStatus certificate) {
        out.append('{');
        text("kind", certificate.kind());
        text("owner", certificate.owner());
        text("file", certificate.file());
        list("names", certificate.names(), this::string);
        text("ends", certificate.ends().toString());
        number("lifetime_left", certificate.lifetimeLeft());
        out.append('}');
    }

    private void service(Status.ServiceStatus service) {
        out.append('{');
        text("name", service.name());
        lately(service.lately());
        raw("in_flight", Long.toString(service.inFlight()));
        raw("panic", Boolean.toString(service.panic()));
        object("breaker", service.breaker(), this::breaker);
        raw("concurrency_limit", numberOrNull(service.concurrencyLimit()));
        object("retries", service.retries(), this::retries);
        object("hedges", service.hedges(), this::hedges);
        object("refused_per_second", service.refusedPerSecond(), refused -> refused.forEach(this::number));
        list("endpoints", service.endpoints(), this::endpoint);
        out.append('}');
    }

    private void breaker(Status.Breaker breaker) {
        text("state", breaker.state());
        text("reason", breaker.reason());
        text("since", breaker.since().toString());
    }

    private void retries(Status.Retries retries) {
        raw("total", Long.toString(retries.total()));
        number("per_second", retries.perSecond());
        number("budget_used", retries.budgetUsed());
        raw("budget_remaining", Long.toString(retries.budgetRemaining()));
        number("exhausted_per_second", retries.exhaustedPerSecond());
    }

    private void hedges(Status.Hedges hedges) {
        number("per_second", hedges.perSecond());
        number("won_per_second", hedges.wonPerSecond());
    }

    private void endpoint(Status.EndpointStatus endpoint) {
        Status.Standing standing = endpoint.standing();
        out.append('{');
        text("address", endpoint.address());
        text("state", standing.state().text());
        text("reason", standing.reason());
        text("since", standing.since().toString());
        standing.until().ifPresentOrElse(until -> text("until", until.toString()), () -> raw("until", "null"));
        raw("ejections", Integer.toString(standing.ejections()));
        text("zone", endpoint.zone());
        raw("priority", Integer.toString(endpoint.priority()));
        raw("weight", Integer.toString(endpoint.weight()));
        raw("in_flight", Integer.toString(endpoint.inFlight()));
        raw("connections_open", Long.toString(endpoint.connectionsOpen()));
        milliseconds("believed_latency_ms", endpoint.believedLatency());
        lately(endpoint.lately());
        out.append('}');
    }

    private void route(Status.RouteStatus route) {
        out.append('{');
        text("name", route.name());
        text("listener", route.listener());
        text("criticality", route.criticality());
        route.budget().ifPresentOrElse(budget -> milliseconds("budget_ms", budget), () -> raw("budget_ms", "null"));
        lately(route.lately());
        number("budgets_exceeded_per_second", route.budgetsExceededPerSecond());
        number("rate_limited_per_second", route.rateLimitedPerSecond());
        out.append('}');
    }

    private void event(Event event) {
        out.append('{');
        text("time", event.time().toString());
        text("kind", event.kind().text());
        text("service", event.service());
        text("endpoint", event.endpoint());
        text("reason", event.reason());
        out.append('}');
    }

    private void lately(Status.Lately lately) {
        number("requests_per_second", lately.requestsPerSecond());
        number("success_share", lately.successShare());
        milliseconds("p50_ms", lately.p50());
        milliseconds("p99_ms", lately.p99());
    }

    private <T> void object(String key, T value, Consumer<T> write) {
        key(key);
        out.append('{');
        write.accept(value);
        out.append('}');
    }

    private static String numberOrNull(OptionalLong value) {
        return value.isPresent() ? Long.toString(value.getAsLong()) : "null";
    }

    private void milliseconds(String key, Duration value) {
        number(key, value.toNanos() / 1e6);
    }

    private void number(String key, double value) {
        // JSON has no NaN and no infinity (RFC 8259 section 6).
        if (!Double.isFinite(value)) {
            raw(key, "null");
            return;
        }
        key(key);
        // By hand, as a format string would cost most of the time that a look at thousands of endpoints takes.
        long thousandths = Math.round(Math.abs(value) * 1000);
        out.append(value < 0 && thousandths > 0 ? "-" : "")
                .append(thousandths / 1000)
                .append('.');
        out.append((char) ('0' + thousandths / 100 % 10));
        out.append((char) ('0' + thousandths / 10 % 10));
        out.append((char) ('0' + thousandths % 10));
    }

    private void text(String key, String value) {
        key(key);
        string(value);
    }

    private void raw(String key, String value) {
        key(key);
        out.append(value);
    }

    private <T> void list(String key, List<T> values, Consumer<T> write) {
        key(key);
        out.append('[');
        for (int index = 0; index < values.size(); index++) {
            out.append(index == 0 ? "" : ",");
            write.accept(values.get(index));
        }
        out.append(']');
    }

    private void key(String key) {
        if (out.charAt(out.length() - 1) != '{') {
            out.append(',');
        }
        string(key);
        out.append(':');
    }

    private void string(String value) {
        out.append('"');
        for (int index = 0; index < value.length(); index++) {
            char c = value.charAt(index);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || (c >= 0x7f && c < 0xa0) || Character.isSurrogate(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
