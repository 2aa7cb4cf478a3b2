package dev.parley.proxy.route;

import com.google.re2j.Pattern;
import dev.parley.model.HostPattern;
import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.model.ValueMatch;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@link RouteTable} has to answer, written for its reader: every route is tried against the request as text, and
 * the most specific of those that match is taken, in the words of {@link Route}.
 */
final class ReferenceMatcher {
    private final List<RouteTable.Entry<String>> routes;

    ReferenceMatcher(List<RouteTable.Entry<String>> routes) {
        this.routes = routes;
    }

    /** A request as text; fields are pairs of name and value, the query is null where there is none. */
    record Request(
            String method, String host, String path, Optional<String> query, List<Map.Entry<String, String>> fields) {
        String target() {
            return path + query.map(text -> "?" + text).orElse("");
        }
    }

    private record Candidate(RouteTable.Entry<String> entry, String host) {
        Route route() {
            return entry.route();
        }

        int hostRank() {
            if (host.isEmpty()) {
                return 0;
            }
            return host.startsWith("*.") ? host.length() : Integer.MAX_VALUE;
        }

        int pathRank() {
            return switch (route().path()) {
                case PathMatch.Exact exact -> 3;
                case PathMatch.Template template -> 2;
                case PathMatch.Regex regex -> 1;
                case PathMatch.Prefix prefix -> 0;
            };
        }

        /** Sorts before that of another template that matches the same path where it has a literal first. */
        String templateShape() {
            return route().path() instanceof PathMatch.Template template
                    ? template.text().replaceAll("/[^{/]*(?=/|$)", "l").replaceAll("/\\{[^}]*}", "v")
                    : "";
        }

        int prefixLength() {
            return route().path() instanceof PathMatch.Prefix prefix
                    ? withoutLastSlash(normal(prefix.text())).length()
                    : 0;
        }
    }

    private static final Comparator<Candidate> MOST_SPECIFIC_FIRST = Comparator.comparingInt(Candidate::hostRank)
            .thenComparingInt(Candidate::pathRank)
            .reversed()
            .thenComparing(Candidate::templateShape)
            .thenComparing(Comparator.comparingInt(Candidate::prefixLength).reversed())
            .thenComparingInt(candidate -> candidate.route().method().isEmpty() ? 1 : 0)
            .thenComparing(Comparator.<Candidate>comparingInt(
                            candidate -> candidate.route().headers().size())
                    .reversed())
            .thenComparing(Comparator.<Candidate>comparingInt(
                            candidate -> candidate.route().query().size())
                    .reversed())
            .thenComparing(candidate -> candidate.entry.name());

    Optional<String> match(Request request) {
        return routes.stream()
                .flatMap(ReferenceMatcher::candidates)
                .filter(candidate -> hostMatches(candidate.host, request.host.toLowerCase(Locale.ROOT)))
                .filter(candidate -> pathMatches(candidate.route().path(), normal(request.path)))
                .filter(candidate -> conditionsMatch(candidate.route(), request))
                .min(MOST_SPECIFIC_FIRST)
                .map(candidate -> candidate.entry.target());
    }

    private static Stream<Candidate> candidates(RouteTable.Entry<String> entry) {
        List<HostPattern> hosts = entry.route().host();
        return hosts.isEmpty()
                ? Stream.of(new Candidate(entry, ""))
                : hosts.stream().map(host -> new Candidate(entry, host.text()));
    }

    private static boolean hostMatches(String pattern, String host) {
        return pattern.isEmpty()
                || (pattern.startsWith("*.") ? host.endsWith(pattern.substring(1)) : host.equals(pattern));
    }

    private static boolean pathMatches(PathMatch match, String path) {
        return switch (match) {
            case PathMatch.Exact exact -> path.equals(normal(exact.text()));
            case PathMatch.Prefix prefix -> (path + "/").startsWith(withoutLastSlash(normal(prefix.text())) + "/");
            case PathMatch.Regex regex -> Pattern.matches(regex.text(), path);
            case PathMatch.Template template -> templateMatches(template.text().split("/", -1), path.split("/", -1));
        };
    }

    private static boolean templateMatches(String[] template, String[] path) {
        boolean matches = template.length == path.length;
        for (int i = 0; i < template.length && matches; i++) {
            matches = template[i].startsWith("{")
                    ? !path[i].isEmpty()
                    : normal(template[i]).equals(path[i]);
        }
        return matches;
    }

    private static boolean conditionsMatch(Route route, Request request) {
        return (route.method().isEmpty() || route.method().contains(request.method))
                && route.headers().entrySet().stream()
                        .allMatch(header -> request.fields.stream()
                                .anyMatch(field -> field.getKey().equalsIgnoreCase(header.getKey())
                                        && valueMatches(header.getValue(), field.getValue())))
                && route.query().entrySet().stream()
                        .allMatch(parameter -> parameter(request, parameter.getKey())
                                .filter(value -> valueMatches(parameter.getValue(), value))
                                .isPresent());
    }

    private static boolean valueMatches(ValueMatch match, String value) {
        return switch (match) {
            case ValueMatch.Exact exact -> exact.text().equals(value);
            case ValueMatch.Present present -> true;
            case ValueMatch.Regex regex -> Pattern.matches(regex.text(), value);
        };
    }

    private static Optional<String> parameter(Request request, String name) {
        return request.query.stream()
                .flatMap(query -> Arrays.stream(query.split("&")))
                .map(pair -> (pair + "=").split("=", -1))
                .filter(pair -> decoded(pair[0]).equals(name))
                .map(pair -> decoded(pair[1]))
                .findFirst();
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String withoutLastSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** Good for the encodings that the tests write. */
    private static String normal(String path) {
        return path.replace("%61", "a").replace("%62", "b").replace("%2f", "%2F");
    }
}
