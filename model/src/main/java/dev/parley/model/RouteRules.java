package dev.parley.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the parts of a route ask of each other, and of the other routes of its listener. */
final class RouteRules {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^{}/]*)}");
    private static final PathMatch ANY_PATH = new PathMatch.Prefix("/");

    private final List<Problem> problems;
    private final Map<Match, String> matches = new HashMap<>();

    /**
     * One thing that a route matches. Two routes with an equal one would leave it to their names which of them is
     * taken.
     */
    private record Match(
            String listener,
            String host,
            String pathKind,
            String path,
            String method,
            Map<String, ValueMatch> headers,
            Map<String, ValueMatch> query) {}

    RouteRules(List<Problem> problems) {
        this.problems = problems;
    }

    void check(String name, Route route) {
        String path = "routes." + name;
        route.rewrite().ifPresent(rewrite -> {
            if (rewrite.prefix().isPresent()) {
                requirePrefix(path + ".rewrite.prefix", route.matchedPath());
            }
            rewrite.path().ifPresent(text -> requireVariables(path + ".rewrite.path", text, route.matchedPath()));
        });
        route.redirect().ifPresent(redirect -> {
            if (redirect.prefix().isPresent()) {
                requirePrefix(path + ".redirect.prefix", route.matchedPath());
            }
        });
        if (route.idempotency().isPresent() && route.to().isEmpty()) {
            problems.add(new Problem(
                    "keys-without-service",
                    path + ".idempotency",
                    "this route answers by itself.",
                    "A key says that a service executes a request once, and here none does.",
                    "Remove idempotency, or send the requests to a service."));
        }
        requireUnique(name, route);
    }

    private void requirePrefix(String path, PathMatch match) {
        if (!(match instanceof PathMatch.Prefix)) {
            problems.add(new Problem(
                    "needs-prefix",
                    path,
                    "this replaces a prefix, and the route matches %s by %s.".formatted(match.text(), kind(match)),
                    "There is no matched prefix to replace.",
                    "Match a prefix, or give the whole path instead."));
        }
    }

    private void requireVariables(String path, String text, PathMatch match) {
        Set<String> known = new HashSet<>();
        if (match instanceof PathMatch.Template template) {
            known.addAll(variables(template.text()));
        }
        for (String variable : variables(text)) {
            if (!known.contains(variable)) {
                String guess = Suggestion.didYouMean(variable, known);
                problems.add(new Problem(
                        "unknown-variable",
                        path,
                        "{%s} is not a variable of the route's path %s.".formatted(variable, match.text()),
                        match instanceof PathMatch.Template ? "" : "Only a path with {braces} has variables.",
                        guess.isEmpty() ? "Name it in the path as a whole segment: /orders/{id}." : guess));
            }
        }
    }

    private static List<String> variables(String text) {
        List<String> names = new ArrayList<>();
        Matcher matcher = VARIABLE.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /** A route matches each of its hosts with each of its methods, and all of these must be its own. */
    private void requireUnique(String name, Route route) {
        List<String> hosts = !route.sni().isEmpty()
                ? route.sni().stream()
                        .map(each -> "sni " + each.text())
                        .distinct()
                        .toList()
                : route.host().isEmpty()
                        ? List.of("")
                        : route.host().stream()
                                .map(HostPattern::text)
                                .distinct()
                                .toList();
        // Names of variables do not distinguish templates.
        String text = route.matchedPath() instanceof PathMatch.Template(String template)
                ? VARIABLE.matcher(template).replaceAll("{}")
                : route.matchedPath().text();
        Map<String, ValueMatch> headers = new HashMap<>();
        route.headers().forEach((header, value) -> headers.put(header.toLowerCase(Locale.ROOT), value));
        Set<String> others = new HashSet<>();
        for (String host : hosts) {
            for (String method : route.matchedMethods().isEmpty() ? Set.of("") : Set.copyOf(route.matchedMethods())) {
                Match match = new Match(
                        route.listener(), host, kind(route.matchedPath()), text, method, headers, route.query());
                String other = matches.putIfAbsent(match, name);
                if (other != null && !other.equals(name) && others.add(other)) {
                    conflict(name, other, match);
                }
            }
        }
    }

    private void conflict(String name, String other, Match match) {
        String where = "%s%s%s".formatted(match.method.isEmpty() ? "" : match.method + " ", match.host, match.path);
        problems.add(new Problem(
                "route-conflict",
                "routes." + name,
                "routes '%s' and '%s' match the same requests: %s on listener '%s'."
                        .formatted(other, name, where, match.listener),
                "Only one of them could ever be taken.",
                "Remove one, make its match differ, or put both services into one route with weights."));
    }

    private static String kind(PathMatch match) {
        return switch (match) {
            case PathMatch.Prefix prefix -> "prefix";
            case PathMatch.Exact exact -> "exact";
            case PathMatch.Template template -> "template";
            case PathMatch.Regex regex -> "regex";
        };
    }

    /** What has no head can be counted by who sends it, not by a header. */
    static void requireNoHeader(String path, List<RateLimit> limits, String protocol, List<Problem> problems) {
        for (int i = 0; i < limits.size(); i++) {
            if (limits.get(i).by().source() == RateLimit.Source.HEADER) {
                problems.add(new Problem(
                        protocol + "-route",
                        "%s.rate_limits[%d].by".formatted(path, i),
                        "by: header:%s has no meaning on a %s listener."
                                .formatted(limits.get(i).by().name(), protocol),
                        "%s carries bytes without requests, and what is limited there is who connects."
                                .formatted(protocol.toUpperCase(Locale.ROOT)),
                        "Write by: address, caller or all, or give the listener protocol: http."));
            }
        }
    }

    /** A tcp or udp listener forwards bytes, in which there is no request to match or to change. */
    static void requireBare(String name, Route route, String protocol, List<Problem> problems) {
        Map<String, Boolean> http = new LinkedHashMap<>();
        http.put("host", !route.host().isEmpty());
        http.put("path", !route.path().equals(ANY_PATH));
        http.put("grpc", route.grpc().isPresent());
        http.put("method", !route.method().isEmpty());
        http.put("headers", !route.headers().isEmpty());
        http.put("query", !route.query().isEmpty());
        http.put("redirect", route.redirect().isPresent());
        http.put("answer", route.answer().isPresent());
        http.put("rewrite", route.rewrite().isPresent());
        http.put("request", route.request().isPresent());
        http.put("response", route.response().isPresent());
        http.put("mirror", route.mirror().isPresent());
        http.put("budget", route.budget().isPresent());
        http.put("idempotency", route.idempotency().isPresent());
        http.forEach((key, given) -> {
            if (given) {
                problems.add(new Problem(
                        protocol + "-route",
                        "routes.%s.%s".formatted(name, key),
                        "%s has no meaning on %s listener '%s'.".formatted(key, protocol, route.listener()),
                        "%s carries bytes without requests.".formatted(protocol.toUpperCase(Locale.ROOT)),
                        "Remove it, or give the listener protocol: http."));
            }
        });
        requireNoHeader("routes." + name, route.rateLimits(), protocol, problems);
    }
}
