package dev.parley.proxy.route;

import dev.parley.model.Criticality;
import dev.parley.model.HostPattern;
import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.model.ValueMatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Routes by what they match alone; each leads to a service of the route's own name. */
record Matches(
        List<HostPattern> hosts,
        PathMatch path,
        List<String> methods,
        Map<String, ValueMatch> headers,
        Map<String, ValueMatch> query) {

    static Matches path(String text) {
        return new Matches(List.of(), PathMatch.parse(text), List.of(), Map.of(), Map.of());
    }

    static Matches exact(String text) {
        return path("/").with(new PathMatch.Exact(text));
    }

    static Matches regex(String text) {
        return path("/").with(new PathMatch.Regex(text));
    }

    Matches with(PathMatch otherPath) {
        return new Matches(hosts, otherPath, methods, headers, query);
    }

    Matches host(String... patterns) {
        List<HostPattern> parsed = new ArrayList<>();
        for (String pattern : patterns) {
            parsed.add(HostPattern.parse(pattern));
        }
        return new Matches(parsed, path, methods, headers, query);
    }

    Matches method(String... names) {
        return new Matches(hosts, path, List.of(names), headers, query);
    }

    Matches header(String name, ValueMatch value) {
        return new Matches(hosts, path, methods, added(headers, name, value), query);
    }

    Matches header(String name, String value) {
        return header(name, ValueMatch.parse(value));
    }

    Matches query(String name, ValueMatch value) {
        return new Matches(hosts, path, methods, headers, added(query, name, value));
    }

    Matches query(String name, String value) {
        return query(name, ValueMatch.parse(value));
    }

    /** The route as an entry whose target is its name. */
    RouteTable.Entry<String> named(String name) {
        Route route = new Route(
                "edge",
                hosts,
                path,
                Optional.empty(),
                methods,
                headers,
                query,
                List.of(),
                Optional.of(Route.Destination.to(name)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Criticality.CRITICAL,
                Optional.empty(),
                List.of(),
                Optional.empty());
        return new RouteTable.Entry<>(name, route, name);
    }

    private static Map<String, ValueMatch> added(Map<String, ValueMatch> map, String name, ValueMatch value) {
        Map<String, ValueMatch> all = new LinkedHashMap<>(map);
        all.put(name, value);
        return all;
    }
}
