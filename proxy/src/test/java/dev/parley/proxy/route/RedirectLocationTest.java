package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectLocationTest {
    @ParameterizedTest
    @CsvSource({
        // scheme, host, port, Host sent, location
        ",       ,           ,     a.com,      http://a.com/foo/bar?q=1",
        ",       ,           ,     a.com:8080, http://a.com:8080/foo/bar?q=1",
        ",       ,           ,     [::1]:8080, http://[::1]:8080/foo/bar?q=1",
        "https,  ,           ,     a.com:8080, https://a.com/foo/bar?q=1",
        "https,  ,           8443, a.com:8080, https://a.com:8443/foo/bar?q=1",
        "https,  ,           443,  a.com:8080, https://a.com/foo/bar?q=1",
        "https,  ,           80,   a.com,      https://a.com:80/foo/bar?q=1",
        ",       b.com,      ,     a.com:8080, http://b.com:8080/foo/bar?q=1",
        ",       b.com,      ,     a.com,      http://b.com/foo/bar?q=1",
        ",       b.com:99,   ,     a.com:8080, http://b.com:99/foo/bar?q=1",
        ",       b.com,      80,   a.com:8080, http://b.com/foo/bar?q=1",
        "http,   b.com,      7,    a.com:8080, http://b.com:7/foo/bar?q=1",
    })
    void keepsWhatIsNotGiven(
            @Nullable String scheme, @Nullable String host, @Nullable Integer port, String sent, String location) {
        RedirectLocation redirect = redirect(scheme, host, port, null, null, "/foo");

        assertThat(written(redirect, Requests.request("GET /foo/bar?q=1", sent)))
                .isEqualTo(location);
    }

    @Test
    void replacesThePath() {
        RedirectLocation redirect = redirect(null, null, null, "/new", null, "/foo");

        assertThat(written(redirect, Requests.get("/foo/bar?q=1"))).isEqualTo("http://example.com/new?q=1");
    }

    @Test
    void replacesThePrefix() {
        RedirectLocation redirect = redirect(null, null, null, null, "/new", "/foo");

        assertThat(written(redirect, Requests.get("/foo/bar?q=1"))).isEqualTo("http://example.com/new/bar?q=1");
    }

    @Test
    void takesTheSchemeOfTheListener() {
        RedirectLocation redirect = redirect(null, null, null, "/new", null, "/");
        byte[] into = new byte[100];

        int length = redirect.write(Requests.get("/"), true, 8443, into, 0);

        assertThat(new String(into, 0, length, StandardCharsets.US_ASCII)).isEqualTo("https://example.com/new");
    }

    @Test
    void withoutAHostItStaysRelative() {
        RequestHead head = Requests.parse("GET /foo HTTP/1.0\r\n\r\n");

        assertThat(written(redirect(null, null, null, "/new", null, "/"), head)).isEqualTo("/new");
        assertThat(written(redirect(null, "b.com", null, "/new", null, "/"), head))
                .isEqualTo("http://b.com:12080/new");
        assertThat(written(redirect("https", "b.com", null, "/new", null, "/"), head))
                .isEqualTo("https://b.com/new");
    }

    @Test
    void aPathThatBeginsWithTwoSlashesIsNeverReadAsAHost() {
        RequestHead head = Requests.parse("GET //evil.com/x HTTP/1.0\r\n\r\n");

        assertThat(written(redirect("https", null, null, null, null, "/"), head))
                .isEqualTo("/.//evil.com/x");
    }

    @Test
    void anAsteriskHasTheRootForAPath() {
        RedirectLocation redirect = redirect("https", null, null, null, null, "/");

        assertThat(written(redirect, Requests.request("OPTIONS *", "a.com"))).isEqualTo("https://a.com/");
    }

    @Test
    void answersThatItDoesNotFit() {
        RedirectLocation redirect = redirect("https", null, 8443, null, null, "/");
        int length = "https://example.com:8443/foo".length();

        for (int room = 0; room < length; room++) {
            assertThat(redirect.write(Requests.get("/foo"), false, 80, new byte[room], 0))
                    .isEqualTo(-1);
        }
        assertThat(redirect.write(Requests.get("/foo"), false, 80, new byte[length], 0))
                .isEqualTo(length);
    }

    @Test
    void refusesToReplaceAPrefixThatIsNotMatched() {
        Route.Redirect redirect = new Route.Redirect(
                302, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("/x"));

        assertThatThrownBy(() -> RedirectLocation.of(redirect, new PathMatch.Regex(".*")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static RedirectLocation redirect(
            @Nullable String scheme,
            @Nullable String host,
            @Nullable Integer port,
            @Nullable String path,
            @Nullable String prefix,
            String matched) {
        Route.Redirect redirect = new Route.Redirect(
                302,
                Optional.ofNullable(scheme),
                Optional.ofNullable(host),
                Optional.ofNullable(port),
                Optional.ofNullable(path),
                Optional.ofNullable(prefix));
        return RedirectLocation.of(redirect, new PathMatch.Prefix(matched));
    }

    private static String written(RedirectLocation redirect, RequestHead head) {
        byte[] into = new byte[100];
        int length = redirect.write(head, false, 12080, into, 5);
        return new String(into, 5, length, StandardCharsets.US_ASCII);
    }
}
