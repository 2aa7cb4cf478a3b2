package dev.parley.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A match on a listener, and where it goes. Of several routes that match, the most specific wins, as in the Gateway
 * API: by host (exact, longest wildcard, any), then path (exact, template, regex, longest prefix), then method, then
 * number of headers, then number of query parameters, then name.
 */
public record Route(
        @Setting("The name of the listener.") String listener,

        @Setting("The hosts it is for: a name, *.name, or a list of them; any where none is given.")
        List<HostPattern> host,

        @Setting(
                value = "The path: /prefix, /a/{template}, or a map with one of prefix, exact, template, regex.",
                def = "/")
        PathMatch path,

        @Setting("The calls of gRPC it is for, in place of path and method: service, service/Method, or a map.")
        Optional<GrpcMatch> grpc,

        @Setting("The methods it is for, in upper case; any where none is given.")
        List<String> method,

        @Setting("Headers that must match, by name: a value, * for any, or a map with exact or regex.")
        Map<String, ValueMatch> headers,

        @Setting("Query parameters that must match, by name, in the same form.")
        Map<String, ValueMatch> query,

        @Setting(
                "The names that clients ask for in TLS (SNI) whose connections it takes undecrypted: a name, *.name, or a"
                        + " list of them. On a listener with tls: { passthrough: true } only.")
        List<HostPattern> sni,

        @Setting("The service it goes to, or a map of services to weights.")
        Optional<Destination> to,

        @Setting("Answer with a redirect instead.") Optional<Redirect> redirect,
        @Setting("Give this answer instead.") Optional<Answer> answer,
        @Setting("Change the path before it is sent on.") Optional<Rewrite> rewrite,
        @Setting("Changes to the request's headers.") Optional<HeaderEdit> request,
        @Setting("Changes to the answer's headers.") Optional<HeaderEdit> response,

        @Setting("Send a copy of each request to another service too, whose answers nobody reads.")
        Optional<Mirror> mirror,

        @Setting(
                "How long a request may take in all, retries included, from its head to the end of its answer; what the caller has"
                        + " left counts where that is less. What remains goes on with the request. Only the caller's where it is not given.")
        Optional<Duration> budget,

        @Setting(value = "What goes last under overload.", def = "critical", source = "Google SRE")
        Criticality criticality,

        @Setting(
                "When its requests are tried again, in place of the service's retries; their budget stays the service's.")
        Optional<Retries> retries,

        @Setting("Bounds on how often it is used, each a rate or a map.")
        List<RateLimit> rateLimits,

        @Setting(
                "Whether requests with an Idempotency-Key are executed once: accept, require, or a map. Not looked at where it is not given.")
        Optional<Idempotency> idempotency) {
    private static final PathMatch ANY_PATH = new PathMatch.Prefix("/");
    private static final List<String> GRPC_METHODS = List.of("POST");

    public Route {
        int actions = (to.isPresent() ? 1 : 0) + (redirect.isPresent() ? 1 : 0) + (answer.isPresent() ? 1 : 0);
        if (actions != 1) {
            throw new IllegalArgumentException("A route has exactly one of to, redirect and answer; this one has %s."
                    .formatted(actions == 0 ? "none" : "several"));
        }
        for (String name : method) {
            if (!name.matches("[A-Z][A-Z0-9-]{0,31}")) {
                throw new IllegalArgumentException(
                        "'%s' is not a method. Methods are upper case: GET.".formatted(name));
            }
        }
        headers.keySet().forEach(HeaderEdit::requireName);
        budget.ifPresent(time -> Checks.positive("budget", time));
        if (grpc.isPresent()) {
            requireNone(
                    "path",
                    path.equals(ANY_PATH),
                    "The path of a call is its service and method: give one of the two.");
            requireNone("method", method.isEmpty(), "Every call of gRPC is a POST.");
            requireNone("query", query.isEmpty(), "A call of gRPC has no query.");
            requireNone("redirect", redirect.isEmpty(), "Clients of gRPC follow no redirect.");
        }
    }

    private static void requireNone(String setting, boolean absent, String why) {
        if (!absent) {
            throw new IllegalArgumentException("A route has grpc or %s, not both. %s".formatted(setting, why));
        }
    }

    /** What a request's path is matched with: {@link #path}, or the path of the calls in {@link #grpc}. */
    public PathMatch matchedPath() {
        return grpc.map(GrpcMatch::path).orElse(path);
    }

    /** The methods that are matched; any where there is none. A call of gRPC is a POST. */
    public List<String> matchedMethods() {
        return grpc.isPresent() ? GRPC_METHODS : method;
    }

    /** Services with weights, by name, in the order of the file. */
    public record Destination(Map<String, Integer> services) {
        public Destination {
            if (services.isEmpty()
                    || services.values().stream().mapToInt(Integer::intValue).sum() == 0) {
                throw new IllegalArgumentException("to names no service with a weight above 0.");
            }
            services.forEach((name, weight) -> Checks.range("The weight of " + name, weight, 0, 1_000_000));
        }

        /** The short form is one service. */
        @FromText
        public static Destination to(String service) {
            return new Destination(Map.of(service, 1));
        }
    }

    /** A redirect (RFC 9110 section 15.4). What is not given stays as the client sent it. */
    public record Redirect(
            @Setting(value = "301, 302, 303, 307 or 308.", def = "302", source = "Gateway API")
            int status,

            @Setting("http or https.") Optional<String> scheme,
            @Setting("The host.") Optional<String> host,
            @Setting("The port.") Optional<Integer> port,
            @Setting("The whole path.") Optional<String> path,

            @Setting("What the matched prefix is replaced with.")
            Optional<String> prefix) {
        public Redirect {
            if (!List.of(301, 302, 303, 307, 308).contains(status)) {
                throw new IllegalArgumentException(
                        "status is %d; a redirect is 301, 302, 303, 307 or 308.".formatted(status));
            }
            scheme.ifPresent(s -> {
                if (!s.equals("http") && !s.equals("https")) {
                    throw new IllegalArgumentException("scheme is '%s'; it is http or https.".formatted(s));
                }
            });
            host.ifPresent(HostPattern::requireName);
            port.ifPresent(number -> Checks.range("port", number, 1, 65535));
            if (path.isPresent() && prefix.isPresent()) {
                throw new IllegalArgumentException("A redirect has path or prefix, not both.");
            }
            path.ifPresent(Rewrite::requirePath);
            prefix.ifPresent(Rewrite::requirePath);
        }
    }

    /** A fixed answer. */
    public record Answer(
            @Setting(value = "The status.", def = "200") int status,

            @Setting(value = "The body, at most 64 KiB.", def = "")
            String body,

            @Setting(value = "The Content-Type of the body.", def = "text/plain; charset=utf-8")
            String type) {
        public Answer {
            Checks.range("status", status, 200, 599);
            Checks.range("The length of body", body.length(), 0, 65_536);
            HeaderEdit.requireValue("type", type);
        }
    }

    /** A change of the path. The query stays. */
    public record Rewrite(
            @Setting("What the matched prefix is replaced with; needs a prefix match.")
            Optional<String> prefix,

            @Setting("The whole path; {name} stands for what a template matched.")
            Optional<String> path) {
        public Rewrite {
            if (prefix.isPresent() == path.isPresent()) {
                throw new IllegalArgumentException("A rewrite has either prefix or path.");
            }
            prefix.ifPresent(Rewrite::requirePath);
            path.ifPresent(Rewrite::requirePath);
        }

        static void requirePath(String text) {
            if (!text.startsWith("/") || text.chars().anyMatch(c -> c <= ' ' || c > '~' || c == '?' || c == '#')) {
                throw new IllegalArgumentException("'%s' is not a path that starts with /.".formatted(text));
            }
        }
    }

    /** Changes to headers, made in this order: remove, set, add. */
    public record HeaderEdit(
            @Setting("Removed, by name.") List<String> remove,

            @Setting("Set to one value, whatever was there.")
            Map<String, String> set,

            @Setting("Added beside what is there.") Map<String, String> add) {
        /** What frames a message or names its connection is Parley's business: an edit could make it readable two ways. */
        private static final List<String> RESERVED = List.of(
                "connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade");

        public HeaderEdit {
            remove.forEach(HeaderEdit::requireEditable);
            set.forEach(HeaderEdit::requireField);
            add.forEach(HeaderEdit::requireField);
        }

        private static void requireField(String name, String value) {
            requireEditable(name);
            requireValue(name, value);
        }

        private static void requireEditable(String name) {
            requireName(name);
            if (RESERVED.contains(name.toLowerCase(java.util.Locale.ROOT))) {
                throw new IllegalArgumentException(
                        "'%s' frames the message and cannot be edited. For Host, use host of the service."
                                .formatted(name));
            }
        }

        static void requireName(String name) {
            if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")) {
                throw new IllegalArgumentException("'%s' is not a header name.".formatted(name));
            }
        }

        static void requireValue(String name, String value) {
            if (!value.equals(value.strip()) || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c > '~')) {
                throw new IllegalArgumentException(
                        "The value of '%s' has characters that a header cannot carry.".formatted(name));
            }
        }
    }

    /** Where copies go. The short form is the service. */
    public record Mirror(
            @Setting("The service that gets copies.") String service,

            @Setting(value = "How many of 100 requests are copied.", def = "100")
            int percent) {
        public Mirror {
            Checks.range("percent", percent, 0, 100);
        }

        /** The short form is the service alone. */
        @FromText
        public static Mirror to(String service) {
            return new Mirror(service, 100);
        }
    }
}
