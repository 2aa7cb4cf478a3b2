package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients speak HTTP/1.1, endpoints HTTP/2. The test plays both, step by step. */
class FromHttp1Test {
    private static final String HEAD = " / HTTP/1.1\r\nHost: localhost\r\n";

    private Http2Server server;
    private Front front;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        server = Http2Server.start();
        front = Front.before(server);
        client = front.http1();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        front.close();
        server.close();
    }

    @Test
    void requestHasPseudoFieldsAndLowerCaseNames() throws Exception {
        client.send("GET /a/b?c=d HTTP/1.1\r\nHost: example.org:81\r\nX-One: Value\r\nTE: trailers, deflate\r\n"
                + "Connection: X-Hop, te\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\n");
        var endpoint = server.accept();
        Message request = endpoint.takeRequest();
        assertThat(request.value(":method")).isEqualTo("GET");
        assertThat(request.value(":path")).isEqualTo("/a/b?c=d");
        assertThat(request.value(":scheme")).isEqualTo("http");
        assertThat(request.value(":authority")).isEqualTo("example.org:81");
        assertThat(request.value("x-one")).isEqualTo("Value");
        assertThat(request.head().lines()).allSatisfy(line -> {
            String name = line.substring(0, line.indexOf(": "));
            assertThat(name).isEqualTo(name.toLowerCase(Locale.ROOT)).isNotIn("connection", "keep-alive", "host");
        });
        assertThat(request.value("te")).isIn("", "trailers");
        assertThat(request.bodyBytes()).isZero();
        endpoint.answer(request.stream(), 200, "hello", "x-answer", "yes");
        Reply reply = client.readReply();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.value("x-answer")).isEqualTo("yes");
        assertThat(reply.body()).isEqualTo("hello");
        assertThat(reply.head()).doesNotContain(":status");
    }

    /** However few or many blanks a client of HTTP/1.1 writes, the value is what is between them (RFC 9112 section 5.1). */
    @Test
    void blanksAroundAValueAreNoPartOfIt() throws Exception {
        client.send(
                "GET" + HEAD + "X-None:value\r\nX-Empty:\r\nX-Blank: \t \r\nX-Behind:  value \t\r\nX-Last: 1\r\n\r\n");
        Message request = server.accept().takeRequest();
        assertThat(request.head().lines())
                .contains("x-none: value", "x-empty: ", "x-blank: ", "x-behind: value", "x-last: 1");
        assertThat(server.faults()).isEmpty();
    }

    @Test
    void fieldThatConnectionNamesStaysBehind() throws Exception {
        front.parley();
        client.send("GET" + HEAD + "Connection: X-Hop\r\nX-Hop: 1\r\n\r\n");
        var endpoint = server.accept();
        assertThat(endpoint.takeRequest().value("x-hop")).isEmpty();
    }

    @Test
    void bodyOfKnownLengthKeepsIt() throws Exception {
        client.send("POST" + HEAD + "Content-Length: 5\r\n\r\nhello");
        Message request = server.accept().takeRequest();
        assertThat(request.value("content-length")).isEqualTo("5");
        assertThat(request.body()).isEqualTo("hello");
    }

    @Test
    void chunksBecomeDataAndTheirTrailersFields() throws Exception {
        client.send("POST" + HEAD
                + "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
        Message request = server.accept().takeRequest();
        assertThat(request.body()).isEqualTo("hello");
        assertThat(request.head().toString())
                .doesNotContain("transfer-encoding")
                .doesNotContain("content-length");
        front.parley();
        assertThat(request.trailers().value("x-sum")).isEqualTo("42");
    }

    @Test
    void answerWithoutALengthIsChunkedAndItsTrailersFollow() throws Exception {
        client.send("GET" + HEAD + "TE: trailers\r\nConnection: TE\r\n\r\n");
        var endpoint = server.accept();
        int stream = endpoint.takeRequest().stream();
        endpoint.headers(stream, Frame.NONE, ":status", "200");
        endpoint.data(stream, Frame.NONE, "hello");
        endpoint.headers(stream, Frame.END_STREAM, "x-sum", "42");
        assertThat(client.readUntil("\r\n\r\n")).containsIgnoringCase("transfer-encoding: chunked\r\n");
        assertThat(client.readUntil("0\r\n")).isEqualTo("5\r\nhello\r\n0\r\n");
        assertThat(client.readUntil("\r\n")).isEqualToIgnoringCase("x-sum: 42\r\n");
        assertThat(client.readUntil("\r\n")).isEqualTo("\r\n");
    }

    @Test
    void answerWithALengthKeepsIt() throws Exception {
        client.send("GET" + HEAD + "\r\n");
        var endpoint = server.accept();
        endpoint.answer(endpoint.takeRequest().stream(), 200, "hello", "content-length", "5");
        Reply reply = client.readReply();
        assertThat(reply.value("content-length")).isEqualTo("5");
        assertThat(reply.value("transfer-encoding")).isEmpty();
        assertThat(reply.body()).isEqualTo("hello");
    }

    @Test
    void oldClientGetsAnAnswerThatEndsWithItsConnection() throws Exception {
        client.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var endpoint = server.accept();
        endpoint.answer(endpoint.takeRequest().stream(), 200, "hello");
        assertThat(client.readToEnd()).doesNotContainIgnoringCase("chunked").endsWith("\r\n\r\nhello");
    }

    @Test
    void answerToHeadIsAHeadAlone() throws Exception {
        client.send("HEAD" + HEAD + "\r\n");
        var endpoint = server.accept();
        endpoint.headers(endpoint.takeRequest().stream(), Frame.END_STREAM, ":status", "200", "content-length", "100");
        assertThat(client.readReplyToHead().value("content-length")).isEqualTo("100");
        client.send("GET" + HEAD + "\r\n");
        endpoint.answer(endpoint.takeRequest().stream(), 200, "next");
        assertThat(client.readReply().body()).isEqualTo("next");
    }

    @ParameterizedTest
    @ValueSource(strings = {"204", "304"})
    void answersWithoutABodyEndAtTheirHead(String status) throws Exception {
        client.send("GET" + HEAD + "\r\n");
        var endpoint = server.accept();
        endpoint.headers(endpoint.takeRequest().stream(), Frame.END_STREAM, ":status", status);
        Reply reply = client.readReply();
        assertThat(status).isEqualTo(Integer.toString(reply.status()));
        assertThat(reply.value("transfer-encoding")).isEmpty();
        client.send("GET" + HEAD + "\r\n");
        endpoint.answer(endpoint.takeRequest().stream(), 200, "next");
        assertThat(client.readReply().body()).isEqualTo("next");
    }

    @Test
    void informationalAnswersArePassedOn() throws Exception {
        client.send("POST" + HEAD + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var endpoint = server.accept();
        int stream = endpoint.awaitHead().stream();
        endpoint.headers(stream, Frame.NONE, ":status", "103", "link", "</a.css>");
        endpoint.headers(stream, Frame.NONE, ":status", "100");
        List<Integer> informational =
                List.of(client.readReply().status(), client.readReply().status());
        // A proxy may say 100 itself before the endpoint does.
        assertThat(informational).containsExactlyInAnyOrder(103, 100);
        client.send("hello");
        Message request = endpoint.takeRequest();
        assertThat(request.body()).isEqualTo("hello");
        endpoint.answer(stream, 200, "done");
        assertThat(client.readReply().body()).isEqualTo("done");
    }

    @Test
    void crumbsOfACookieMayComeInPieces() throws Exception {
        client.send("GET" + HEAD + "Cookie: a=1; b=2\r\n\r\n");
        Message request = server.accept().takeRequest();
        assertThat(String.join("; ", request.head().values("cookie"))).isEqualTo("a=1; b=2");
    }

    @Test
    void streamThatIsResetBeforeItsAnswerIsABadGateway() throws Exception {
        client.send("POST" + HEAD + "Content-Length: 1\r\n\r\nx");
        var endpoint = server.accept();
        endpoint.reset(endpoint.takeRequest().stream(), ErrorCode.INTERNAL_ERROR);
        assertThat(client.readReply().status()).isEqualTo(502);
    }

    @Test
    void streamThatIsResetWithinItsAnswerCutsTheClientOff() throws Exception {
        client.send("GET" + HEAD + "\r\n");
        var endpoint = server.accept();
        int stream = endpoint.takeRequest().stream();
        endpoint.headers(stream, Frame.NONE, ":status", "200");
        endpoint.data(stream, Frame.NONE, "half");
        client.readUntil("half");
        endpoint.reset(stream, ErrorCode.INTERNAL_ERROR);
        assertThatThrownBy(() -> assertThat(client.readToEnd()).contains("0\r\n\r\n"))
                .isInstanceOfAny(IOException.class, AssertionError.class);
    }

    @Test
    void clientThatGoesResetsItsStreamAndNoOther() throws Exception {
        client.send("GET" + HEAD + "\r\n");
        var endpoint = server.accept();
        int stream = endpoint.takeRequest().stream();
        client.reset();
        Frame reset = endpoint.awaitFrame(Frame.RST_STREAM);
        assertThat(reset.stream()).isEqualTo(stream);
        assertThat(reset.errorCode()).isEqualTo(ErrorCode.CANCEL);
        endpoint.roundTrip();
        front.requireNothingIsLeft();
    }
}
