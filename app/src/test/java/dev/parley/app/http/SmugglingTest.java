package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The classic ways of hiding a request within another, through the whole of Parley: what can be read two ways is answered by
 * Parley, the connection is closed, and no endpoint hears of it.
 */
class SmugglingTest {
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

    static Stream<Arguments> ambiguousHeads() {
        return Stream.of(
                post("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG", 400),
                post(
                        "TE.CL",
                        "Transfer-Encoding: chunked\r\nContent-Length: 4",
                        "12\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n",
                        400),
                post("TE.TE", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n", 400),
                post("TE.TE of the same", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n", 400),
                post("TE unknown", "Transfer-Encoding: xchunked", "0\r\n\r\n", 501),
                post("TE identity", "Transfer-Encoding: identity", "", 501),
                post("TE gzip before chunked", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n", 501),
                post("TE chunked twice", "Transfer-Encoding: chunked, chunked", "0\r\n\r\n", 400),
                post("TE chunked first", "Transfer-Encoding: chunked, identity", "0\r\n\r\n", 400),
                post("TE quoted", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n", 400),
                post("TE behind a vertical tab", "Transfer-Encoding: \u000bchunked", "0\r\n\r\n", 400),
                post("TE with NUL", "Transfer-Encoding: chunked\0", "0\r\n\r\n", 400),
                post("TE empty", "Transfer-Encoding: ", "", 400),
                post("TE with space before its colon", "Transfer-Encoding : chunked", "0\r\n\r\n", 400),
                post("TE with tab before its colon", "Transfer-Encoding\t: chunked", "0\r\n\r\n", 400),
                post("TE behind a bare CR", "X: y\rTransfer-Encoding: chunked", "0\r\n\r\n", 400),
                post("TE behind a bare LF", "X: y\nTransfer-Encoding: chunked", "0\r\n\r\n", 400),
                post("TE folded", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n", 400),
                post("first field folded", " X: y\r\nContent-Length: 0", "", 400),
                post("CL.CL", "Content-Length: 0\r\nContent-Length: 5", "hello", 400),
                post("CL.CL of the same", "Content-Length: 5\r\nContent-Length: 5", "hello", 400),
                post("CL list", "Content-Length: 5, 5", "hello", 400),
                post("CL signed", "Content-Length: +5", "hello", 400),
                post("CL negative", "Content-Length: -1", "", 400),
                post("CL hexadecimal", "Content-Length: 0x5", "hello", 400),
                post("CL with space within", "Content-Length: 5 0", "hello", 400),
                post("CL overflow", "Content-Length: 18446744073709551621", "hello", 400),
                post("CL empty", "Content-Length:", "", 400),
                post("CL with space before its colon", "Content-Length : 5", "hello", 400),
                post("CL nominated by Connection", "Connection: content-length\r\nContent-Length: 5", "hello", 400),
                post(
                        "TE nominated by Connection",
                        "Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
                        "0\r\n\r\n",
                        400),
                post("Host nominated by Connection", "Connection: host", "", 400),
                post("field without a colon", "X", "", 400),
                post("field without a name", ": x", "", 400),
                post("NUL in a value", "X: a\0b", "", 400),
                post("second Host", "Host: b", "", 400),
                raw(
                        "Transfer-Encoding in HTTP/1.0",
                        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400),
                raw("bare LF ends lines", "GET / HTTP/1.1\nHost: a\n\n", 400),
                raw("bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
                raw("bare CR within the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
                raw("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
                raw("Host with user information", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", 400),
                raw("absolute form against Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("absolute form with user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("dot segments", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("encoded dot segments", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("dot segments behind encoded slashes", "GET /a%2f..%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("dot segments behind a backslash", "GET /a/..%5cb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("encoded NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("space within the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("tab within the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("two spaces behind the method", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("HTTP/0.9", "GET /\r\n", 400),
                raw("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
                raw("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
                raw("half of the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 505),
                raw("version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
                raw("CONNECT", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", 501),
                raw("a TLS hello", "\26\3\1\2\0\1\0\1\374\3\3", 400),
                raw("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw("asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                raw(
                        "unknown expectation",
                        "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\nx",
                        417));
    }

    static Stream<Arguments> ambiguousChunks() {
        return Stream.of(
                arguments("size overflow", "10000000000000000\r\n"),
                arguments("size of 2^64 - 1", "ffffffffffffffff\r\n"),
                arguments("size with prefix", "0x1\r\na\r\n0\r\n\r\n"),
                arguments("size signed", "+1\r\na\r\n0\r\n\r\n"),
                arguments("size negative", "-1\r\na\r\n0\r\n\r\n"),
                arguments("space behind the size", "1 \r\na\r\n0\r\n\r\n"),
                arguments("space before the size", " 1\r\na\r\n0\r\n\r\n"),
                arguments("no size", "\r\na\r\n0\r\n\r\n"),
                arguments("bare LF behind the size", "1\na\r\n0\r\n\r\n"),
                arguments("bare CR behind the size", "1\ra\r\n0\r\n\r\n"),
                arguments("bare LF behind the data", "1\r\na\n0\r\n\r\n"),
                arguments("longer data than the size", "1\r\nab\r\n0\r\n\r\n"),
                arguments("bare LF within an extension", "1;a\nb\r\na\r\n0\r\n\r\n"),
                arguments("bare CR within an extension", "1;a\rb\r\na\r\n0\r\n\r\n"),
                arguments("quoted line end in an extension", "1;a=\"\r\n\"\r\na\r\n0\r\n\r\n"),
                arguments("extension without a name", "1;\r\na\r\n0\r\n\r\n"),
                arguments("extension without end", "1;" + "a".repeat(300)),
                arguments("bare LF ends the trailers", "0\r\n\n"),
                arguments("Content-Length in the trailers", "0\r\nContent-Length: 5\r\n\r\n"),
                arguments("Transfer-Encoding in the trailers", "0\r\nTransfer-Encoding: chunked\r\n\r\n"),
                arguments("Host in the trailers", "0\r\nHost: b\r\n\r\n"),
                arguments("folded trailer", "0\r\nX: a\r\n b\r\n\r\n"));
    }

    private static Arguments post(String name, String fields, String body, int status) {
        return arguments(name, "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body, status);
    }

    private static Arguments raw(String name, String bytes, int status) {
        return arguments(name, bytes, status);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguousHeads")
    void answersAndClosesAndForwardsNothing(String name, String bytes, int status) throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("reached"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(bytes + HIDDEN);
            String told = client.readToEnd();
            assertThat(told).startsWith("HTTP/1.1 %d ".formatted(status)).doesNotContain("reached");
            assertThat(told.split("HTTP/1\\.1 \\d\\d\\d ", -1)).hasSize(2);
            assertThat(told).containsIgnoringCase("\r\nconnection: close\r\n");
            assertThat(parley.closeAndReadLog()).singleElement().asString().contains("\"outcome\":\"refused_request\"");
            assertThat(origin.connections()).isZero();
        }
    }

    /** The head was forwarded before the chunks came, as it must be; the endpoint is never given a whole request. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguousChunks")
    void cutsRequestsWhoseChunksAreAmbiguous(String name, String chunks) throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("reached"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + HIDDEN);
            String told = client.readToEnd();
            assertThat(told).startsWith("HTTP/1.1 400 ").doesNotContain("reached");
            assertThat(told.split("HTTP/1\\.1 \\d\\d\\d ", -1)).hasSize(2);
            assertThat(parley.closeAndReadLog()).hasSize(1);
            assertThat(origin.waitingRequests()).isZero();
        }
    }

    static Stream<Arguments> hidingPlaces() {
        return Stream.of(
                arguments(
                        "a body of known length",
                        "Content-Length: %d\r\n\r\n%s".formatted(HIDDEN.length(), HIDDEN),
                        HIDDEN),
                arguments(
                        "a chunk",
                        "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n".formatted(HIDDEN.length(), HIDDEN),
                        HIDDEN),
                arguments(
                        "a body beside an upgrade",
                        "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(HIDDEN.length(), HIDDEN),
                        HIDDEN),
                arguments(
                        "a body beside an upgrade to h2c",
                        "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(HIDDEN.length(), HIDDEN),
                        HIDDEN));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hidingPlaces")
    void keepsBodiesApartFromRequests(String name, String rest, String body) throws Exception {
        try (Origin origin = Origin.start(request -> Answer.ok(request.line()));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("POST /first HTTP/1.1\r\nHost: a\r\n" + rest + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
            Reply first = client.readReply();
            Reply next = client.readReply();
            assertThat(first.body()).isEqualTo("POST /first HTTP/1.1");
            assertThat(next.body()).isEqualTo("GET /next HTTP/1.1");
            assertThat(origin.takeRequest().body()).isEqualTo(body);
            assertThat(origin.takeRequest().line()).isEqualTo("GET /next HTTP/1.1");
            assertThat(origin.waitingRequests()).isZero();
            assertThat(origin.faults()).isEmpty();
        }
    }
}
