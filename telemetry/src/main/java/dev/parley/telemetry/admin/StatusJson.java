package dev.parley.telemetry.admin;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
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
        raw("revision", Long.toString(status.revision()));
        list("problems", status.problems(), this::string);
        list("listeners", status.listeners(), this::listener);
        list("services", status.services(), this::service);
        list("certificates", status.certificates(), this::certificate);
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
        list("endpoints", service.endpoints(), this::endpoint);
        out.append('}');
    }

    private void endpoint(Status.EndpointStatus endpoint) {
        out.append('{');
        text("address", endpoint.address());
        text("state", endpoint.state());
        text("reason", endpoint.reason());
        raw("weight", Integer.toString(endpoint.weight()));
        raw("in_flight", Integer.toString(endpoint.inFlight()));
        raw("connections_open", Long.toString(endpoint.connectionsOpen()));
        number("requests_per_second", endpoint.requestsPerSecond());
        number("success_share", endpoint.successShare());
        milliseconds("p50_ms", endpoint.p50());
        milliseconds("p99_ms", endpoint.p99());
        out.append('}');
    }

    private void milliseconds(String key, Duration value) {
        number(key, value.toNanos() / 1e6);
    }

    private void number(String key, double value) {
        // JSON has no NaN and no infinity (RFC 8259 section 6).
        raw(key, Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "null");
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
