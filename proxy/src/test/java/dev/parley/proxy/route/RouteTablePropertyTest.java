package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.PathMatch;
import dev.parley.model.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;

/** Random routes and requests over an alphabet so small that most of them overlap. */
class RouteTablePropertyTest {
    private static final int ROUTES = 40;
    private static final int REQUESTS = 200;

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @RepeatedTest(100)
    void answersAsTheReferenceDoes() {
        List<RouteTable.Entry<String>> routes = new ArrayList<>();
        for (int i = random.nextInt(ROUTES) + 1; i > 0; i--) {
            routes.add(route().named("route-" + random.nextInt(1_000_000)));
        }
        RouteTable<String> table = RouteTable.compile(routes, random);
        ReferenceMatcher reference = new ReferenceMatcher(routes);

        for (int i = 0; i < REQUESTS; i++) {
            ReferenceMatcher.Request request = request();
            String[] fields = request.fields().stream()
                    .map(field -> field.getKey() + ": " + field.getValue())
                    .toArray(String[]::new);
            String found =
                    table.match(Requests.request(request.method() + " " + request.target(), request.host(), fields));

            assertThat(Optional.ofNullable(found))
                    .as("seed %d, %s", seed, request)
                    .isEqualTo(reference.match(request));
        }
    }

    private Matches route() {
        Matches route = Matches.path("/").with(path());
        if (random.nextInt(3) > 0) {
            route = random.nextInt(4) == 0 ? route.host(hostPattern(), hostPattern()) : route.host(hostPattern());
        }
        if (random.nextInt(3) == 0) {
            route = random.nextBoolean() ? route.method("GET") : route.method("POST", "GET");
        }
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            route = route.header(oneOf("x", "Y", "accept"), value());
        }
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            route = route.query(oneOf("q", "r"), value());
        }
        return route;
    }

    private PathMatch path() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> new PathMatch.Exact(segments("a", "b", "c", "%61", "a%2fb", ""));
            case 2, 3 -> new PathMatch.Prefix(segments("a", "b", "%62"));
            case 4 -> template();
            default -> new PathMatch.Regex(oneOf("/a/.*", "/[ab]/b", "/a/(a|b)", "/.*", "/a/b?", "/a|/b/.*", "/a%2Fb"));
        };
    }

    private PathMatch template() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3); i >= 0; i--) {
            text.append(random.nextBoolean() ? "/{v" + i + "}" : "/" + oneOf("a", "b", "%61"));
        }
        return new PathMatch.Template(text.toString());
    }

    private ValueMatch value() {
        return switch (random.nextInt(5)) {
            case 0 -> new ValueMatch.Present();
            case 1 -> new ValueMatch.Regex("[12]");
            default -> new ValueMatch.Exact(oneOf("1", "2", "a b"));
        };
    }

    private ReferenceMatcher.Request request() {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            fields.add(Map.entry(oneOf("X", "y", "Accept", "z"), oneOf("1", "2", "3", "a b", "")));
        }
        Optional<String> query = Optional.empty();
        if (random.nextBoolean()) {
            query = Optional.of(oneOf("q", "r", "%71")
                    + oneOf("=1", "=2", "=%31", "=a+b", "", "=")
                    + oneOf("", "&q=1", "&r=2", "&r=a%20b&q=2"));
        }
        return new ReferenceMatcher.Request(
                oneOf("GET", "POST", "PUT"),
                oneOf("a.com", "A.com", "b.a.com", "c.b.a.com", "other"),
                segments("a", "b", "c", "%61", "%62", "a%2fb", "a%2Fb", ""),
                query,
                fields);
    }

    private String hostPattern() {
        return oneOf("a.com", "b.a.com", "*.a.com", "*.b.a.com", "*.com");
    }

    private String segments(String... choices) {
        StringBuilder path = new StringBuilder("/" + oneOf(choices));
        for (int i = random.nextInt(3); i > 0; i--) {
            path.append('/').append(oneOf(choices));
        }
        return path.toString();
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
