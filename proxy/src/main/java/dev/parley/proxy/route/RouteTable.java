package dev.parley.proxy.route;

import dev.parley.model.HostPattern;
import dev.parley.model.Problem;
import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one listener, compiled: finds the most specific one that a request meets, in the order that
 * {@link Route} states. Immutable; all event loops share it.
 *
 * <p>A request is asked three things in turn, each by hash: the host ({@link HostTable}), the path below that host
 * ({@link PathTable}), the other conditions of the routes with that path ({@link RuleSet}). Where a step has no route
 * that the request meets in all, the next less specific one is asked: a route of a more specific host never hides one of
 * a less specific host that alone matches. The cost is that of the request's own length and of the bounds stated with
 * the tables, not that of the number of routes.
 */
public final class RouteTable<T> {
    private static final byte[] ROOT = {'/'};

    private final HostTable<T> hosts;

    private RouteTable(HostTable<T> hosts) {
        this.hosts = hosts;
    }

    /** A route, the name that breaks ties and is told in problems, and what a match answers. */
    public record Entry<T>(String name, Route route, T target) {}

    /**
     * Compiles routes, all of which are taken to be of one listener.
     *
     * @param randomness for the seeds of the tables' hashes, which whoever writes routes should not foresee
     * @throws IllegalArgumentException where {@link #check} has problems to tell; admission asks it first
     */
    public static <T> RouteTable<T> compile(List<Entry<T>> entries, RandomGenerator randomness) {
        RouteProblems problems = new RouteProblems();
        RouteTable<T> table = compile(entries, problems, new Seeds(randomness.nextLong()));
        if (!problems.all().isEmpty()) {
            throw new IllegalArgumentException(
                    problems.all().stream().map(Problem::sentence).collect(Collectors.joining(" ")));
        }
        return table;
    }

    /** What these routes of one listener ask for that cannot be matched, or not within bounds; empty where all is well. */
    public static <T> List<Problem> check(List<Entry<T>> entries) {
        RouteProblems problems = new RouteProblems();
        compile(entries, problems, new Seeds(0));
        return problems.all();
    }

    /** What the most specific route that the request meets leads to, or null where it meets none. */
    public @Nullable T match(RequestHead head) {
        byte[] bytes = head.bytes();
        HostTable.Host<T> host = hosts.find(bytes, head.hostFrom(), head.hostTo());
        if (head.asterisk()) {
            return match(host, head, ROOT, 0, 0);
        }
        if (head.emptyPath()) {
            return match(host, head, ROOT, 0, 1);
        }
        int from = head.pathFrom();
        int to = head.pathTo();
        if (ByteScan.indexOf(bytes, from, to, '%') == to) {
            return match(host, head, bytes, from, to);
        }
        byte[] path = PathBytes.normal(bytes, from, to);
        return match(host, head, path, 0, path.length);
    }

    private static <T> @Nullable T match(
            HostTable.@Nullable Host<T> mostSpecific, RequestHead head, byte[] path, int from, int to) {
        for (HostTable.Host<T> host = mostSpecific; host != null; host = host.lessSpecific()) {
            Rule<T> rule = host.paths().match(head, path, from, to);
            if (rule != null) {
                return rule.target();
            }
        }
        return null;
    }

    private static <T> RouteTable<T> compile(List<Entry<T>> entries, RouteProblems problems, Seeds seeds) {
        List<Entry<T>> ranked = entries.stream().sorted(Rule.precedence()).toList();
        Map<String, PathTable.Builder<T>> builders = new HashMap<>();
        for (int rank = 0; rank < ranked.size(); rank++) {
            Entry<T> entry = ranked.get(rank);
            try {
                Rule<T> rule = new Rule<>(rank, entry);
                for (String pattern : patterns(entry.route())) {
                    builders.computeIfAbsent(pattern, key -> new PathTable.Builder<>())
                            .add(entry.route().matchedPath(), rule);
                }
            } catch (IllegalArgumentException e) {
                problems.invalid(entry.name(), String.valueOf(e.getMessage()));
            }
        }
        Map<String, PathTable<T>> paths = new HashMap<>();
        builders.forEach((pattern, builder) -> paths.put(pattern, builder.build(problems, seeds)));
        return new RouteTable<>(HostTable.of(paths, seeds));
    }

    /** The patterns of a route's hosts; the empty text stands for any. */
    private static Set<String> patterns(Route route) {
        if (route.host().isEmpty()) {
            return Set.of("");
        }
        Set<String> patterns = new LinkedHashSet<>();
        for (HostPattern host : route.host()) {
            if (host.text().indexOf(':') >= 0 && !host.text().endsWith("]")) {
                throw new IllegalArgumentException(
                        "host is '%s', which has a port. Hosts are matched without it.".formatted(host.text()));
            }
            patterns.add(host.text());
        }
        return patterns;
    }
}
