package dev.parley.proxy.route;

import static dev.parley.proxy.route.Matches.exact;
import static dev.parley.proxy.route.Matches.path;
import static dev.parley.proxy.route.Matches.regex;
import static dev.parley.proxy.route.Requests.get;
import static dev.parley.proxy.route.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.ValueMatch;
import dev.parley.wire.head.RequestHead;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
    @Test
    void answersNullWhereNothingMatches() {
        assertThat(table().match(get("/"))).isNull();
        assertThat(table(path("/pay").named("pay")).match(get("/orders"))).isNull();
        assertThat(table(path("/").host("other.com").named("other")).match(get("/")))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "/pay, /pay, true",
        "/pay, /pay/, true",
        "/pay, /pay/1/2, true",
        "/pay, /pay?a=1, true",
        "/pay, /payments, false",
        "/pay, /pa, false",
        "/pay, /PAY, false",
        "/pay/, /pay, true",
        "/pay/, /pay/1, true",
        "/, /, true",
        "/, /anything/at/all, true",
        "/, http://example.com, true",
        "/, http://example.com?q=1, true",
        "/a/b, /a//b, false",
    })
    void prefixMatchesWholeSegments(String prefix, String target, boolean matches) {
        assertMatches(path(prefix), get(target), matches);
    }

    @ParameterizedTest
    @CsvSource({
        "/pay, /pay, true",
        "/pay, /pay?a=1, true",
        "/pay, /pay/, false",
        "/pay/, /pay/, true",
        "/pay/, /pay, false",
        "/pay, /pay/1, false",
        "/, /, true",
        "/, http://example.com, true",
        "/, /a, false",
    })
    void exactPathsDifferByTheirLastSlash(String exact, String target, boolean matches) {
        assertMatches(exact(exact), get(target), matches);
    }

    @ParameterizedTest
    @CsvSource({
        "/orders/{id}, /orders/7, true",
        "/orders/{id}, /orders/7/, false",
        "/orders/{id}, /orders/, false",
        "/orders/{id}, /orders, false",
        "/orders/{id}, /orders/7/items, false",
        "/orders/{id}/items, /orders/7/items, true",
        "/orders/{id}/, /orders/7/, true",
        "/{a}/{b}, /x/y, true",
        "/{a}/{b}, //y, false",
        "/orders/{id}, /orders/a%2Fb, true",
    })
    void templateVariablesMatchOneSegmentThatIsNotEmpty(String template, String target, boolean matches) {
        assertMatches(path(template), get(target), matches);
    }

    @ParameterizedTest
    @CsvSource({
        "/v[12]/x, /v1/x, true",
        "/v[12]/x, /v3/x, false",
        "/v[12], /v1/x, false",
        "/api/(a|b)/.*, /api/b/, true",
        "/a/x|/b/y, /b/y, true",
        "^/a/.+$, /a/b, true",
        "/a/b?, /a/, true",
        "/a/?, /a, true",
        "(?i)/api/x, /API/X, true",
        "/a/[|]/b|/c, /c, true",
        "/~[a-z]+, /%7Ejo, true",
    })
    void regexMatchesTheWholePath(String regex, String target, boolean matches) {
        assertMatches(regex(regex), get(target), matches);
    }

    @ParameterizedTest
    @CsvSource({
        "/admin, /%61dmin, true",
        "/admin, /%61%64%6D%69%6e/users, true",
        "/a/b, /a%2Fb, false",
        "/a%2fb, /a%2Fb, true",
        "/a%2Fb, /a%2fb/c, true",
        "/%61dmin, /admin, true",
        "/%61dmin, /%2561dmin, false",
        "/a+b, /a+b, true",
        "/a%20b, /a%20b, true",
    })
    void comparesPathsWithUnreservedCharactersDecoded(String prefix, String target, boolean matches) {
        assertMatches(path(prefix), get(target), matches);
    }

    @ParameterizedTest
    @CsvSource({
        "example.com, example.com, true",
        "example.com, EXAMPLE.Com, true",
        "example.com, example.com., true",
        "example.com, example.com:8080, true",
        "example.com, www.example.com, false",
        "example.com, xexample.com, false",
        "*.example.com, a.example.com, true",
        "*.example.com, a.b.EXAMPLE.com:80, true",
        "*.example.com, example.com, false",
        "*.example.com, xexample.com, false",
        "[::1], [::1]:8080, true",
    })
    void hostsMatchWithoutCaseOrPortOrLastDot(String pattern, String host, boolean matches) {
        assertMatches(path("/").host(pattern), request("GET /", host), matches);
    }

    @Test
    void aRequestWithoutHostMatchesRoutesOfAnyHost() {
        RequestHead head = Requests.parse("GET / HTTP/1.0\r\n\r\n");

        assertMatches(path("/"), head, true);
        assertThat(table(path("/").named("any"), path("/").host("a.com").named("named"))
                        .match(head))
                .isEqualTo("any");
    }

    @Test
    void prefersTheMoreSpecificHost() {
        RouteTable<String> table = table(
                path("/").named("any"),
                path("/").host("*.com").named("short"),
                path("/").host("*.example.com").named("long"),
                path("/").host("www.example.com").named("exact"));

        assertThat(table.match(request("GET /", "www.example.com"))).isEqualTo("exact");
        assertThat(table.match(request("GET /", "api.example.com"))).isEqualTo("long");
        assertThat(table.match(request("GET /", "example.com"))).isEqualTo("short");
        assertThat(table.match(request("GET /", "com"))).isEqualTo("any");
    }

    @Test
    void fallsThroughToALessSpecificHostWhereNoRouteOfTheMoreSpecificMatches() {
        RouteTable<String> table = table(
                exact("/z").named("any"),
                path("/y").host("*.com").named("short"),
                path("/x").host("*.example.com").named("long"),
                path("/w").host("www.example.com").method("GET").named("exact"));

        assertThat(table.match(request("GET /w", "www.example.com"))).isEqualTo("exact");
        assertThat(table.match(request("POST /w", "www.example.com"))).isNull();
        assertThat(table.match(request("GET /x", "www.example.com"))).isEqualTo("long");
        assertThat(table.match(request("GET /y", "www.example.com"))).isEqualTo("short");
        assertThat(table.match(request("GET /z", "www.example.com"))).isEqualTo("any");
    }

    @Test
    void aRouteOfSeveralHostsMatchesEach() {
        RouteTable<String> table =
                table(path("/").host("a.com", "*.b.com", "a.com").named("both"));

        assertThat(table.match(request("GET /", "a.com"))).isEqualTo("both");
        assertThat(table.match(request("GET /", "x.b.com"))).isEqualTo("both");
        assertThat(table.match(request("GET /", "b.com"))).isNull();
    }

    @Test
    void prefersExactThenTemplateThenRegexThenTheLongestPrefix() {
        List<RouteTable.Entry<String>> leastFirst = List.of(
                path("/").named("root"),
                path("/a").named("prefix"),
                path("/a/b").named("longer prefix"),
                regex("/a/.*").named("regex"),
                path("/{x}/{y}").named("template"),
                exact("/a/b").named("exact"));

        for (int last = 0; last < leastFirst.size(); last++) {
            RouteTable<String> table = table(leastFirst.subList(0, last + 1));
            assertThat(table.match(get("/a/b"))).isEqualTo(leastFirst.get(last).name());
        }
    }

    @Test
    void theHostOutweighsThePath() {
        RouteTable<String> table = table(
                exact("/a").named("exact path"), path("/").host("example.com").named("exact host"));

        assertThat(table.match(get("/a"))).isEqualTo("exact host");
    }

    @Test
    void prefersTheTemplateWithTheLeftmostLiteral() {
        RouteTable<String> table = table(
                path("/{a}/b/c").named("late literals"),
                path("/a/{b}/{c}").named("early literal"),
                path("/{a}/{b}/c").named("last literal"));

        assertThat(table.match(get("/a/b/c"))).isEqualTo("early literal");
        assertThat(table.match(get("/x/b/c"))).isEqualTo("late literals");
        assertThat(table.match(get("/x/y/c"))).isEqualTo("last literal");
    }

    @Test
    void goesBackToAVariableWhereTheLiteralLeadsNowhere() {
        RouteTable<String> table = table(
                path("/users/me/{what}/new").named("me"),
                path("/users/{id}/keys").named("any user"),
                path("/users/me/{what}").method("POST").named("post"));

        assertThat(table.match(get("/users/me/keys"))).isEqualTo("any user");
        assertThat(table.match(request("POST /users/me/keys", "h"))).isEqualTo("post");
        assertThat(table.match(get("/users/me/keys/new"))).isEqualTo("me");
    }

    @Test
    void fallsThroughToShorterPrefixesWhereConditionsFail() {
        RouteTable<String> table = table(
                path("/a").named("a"),
                path("/a/b").method("POST").named("ab"),
                path("/a/b/c").header("x-canary", "1").named("abc"));

        assertThat(table.match(get("/a/b/c", "X-Canary: 1"))).isEqualTo("abc");
        assertThat(table.match(request("POST /a/b/c", "h"))).isEqualTo("ab");
        assertThat(table.match(get("/a/b/c"))).isEqualTo("a");
    }

    @Test
    void prefersMethodThenHeadersThenQueryThenName() {
        List<RouteTable.Entry<String>> leastFirst = List.of(
                path("/").named("b"),
                path("/").named("a"),
                path("/").query("q", "1").named("one parameter"),
                path("/").query("q", "1").query("r", "1").named("two parameters"),
                path("/").header("x", "1").named("one header"),
                path("/").header("x", "1").query("q", "1").named("header and parameter"),
                path("/").header("x", "*").header("y", "*").named("two headers"),
                path("/").method("GET").named("method"));

        for (int last = 0; last < leastFirst.size(); last++) {
            RouteTable<String> table = table(leastFirst.subList(0, last + 1));
            assertThat(table.match(get("/?q=1&r=1", "x: 1", "y: 1")))
                    .isEqualTo(leastFirst.get(last).name());
        }
    }

    @Test
    void methodsAreMatchedAsGiven() {
        RouteTable<String> table = table(
                path("/").method("GET", "PURGE").named("some"),
                path("/").method("POST").named("post"));

        assertThat(table.match(request("GET /", "h"))).isEqualTo("some");
        assertThat(table.match(request("PURGE /", "h"))).isEqualTo("some");
        assertThat(table.match(request("POST /", "h"))).isEqualTo("post");
        assertThat(table.match(request("HEAD /", "h"))).isNull();
    }

    @Test
    void asteriskMatchesThePrefixOfEverythingAlone() {
        RequestHead head = request("OPTIONS *", "example.com");

        assertMatches(path("/"), head, true);
        assertMatches(path("/").method("OPTIONS"), head, true);
        assertMatches(exact("/"), head, false);
        assertMatches(exact("/*"), head, false);
        assertMatches(regex("/.*"), head, false);
        assertMatches(path("/{x}"), head, false);
        assertMatches(path("/a"), head, false);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Tenant: a, true",
        "x-tenant:   a  , true",
        "X-Tenant: A, false",
        "X-Tenant: ab, false",
        "'X-Tenant: a,b', false",
        "X-Other: a, false",
    })
    void exactHeadersMatchWholeValues(String field, boolean matches) {
        assertMatches(path("/").header("X-Tenant", "a"), get("/", field), matches);
    }

    @Test
    void anyOneOfRepeatedHeadersIsEnough() {
        RouteTable<String> table = table(
                path("/").header("x", "1").header("y", "2").named("both"),
                path("/").header("x", "3").named("third"));

        assertThat(table.match(get("/", "x: 0", "y: 0", "x: 1", "y: 2"))).isEqualTo("both");
        assertThat(table.match(get("/", "x: 1", "x: 2", "x: 3"))).isEqualTo("third");
        assertThat(table.match(get("/", "x: 1", "x: 2", "y: 1"))).isNull();
    }

    @Test
    void headersMatchByPresenceAndRegex() {
        RouteTable<String> table = table(
                path("/").header("x", new ValueMatch.Regex("v[0-9]+")).named("regex"),
                path("/").header("x", "*").header("y", "1").named("present"));

        assertThat(table.match(get("/", "x: v12"))).isEqualTo("regex");
        assertThat(table.match(get("/", "x: v12b"))).isNull();
        assertThat(table.match(get("/", "x: v12", "y: 1"))).isEqualTo("present");
        assertThat(table.match(get("/", "y: 1"))).isNull();
        assertThat(table.match(get("/", "x:", "y: 1"))).isEqualTo("present");
    }

    @ParameterizedTest
    @CsvSource({
        "/?a=1, true",
        "/?b=2&a=1, true",
        "/?a=%31, true",
        "/?%61=1, true",
        "/?a=1&a=2, true",
        "/?a=2&a=1, false",
        "/?a=12, false",
        "/?aa=1, false",
        "/?a, false",
        "/?=1&a=1, true",
        "/?&&a=1&, true",
        "/, false",
        "/?, false",
    })
    void theFirstParameterOfANameDecides(String target, boolean matches) {
        assertMatches(path("/").query("a", "1"), get(target), matches);
    }

    @Test
    void parametersAreDecodedAsFormsWriteThem() {
        RouteTable<String> table = table(
                path("/").query("q", "a b").named("space"),
                path("/").query("q", "ä&").named("encoded"),
                path("/").query("q", "").named("empty"),
                path("/").query("r", "*").named("present"),
                path("/").query("s", new ValueMatch.Regex("[a-z ]+")).named("regex"));

        assertThat(table.match(get("/?q=a+b"))).isEqualTo("space");
        assertThat(table.match(get("/?q=a%20b"))).isEqualTo("space");
        assertThat(table.match(get("/?q=%C3%A4%26"))).isEqualTo("encoded");
        assertThat(table.match(get("/?q"))).isEqualTo("empty");
        assertThat(table.match(get("/?q="))).isEqualTo("empty");
        assertThat(table.match(get("/?r"))).isEqualTo("present");
        assertThat(table.match(get("/?s=%61+b"))).isEqualTo("regex");
        assertThat(table.match(get("/?s=1"))).isNull();
    }

    private static void assertMatches(Matches route, RequestHead head, boolean matches) {
        assertThat(table(route.named("it")).match(head)).isEqualTo(matches ? "it" : null);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // The array is only read, into a list.
    private static RouteTable<String> table(RouteTable.Entry<String>... entries) {
        return table(List.of(entries));
    }

    private static RouteTable<String> table(List<RouteTable.Entry<String>> entries) {
        return RouteTable.compile(entries, new SplittableRandom(1));
    }
}
