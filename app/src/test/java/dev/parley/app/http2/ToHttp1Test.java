package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Fields;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients speak HTTP/2, endpoints HTTP/1.1. */
class ToHttp1Test {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";

    @Test
    void requestHasHostAndNoPseudoField() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/a/b?c=d", "x-one", "1", "accept", "*/*");
            assertThat(client.response(1).body()).isEqualTo("x");
            OriginRequest request = origin.takeRequest();
            assertThat(request.line()).isEqualTo("GET /a/b?c=d HTTP/1.1");
            assertThat(request.value("host")).isEqualTo("localhost");
            assertThat(request.value("x-one")).isEqualTo("1");
            assertThat(request.head()).doesNotContain("\r\n:").doesNotContainIgnoringCase("transfer-encoding");
            assertThat(request.body()).isEmpty();
        }
    }

    @Test
    void bodyOfKnownLengthKeepsIt() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.post(1, "/", "content-length", "10");
            client.data(1, Frame.NONE, "hello");
            client.data(1, Frame.END_STREAM, "world");
            client.response(1);
            OriginRequest request = origin.takeRequest();
            assertThat(request.value("content-length")).isEqualTo("10");
            assertThat(request.body()).isEqualTo("helloworld");
        }
    }

    @Test
    void bodyOfUnknownLengthIsChunked() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.post(1, "/");
            client.data(1, Frame.NONE, "hello");
            client.data(1, Frame.END_STREAM, "");
            client.response(1);
            OriginRequest request = origin.takeRequest();
            assertThat(request.value("transfer-encoding")).isEqualTo("chunked");
            assertThat(request.body()).isEqualTo("hello");
        }
    }

    @Test
    void trailersOfARequestComeAfterItsLastChunk() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.post(1, "/", "te", "trailers");
            client.data(1, Frame.NONE, "hello");
            client.headers(1, Frame.END_STREAM, "x-checksum", "abc");
            client.response(1);
            assertThat(origin.takeRequest().raw().toLowerCase(Locale.ROOT)).endsWith("0\r\nx-checksum: abc\r\n\r\n");
        }
    }

    @Test
    void crumbsOfACookieAreOneField() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/", "cookie", "a=1", "x", "y", "cookie", "b=2", "cookie", "c=3");
            client.response(1);
            OriginRequest request = origin.takeRequest();
            assertThat(request.value("cookie")).isEqualTo("a=1; b=2; c=3");
            assertThat(request.head().toLowerCase(Locale.ROOT)).containsOnlyOnce("cookie:");
        }
    }

    @Test
    void fieldsOfAnAnswerAreInLowerCaseAndItsConnectionsOwnStayBehind() throws Exception {
        Answer answer = Answer.bytes("HTTP/1.1 200 OK\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                + "Connection: X-Hop, keep-alive\r\nX-Hop: y\r\nKeep-Alive: timeout=5\r\nContent-Length: 1\r\n\r\nx");
        try (Origin origin = Origin.answering(answer);
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            Message response = client.exchange(1, "/");
            assertThat(response.head().lines()).first().isEqualTo(":status: 200");
            assertThat(response.value("x-one")).isEqualTo("1");
            assertThat(response.value("content-length")).isEqualTo("1");
            assertThat(response.head().values("set-cookie")).containsExactly("a=1", "b=2");
            assertThat(response.head().toString())
                    .doesNotContainIgnoringCase("connection")
                    .doesNotContainIgnoringCase("keep-alive")
                    .doesNotContainIgnoringCase("x-hop");
        }
    }

    @Test
    void chunkedAnswerIsDataAndItsTrailersAreTrailers() throws Exception {
        Answer answer =
                Answer.bytes(CHUNKED + "Trailer: X-Sum\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n");
        try (Origin origin = Origin.answering(answer);
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/", "te", "trailers");
            Message response = client.response(1);
            assertThat(response.body()).isEqualTo("hello world");
            assertThat(response.value("transfer-encoding")).isEmpty();
            assertThat(response.trailers().value("x-sum")).isEqualTo("42");
        }
    }

    @Test
    void answerThatEndsWithItsConnectionIsWhole() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 200 OK\r\n\r\nsome text").thenClose());
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            assertThat(client.exchange(1, "/").body()).isEqualTo("some text");
            assertThat(client.exchange(3, "/").body()).isEqualTo("some text");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"})
    void answerThatIsCutShortIsReset(String cut) throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 200 OK\r\n" + cut).thenClose());
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            Message response = client.await(
                    1, message -> message.isWhole() || message.resetWith().isPresent());
            assertThat(response.isWhole()).as("%s", response).isFalse();
            assertThat(response.resetWith()).isNotEqualTo(ErrorCode.NO_ERROR);
            client.roundTrip();
        }
    }

    @Test
    void answerToHeadIsAHeadAlone() throws Exception {
        try (Origin origin = Origin.answering(Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            for (int stream = 1; stream < 6; stream += 2) {
                client.headers(stream, Frame.END_STREAM, Http2Client.request("HEAD", "/"));
                Message response = client.response(stream);
                assertThat(response.value("content-length")).isEqualTo("100");
                assertThat(response.bodyBytes()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified"})
    void answersWithoutABodyEndAtTheirHead(String status) throws Exception {
        try (Origin origin = Origin.answering(Answer.bytes("HTTP/1.1 " + status + "\r\nETag: \"a\"\r\n\r\n"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            for (int stream = 1; stream < 6; stream += 2) {
                Message response = client.exchange(stream, "/");
                assertThat(status).startsWith(response.value(":status"));
                assertThat(response.value("etag")).isEqualTo("\"a\"");
            }
        }
    }

    @Test
    void earlyHintsComeBeforeTheAnswer() throws Exception {
        Answer hinted = Answer.bytes("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
                .then(Answer.ok("page"));
        try (Origin origin = Origin.answering(hinted);
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            Message response = client.exchange(1, "/");
            assertThat(response.informational())
                    .singleElement()
                    .returns(103, Fields::status)
                    .returns("</a.css>; rel=preload", fields -> fields.value("link"));
            assertThat(response.body()).isEqualTo("page");
        }
    }

    @Test
    void clientThatResetsItsStreamFreesTheEndpoint() throws Exception {
        try (Origin origin = Origin.answering(Answer.never());
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            origin.takeRequest();
            assertThat(origin.openConnections()).isEqualTo(1);
            client.reset(1, ErrorCode.CANCEL);
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
            client.roundTrip();
            client.close();
            front.requireNothingIsLeft();
        }
    }

    /** What the client did wrong after its request must not leave work behind that nobody waits for (CVE-2025-8671). */
    @Test
    void streamThatIsResetForItsClientsFaultFreesTheEndpoint() throws Exception {
        try (Origin origin = Origin.answering(Answer.never());
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            origin.takeRequest();
            client.send(Frame.windowUpdate(1, 0));
            client.expectReset(1, ErrorCode.PROTOCOL_ERROR);
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
            client.roundTrip();
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void answerThatComesBeforeTheBodyIsGivenAtOnce() throws Exception {
        try (EarlyOrigin origin = new EarlyOrigin();
                Front front = origin.front();
                Http2Client client = front.http2()) {
            client.post(1, "/");
            client.data(1, Frame.NONE, "the beginning");
            Message response = client.response(1);
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.body()).isEqualTo("no");
            client.roundTrip();
            if (response.resetWith().isPresent()) {
                assertThat(response.resetWith()).contains(ErrorCode.NO_ERROR);
            }
            client.data(1, Frame.NONE, "more of it that nobody reads");
            client.roundTrip();
        }
    }

    @Test
    void manyStreamsAreAnsweredInWhicheverOrder() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin origin = Origin.start(request -> request.line().contains("/slow")
                        ? Answer.after(held).then(Answer.ok("slow"))
                        : Answer.ok(request.line()));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.get(1, "/slow");
            for (int stream = 3; stream < 100; stream += 2) {
                client.get(stream, "/" + stream);
            }
            for (int stream = 3; stream < 100; stream += 2) {
                assertThat(client.response(stream).body()).isEqualTo("GET /%d HTTP/1.1".formatted(stream));
            }
            assertThat(client.message(1).isWhole()).isFalse();
            held.countDown();
            assertThat(client.response(1).body()).isEqualTo("slow");
        }
    }

    @Test
    void upgradeToHttp2IsNotOffered() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("still 1.1"));
                Front front = Front.before(origin);
                var client = front.http1()) {
            front.parley();
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
            assertThat(client.readReply().body()).isEqualTo("still 1.1");
            assertThat(origin.takeRequest().head()).doesNotContain("h2c").doesNotContain("HTTP2-Settings");
        }
    }
}
