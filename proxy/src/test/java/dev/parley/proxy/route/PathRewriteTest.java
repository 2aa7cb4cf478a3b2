package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathRewriteTest {
    /** The table of the Gateway API's ReplacePrefixMatch, and what it leaves open. */
    @ParameterizedTest
    @CsvSource({
        "/foo, /xyz, /foo/bar, /xyz/bar",
        "/foo, /xyz/, /foo/bar, /xyz/bar",
        "/foo/, /xyz, /foo/bar, /xyz/bar",
        "/foo/, /xyz/, /foo/bar, /xyz/bar",
        "/foo, /xyz, /foo, /xyz",
        "/foo, /xyz, /foo/, /xyz/",
        "/foo, /, /foo/bar, /bar",
        "/foo, /, /foo/, /",
        "/foo, /, /foo, /",
        "/foo, /, /foo?a=1, /?a=1",
        "/foo, /xyz, /foo?, /xyz?",
        "/foo, /xyz, /foo/bar?a=/b?c, /xyz/bar?a=/b?c",
        "/, /xyz, /, /xyz/",
        "/, /xyz, /a, /xyz/a",
        "/, /xyz, http://example.com?q, /xyz/?q",
        "/foo, /xyz, /%66oo/%62ar, /xyz/%62ar",
        "/foo/bar, /x, /foo/bar//a%2Fb/, /x//a%2Fb/",
        "/foo, /a\"b%zz%41, /foo, /a%22b%25zz%41",
    })
    void replacesAPrefix(String prefix, String replacement, String target, String rewritten) {
        PathRewrite rewrite = prefix(replacement, new PathMatch.Prefix(prefix));

        assertThat(written(rewrite, Requests.get(target))).isEqualTo(rewritten);
    }

    @ParameterizedTest
    @CsvSource({
        "/orders/{id}, /v2/{id}/order, /orders/7, /v2/7/order",
        "/orders/{id}, /v2/{id}, /orders/a%2Fb?x=1, /v2/a%2Fb?x=1",
        "/{a}/to/{b}, /{b}/{a}{b}, /x/to/y, /y/xy",
        "/{a}, /fixed, /x, /fixed",
    })
    void fillsInWhatATemplateMatched(String template, String path, String target, String rewritten) {
        PathRewrite rewrite = path(path, new PathMatch.Template(template));

        assertThat(written(rewrite, Requests.get(target))).isEqualTo(rewritten);
    }

    @Test
    void replacesTheWholePathAndKeepsTheQuery() {
        PathRewrite rewrite = path("/other", new PathMatch.Regex(".*"));

        assertThat(written(rewrite, Requests.get("/a/b?c=d"))).isEqualTo("/other?c=d");
    }

    @Test
    void leavesAnAsteriskAlone() {
        PathRewrite rewrite = prefix("/xyz", new PathMatch.Prefix("/"));

        assertThat(written(rewrite, Requests.request("OPTIONS *", "h"))).isEqualTo("*");
    }

    @Test
    void answersThatItDoesNotFit() {
        RequestHead head = Requests.get("/foo/bar?query");
        PathRewrite rewrite = prefix("/xyz", new PathMatch.Prefix("/foo"));
        int length = "/xyz/bar?query".length();

        for (int room = 0; room < length; room++) {
            assertThat(rewrite.write(head, new byte[3 + room], 3)).isEqualTo(-1);
        }
        assertThat(rewrite.write(head, new byte[3 + length], 3)).isEqualTo(length);
    }

    @Test
    void refusesToReplaceAPrefixThatIsNotMatched() {
        assertThatThrownBy(() -> prefix("/x", new PathMatch.Exact("/foo")))
                .hasMessageContaining("'/foo' is not matched as a prefix");
    }

    @Test
    void refusesVariablesThatTheTemplateDoesNotHave() {
        assertThatThrownBy(() -> path("/{b}", new PathMatch.Template("/{a}")))
                .hasMessageContaining("{b}, which is no variable of '/{a}'");
        assertThatThrownBy(() -> path("/{a", new PathMatch.Template("/{a}"))).hasMessageContaining("{a");
    }

    private static PathRewrite prefix(String replacement, PathMatch match) {
        return PathRewrite.of(new Route.Rewrite(Optional.of(replacement), Optional.empty()), match);
    }

    private static PathRewrite path(String path, PathMatch match) {
        return PathRewrite.of(new Route.Rewrite(Optional.empty(), Optional.of(path)), match);
    }

    private static String written(PathRewrite rewrite, RequestHead head) {
        byte[] into = new byte[100];
        int length = rewrite.write(head, into, 5);
        return new String(into, 5, length, StandardCharsets.US_ASCII);
    }
}
