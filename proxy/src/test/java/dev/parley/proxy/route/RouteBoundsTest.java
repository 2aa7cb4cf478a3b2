package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.Problem;
import dev.parley.model.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouteBoundsTest {
    private static final ValueMatch DIGITS = new ValueMatch.Regex("[0-9]+");

    @Test
    void boundsTheRegexesThatOnePathIsTriedAgainst() {
        IntFunction<Matches> regex = i -> Matches.regex((i % 2 == 0 ? "/a/" : "/a/b/") + ".*" + i);

        assertThat(RouteTable.check(routes(LiteralPaths.MAX_REGEXES, regex))).isEmpty();
        assertThat(RouteTable.check(routes(LiteralPaths.MAX_REGEXES + 1, regex)))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo("route-limit");
                    assertThat(problem.path()).matches("routes.r[0-9]+.path");
                    assertThat(problem.sentence()).contains("65 regexes", "at most 64");
                });
    }

    @Test
    void regexesBelowDifferentLiteralsDoNotAddUp() {
        assertThat(RouteTable.check(routes(10_000, i -> Matches.regex("/service-" + i + "/[0-9]+"))))
                .isEmpty();
    }

    @Test
    void boundsTheSizeOfARegex() {
        assertProblem(Matches.regex("/[a-z]{1000}x"), "compiles to");
        assertProblem(Matches.path("/").header("x", new ValueMatch.Regex("(a|b){900}")), "compiles to");
    }

    @Test
    void refusesWhatIsNoRegex() {
        assertProblem(Matches.regex("/a("), "is not a regex");
        assertProblem(Matches.path("/").query("x", new ValueMatch.Regex("(?<=a)b")), "is not a regex");
    }

    @Test
    void refusesHostsWithPorts() {
        assertProblem(Matches.path("/").host("example.com:8080"), "has a port");
    }

    @Test
    void boundsTheSegmentsOfAPath() {
        assertThat(RouteTable.check(routes(1, i -> Matches.exact("/a".repeat(LiteralPaths.MAX_SEGMENTS)))))
                .isEmpty();
        assertProblem(Matches.exact("/a".repeat(LiteralPaths.MAX_SEGMENTS + 1)), "129 segments");
        assertProblem(Matches.path("/{x}" + "/a".repeat(LiteralPaths.MAX_SEGMENTS)), "129 segments");
    }

    @Test
    void boundsTheWaysInWhichTemplatesOverlap() {
        // Each of the segments is a literal or a variable, in all combinations.
        IntFunction<Matches> template = bits -> {
            StringBuilder path = new StringBuilder();
            for (int bit = 0; bit < 7; bit++) {
                path.append((bits >> bit & 1) == 0 ? "/a" : "/{v" + bit + "}");
            }
            return Matches.path(path + "/{last}");
        };

        assertThat(RouteTable.check(routes(64, template))).isEmpty();
        assertThat(RouteTable.check(routes(128, template)))
                .singleElement()
                .satisfies(problem -> assertThat(problem.sentence()).contains("128 ways"));
    }

    @Test
    void boundsTheConditionsThatNoHashCanAnswer() {
        IntFunction<Matches> byRegex = i -> Matches.path("/").header("x-" + i, DIGITS);

        assertThat(RouteTable.check(routes(RuleShape.MAX_CANDIDATES, byRegex))).isEmpty();
        assertThat(RouteTable.check(routes(10 * RuleShape.MAX_CANDIDATES, byRegex)))
                .singleElement()
                .extracting(Problem::code)
                .isEqualTo("route-limit");
    }

    @Test
    void boundsTheSetsOfHeadersThatOnePathIsAskedFor() {
        IntFunction<Matches> byName = i -> Matches.path("/").header("x-" + i, "1");

        assertThat(RouteTable.check(routes(RuleSet.MAX_SHAPES, byName))).isEmpty();
        assertThat(RouteTable.check(routes(RuleSet.MAX_SHAPES + 1, byName)))
                .singleElement()
                .extracting(Problem::code)
                .isEqualTo("route-limit");
    }

    @Test
    void valuesOfOneHeaderAreNotBounded() {
        List<RouteTable.Entry<String>> routes =
                routes(10_000, i -> Matches.path("/").header("tenant", "t" + i));
        RouteTable<String> table = RouteTable.compile(routes, new SplittableRandom(1));

        assertThat(table.match(Requests.get("/", "Tenant: t9999"))).isEqualTo("r9999");
        assertThat(table.match(Requests.get("/", "Tenant: t10000"))).isNull();
    }

    @Test
    void routesThatMatchTheSameAreNotBounded() {
        List<RouteTable.Entry<String>> routes =
                routes(1_000, i -> Matches.path("/").header("x", "1"));

        assertThat(RouteTable.compile(routes, new SplittableRandom(1)).match(Requests.get("/", "x: 1")))
                .isEqualTo("r0");
    }

    @Test
    void compilingTellsAllProblemsAtOnce() {
        List<RouteTable.Entry<String>> routes = new ArrayList<>();
        routes.add(Matches.regex("/a(").named("one"));
        routes.add(Matches.path("/").host("a:1").named("two"));

        assertThatThrownBy(() -> RouteTable.compile(routes, new SplittableRandom(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/a(")
                .hasMessageContaining("a:1");
    }

    @Test
    void repeatedHeadersDoNotMultiply() {
        List<RouteTable.Entry<String>> routes = routes(2, i -> {
            Matches all = Matches.path("/");
            for (int name = 0; name < 10; name++) {
                all = all.header("x-" + name, String.valueOf(i + 1));
            }
            return all;
        });
        RouteTable<String> table = RouteTable.compile(routes, new SplittableRandom(1));
        String[] fields = IntStream.range(0, 100)
                .mapToObj(i -> "x-" + i % 10 + ": " + (i < 10 ? "1" : "0"))
                .toArray(String[]::new);

        // 10 fields for each of 10 names are 10^10 combinations; the first ones hold the match.
        assertThat(table.match(Requests.get("/", fields))).isEqualTo("r0");
    }

    private static void assertProblem(Matches route, String what) {
        assertThat(RouteTable.check(List.of(route.named("it")))).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("invalid-match");
            assertThat(problem.path()).isEqualTo("routes.it");
            assertThat(problem.what()).contains(what);
        });
    }

    private static List<RouteTable.Entry<String>> routes(int count, IntFunction<Matches> route) {
        return IntStream.range(0, count)
                .mapToObj(i -> route.apply(i).named("r" + i))
                .toList();
    }
}
