package dev.parley.bench;

import dev.parley.model.Criticality;
import dev.parley.model.HostPattern;
import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.model.ValueMatch;
import dev.parley.proxy.route.RouteTable;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to match a request, by the number of routes and by what tells them apart. Requests fall on routes at
 * random; with many of both, what is measured is mostly how far away the memory of a route is.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteMatch {
    private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 8 * 1024, 100);

    /** What tells the routes apart. */
    public enum By {
        PATH,
        TEMPLATE,
        HOST,
        METHOD,
        HEADER
    }

    @Param({"10", "1000", "10000", "100000"})
    int routes;

    @Param
    By by = By.PATH;

    /** How many different requests there are, a power of two: few stay in the processor's caches, many do not. */
    @Param({"16", "1024"})
    int requests;

    private RouteTable<String> table = RouteTable.compile(List.of(), new SplittableRandom(0));
    private RequestHead[] heads = {};
    private int next;

    @Setup
    public void compile() {
        SplittableRandom random = new SplittableRandom(1);
        List<RouteTable.Entry<String>> entries = new ArrayList<>();
        for (int i = 0; i < routes; i++) {
            entries.add(new RouteTable.Entry<>("route-" + i, route(i), "service-" + i));
        }
        table = RouteTable.compile(entries, random);
        heads = new RequestHead[requests];
        for (int i = 0; i < requests; i++) {
            int route = random.nextInt(routes);
            heads[i] = request(route);
            if (!("service-" + route).equals(table.match(heads[i]))) {
                throw new IllegalStateException("Request %d does not match its route.".formatted(route));
            }
        }
    }

    @Benchmark
    public @Nullable String match() {
        next = (next + 1) & (heads.length - 1);
        return table.match(heads[next]);
    }

    private Route route(int i) {
        return switch (by) {
            case PATH -> route("", new PathMatch.Prefix("/api/v1/service-" + i), List.of(), Map.of());
            case TEMPLATE ->
                route("", new PathMatch.Template("/api/v1/service-" + i + "/items/{id}"), List.of(), Map.of());
            case HOST -> route("service-" + i + ".example.com", new PathMatch.Prefix("/"), List.of(), Map.of());
            case METHOD -> route("", new PathMatch.Prefix("/api"), List.of("METHOD-" + i), Map.of());
            case HEADER ->
                route("", new PathMatch.Prefix("/api"), List.of(), Map.of("X-Tenant", new ValueMatch.Exact("t-" + i)));
        };
    }

    private static Route route(String host, PathMatch path, List<String> methods, Map<String, ValueMatch> headers) {
        return new Route(
                "edge",
                host.isEmpty() ? List.of() : List.of(HostPattern.parse(host)),
                path,
                Optional.empty(),
                methods,
                headers,
                Map.of(),
                List.of(),
                Optional.of(Route.Destination.to("any")),
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
    }

    private RequestHead request(int i) {
        String text = "%s /api/v1/service-%d/items/42 HTTP/1.1\r\nHost: service-%d.example.com\r\n"
                        .formatted(by == By.METHOD ? "METHOD-" + i : "GET", i, i)
                + "User-Agent: bench\r\nAccept: */*\r\nX-Tenant: t-%d\r\n\r\n".formatted(i);
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        RequestHead head = new RequestHead();
        new RequestParser().parse(bytes, 0, bytes.length, LIMITS, head);
        return head;
    }
}
