package dev.parley.app.http2;

import static dev.parley.app.http2.Rule.fine;
import static dev.parley.app.http2.Rule.malformed;
import static dev.parley.testkit.http2.Http2Client.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Message;
import java.util.stream.Stream;

/** Section 8 of RFC 9113: what makes a request malformed, however well its frames are formed. */
final class MessageRules {
    private static final String METHOD = ":method";

    private MessageRules() {}

    static Stream<Rule> all() {
        return Stream.of(framing(), names(), connectionFields(), pseudoFields(), targets(), lengths())
                .flatMap(rules -> rules);
    }

    /** A GET with further fields is malformed. */
    private static Rule field(String name, String... moreFields) {
        return malformed(name, client -> client.headers(1, Frame.END_STREAM, request("GET", "/", moreFields)));
    }

    /** A head of exactly these fields is malformed. */
    private static Rule head(String name, String... fields) {
        return malformed(name, client -> client.headers(1, Frame.END_STREAM, fields));
    }

    private static Rule fits(String name, String... moreFields) {
        return fine(name, client -> {
            client.headers(1, Frame.END_STREAM, request("GET", "/", moreFields));
            assertThat(client.response(1).status()).isEqualTo(200);
        });
    }

    private static Stream<Rule> framing() {
        return Stream.of(
                fine("8.1: HEAD has no body", client -> {
                    client.headers(1, Frame.END_STREAM, request("HEAD", "/"));
                    Message response = client.response(1);
                    assertThat(response.status()).isEqualTo(200);
                    assertThat(response.bodyBytes()).isZero();
                }),
                fine("8.1: trailers end a request", client -> {
                    client.post(1, "/");
                    client.data(1, Frame.NONE, "test");
                    client.headers(1, Frame.END_STREAM, "x-trailer", "y");
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                malformed("8.1: trailers end the stream", client -> {
                    client.post(1, "/");
                    client.data(1, Frame.NONE, "test");
                    client.headers(1, Frame.NONE, "x-trailer", "y");
                }),
                malformed("8.1: a request has one head", client -> {
                    client.post(1, "/");
                    client.headers(1, Frame.END_STREAM, request("POST", "/"));
                }),
                malformed("8.3: trailers have no pseudo-fields", client -> {
                    client.post(1, "/");
                    client.data(1, Frame.NONE, "test");
                    client.headers(1, Frame.END_STREAM, METHOD, "GET");
                }));
    }

    private static Stream<Rule> names() {
        return Stream.of(
                field("8.2: names are in lower case", "X-Test", "ok"),
                field("8.2.1: a name is not empty", "", "ok"),
                field("8.2.1: a name has no space", "x test", "ok"),
                field("8.2.1: a name has no control character", "x\u0001test", "ok"),
                field("8.2.1: a name has no octet above 0x7e", "x\u00e9", "ok"),
                field("8.2.1: a name has no colon but its first", "x:test", "ok"),
                field("8.2.1: a value has no NUL", "x", "a\0b"),
                field("8.2.1: a value has no CR", "x", "a\rb"),
                field("8.2.1: a value has no LF", "x", "a\nb"),
                field("8.2.1: a value has no CR LF", "x", "a\r\nHost: other"),
                field("8.2.1: a value does not begin with a space", "x", " a"),
                field("8.2.1: a value does not begin with a tab", "x", "\ta"),
                field("8.2.1: a value does not end with a space", "x", "a "),
                fits("8.2.1: a value may be empty", "x", ""),
                fits("8.2.1: a value may have octets above 0x7f", "x", "gr\u00fcn"));
    }

    private static Stream<Rule> connectionFields() {
        return Stream.of(
                field("8.2.2: there is no Connection", "connection", "keep-alive"),
                field("8.2.2: there is no Keep-Alive", "keep-alive", "timeout=5"),
                field("8.2.2: there is no Proxy-Connection", "proxy-connection", "keep-alive"),
                field("8.2.2: there is no Transfer-Encoding", "transfer-encoding", "chunked"),
                field("8.2.2: there is no Upgrade", "upgrade", "h2c"),
                field("8.2.2: TE is trailers alone", "te", "trailers, deflate;q=0.5"),
                fits("8.2.2: TE may be trailers", "te", "trailers"));
    }

    private static Stream<Rule> pseudoFields() {
        String authority = ":authority";
        return Stream.of(
                field("8.3: unknown pseudo-fields", ":test", "ok"),
                head(
                        "8.3: a response's pseudo-field",
                        METHOD,
                        "GET",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        authority,
                        "localhost",
                        ":status",
                        "200"),
                head(
                        "8.3: pseudo-fields come first",
                        METHOD,
                        "GET",
                        ":scheme",
                        "http",
                        authority,
                        "localhost",
                        "x",
                        "y",
                        ":path",
                        "/"),
                head("8.3.1: no :method", ":scheme", "http", ":path", "/", authority, "localhost"),
                head("8.3.1: no :scheme", METHOD, "GET", ":path", "/", authority, "localhost"),
                head("8.3.1: no :path", METHOD, "GET", ":scheme", "http", authority, "localhost"),
                head("8.3.1: an empty :path", METHOD, "GET", ":scheme", "http", ":path", "", authority, "localhost"),
                head("8.3.1: an empty :method", METHOD, "", ":scheme", "http", ":path", "/", authority, "localhost"),
                head(
                        "8.3.1: two :method",
                        METHOD,
                        "GET",
                        METHOD,
                        "POST",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        authority,
                        "localhost"),
                head(
                        "8.3.1: two :scheme",
                        METHOD,
                        "GET",
                        ":scheme",
                        "http",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        authority,
                        "localhost"),
                head(
                        "8.3.1: two :path",
                        METHOD,
                        "GET",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        ":path",
                        "/",
                        authority,
                        "localhost"),
                head(
                        "8.3.1: two :authority",
                        METHOD,
                        "GET",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        authority,
                        "localhost",
                        authority,
                        "localhost"),
                fine("8.3.1: Host alone names the authority", client -> {
                    client.headers(
                            1, Frame.END_STREAM, METHOD, "GET", ":scheme", "http", ":path", "/", "host", "localhost");
                    assertThat(client.response(1).status()).isEqualTo(200);
                }));
    }

    private static Rule authority(String name, String authority) {
        return head(name, METHOD, "GET", ":scheme", "http", ":path", "/", ":authority", authority);
    }

    private static Rule path(String name, String path) {
        return head(name, METHOD, "GET", ":scheme", "http", ":path", path, ":authority", "localhost");
    }

    private static Stream<Rule> targets() {
        return Stream.of(
                authority("8.3.1: :authority has no user information", "user@localhost"),
                authority("8.3.1: :authority has no path", "localhost/x"),
                authority("8.3.1: :authority has no space", "local host"),
                authority("8.3.1: :authority has no CR LF", "localhost\r\nx: y"),
                path("8.3.1: :path begins with a slash", "x"),
                path("8.3.1: :path has no space", "/ HTTP/1.1"),
                path("8.3.1: :path has no CR LF", "/\r\nx: y"),
                path("8.3.1: the asterisk is for OPTIONS", "*"),
                head(
                        "8.3.1: :method is a token",
                        METHOD,
                        "GET /x",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        ":authority",
                        "localhost"),
                head(
                        "8.3.1: :method has no CR LF",
                        METHOD,
                        "GET / HTTP/1.1\r\nx: y\r\n\r\nGET",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        ":authority",
                        "localhost"),
                head(
                        "8.5: CONNECT has no :path",
                        METHOD,
                        "CONNECT",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        ":authority",
                        "localhost:80"));
    }

    private static Stream<Rule> lengths() {
        return Stream.of(
                malformed("8.1.1: less data than content-length", client -> {
                    client.post(1, "/", "content-length", "5");
                    client.data(1, Frame.END_STREAM, "test");
                }),
                malformed("8.1.1: more data than content-length", client -> {
                    client.post(1, "/", "content-length", "1");
                    client.data(1, Frame.END_STREAM, "test");
                }),
                malformed("8.1.1: more data than content-length in two frames", client -> {
                    client.post(1, "/", "content-length", "5");
                    client.data(1, Frame.NONE, "test");
                    client.data(1, Frame.END_STREAM, "test");
                }),
                malformed(
                        "8.1.1: a content-length, and no data",
                        client -> client.headers(1, Frame.END_STREAM, request("POST", "/", "content-length", "1"))),
                malformed("8.1.1: trailers come before content-length is reached", client -> {
                    client.post(1, "/", "content-length", "5");
                    client.data(1, Frame.NONE, "test");
                    client.headers(1, Frame.END_STREAM, "x-trailer", "y");
                }),
                field("8.1.1: a content-length that is no number", "content-length", "abc"),
                field("8.1.1: a content-length with a sign", "content-length", "+0"),
                field("8.1.1: two lengths that differ", "content-length", "0", "content-length", "1"));
    }
}
