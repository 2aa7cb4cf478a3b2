package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What an intermediary passes on, what it keeps to itself, and what it adds (RFC 9110 section 7.6, RFC 9112). */
class ForwardingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void removesWhatIsMeantForOneHopAndSaysWhatItIs() throws Exception {
        Answer answer = Answer.bytes("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Proxy-Authenticate: x\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n");
        try (Origin origin = Origin.answering(answer);
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET /?q HTTP/1.1\r\nHost: a:81\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\n"
                    + "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\nUpgrade: h2c\r\nX-Kept: 1\r\n\r\n");
            Reply reply = client.readReply();
            OriginRequest received = origin.takeRequest();
            assertThat(received.line()).isEqualTo("GET /?q HTTP/1.1");
            assertThat(received.head().toLowerCase(java.util.Locale.ROOT))
                    .contains("\r\nhost: a:81\r\n", "\r\nx-kept: 1\r\n", "\r\nvia: 1.1 parley\r\n")
                    .doesNotContain("connection:", "x-secret", "keep-alive", "\r\nte:", "upgrade");
            assertThat(reply.value("x-kept")).isEqualTo("1");
            assertThat(reply.value("via")).isEqualTo("1.1 parley");
            assertThat(reply.head().toLowerCase(java.util.Locale.ROOT)).doesNotContain("x-hop", "keep-alive");
        }
    }

    private static final String CLAIMS =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n"
                    + "X-Forwarded-Host: b\r\nForwarded: for=9.9.9.9\r\nX-Request-Id: mine\r\n\r\n";

    @Test
    void replacesWhatAnUntrustedClientSaysOfForwarding() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok(""));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(CLAIMS).readReply();
            OriginRequest received = origin.takeRequest();
            assertThat(received.head()).doesNotContain("9.9.9.9", "mine", "https");
            assertThat(received.value("x-forwarded-for")).isEqualTo("127.0.0.1");
            assertThat(received.value("x-forwarded-proto")).isEqualTo("http");
            assertThat(received.value("x-forwarded-host")).isEqualTo("a");
            assertThat(received.value("forwarded")).isEqualTo("for=127.0.0.1;host=\"a\";proto=http");
            assertThat(received.value("x-request-id")).hasSize(32);
            assertThat(parley.awaitLog(1).getFirst()).contains(received.value("x-request-id"));
        }
    }

    @Test
    void addsToWhatATrustedClientSaysOfForwarding() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok(""));
                ParleyFixture parley = ParleyFixture.before(origin, "trust_forwarded: [127.0.0.0/8]", "", "");
                RawClient client = parley.connect()) {
            client.send(CLAIMS).readReply();
            OriginRequest received = origin.takeRequest();
            assertThat(received.value("x-forwarded-for")).isEqualTo("9.9.9.9, 127.0.0.1");
            assertThat(received.value("x-forwarded-proto")).isEqualTo("https");
            assertThat(received.value("x-forwarded-host")).isEqualTo("b");
            assertThat(received.value("forwarded")).startsWith("for=9.9.9.9, for=127.0.0.1");
            assertThat(received.value("x-request-id")).isEqualTo("mine");
            assertThat(parley.awaitLog(1).getFirst()).contains("\"request_id\":\"mine\"");
        }
    }

    @Test
    void passesChunksAndTrailersBothWays() throws Exception {
        String chunks = "5;a=\"b\"\r\nhello\r\n3\r\nabc\r\n0\r\nX-Sum: 8\r\n\r\n";
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            for (int i = 0; i < 2; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
                assertThat(client.readUntil("\r\n\r\n")).contains("Transfer-Encoding: chunked\r\n");
                assertThat(client.readText(chunks.length())).isEqualTo(chunks);
                assertThat(origin.takeRequest().raw()).endsWith(chunks);
            }
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    @Test
    void answersWithoutABodyLeaveTheConnectionInStep() throws Exception {
        try (Origin origin = Origin.start(request -> switch (request.line().split(" ", -1)[1]) {
                    case "/204" -> Answer.bytes("HTTP/1.1 204 No Content\r\n\r\n");
                    case "/304" -> Answer.bytes("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n");
                    case "/head" -> Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
                    default -> Answer.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                });
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "HEAD /head HTTP/1.1\r\nHost: a\r\n\r\nHEAD /chunked HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readReply().status()).isEqualTo(204);
            assertThat(client.readReply().status()).isEqualTo(304);
            assertThat(client.readReplyToHead().value("content-length")).isEqualTo("99");
            assertThat(client.readReplyToHead().status()).isEqualTo(200);
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    @Test
    void oldClientGetsChunksAsPlainBytesUpToTheClose() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            String told = client.readToEnd();
            assertThat(told)
                    .endsWith("\r\n\r\nhello world")
                    .contains("Connection: close")
                    .doesNotContain("chunked");
            OriginRequest received = origin.takeRequest();
            assertThat(received.value("via")).isEqualTo("1.0 parley");
            assertThat(received.value("host")).isEqualTo("s");
        }
    }

    @Test
    void oldClientMayKeepItsConnection() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            String get = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
            assertThat(client.send(get).readReply().value("connection")).isEqualTo("keep-alive");
            assertThat(client.send(get).readReply().body()).isEqualTo("x");
        }
    }

    @Test
    void answerOfAnOldOriginLastsUntilItsClose() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.0 200 OK\r\n\r\nall of it").thenClose());
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            assertThat(client.send(GET).readToEnd())
                    .endsWith("\r\n\r\nall of it")
                    .contains("Connection: close");
        }
    }

    @Test
    void targetsInAbsoluteAndAsteriskFormAreSentAsOriginsReadThem() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok(""));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(origin.takeRequest().line()).isEqualTo("GET /x?y HTTP/1.1");
            client.send("GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(origin.takeRequest().line()).isEqualTo("GET /?y HTTP/1.1");
            client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(origin.takeRequest().line()).isEqualTo("OPTIONS * HTTP/1.1");
        }
    }

    @Test
    void webSocketIsATunnelOnceTheOriginAgrees() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                + "Sec-WebSocket-Accept: x\r\n\r\n\u0081\5hello"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(
                    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
            Reply reply = client.readReply();
            assertThat(reply.status()).isEqualTo(101);
            assertThat(reply.value("upgrade")).isEqualTo("websocket");
            assertThat(reply.value("connection")).isEqualToIgnoringCase("upgrade");
            assertThat(client.readText(7)).isEqualTo("\u0081\5hello");
            assertThat(origin.takeRequest().value("upgrade")).isEqualTo("websocket");
            // The origin reads on as HTTP: what it is sent shows that the tunnel carries bytes as they are.
            client.send("GET /not-http-any-more HTTP/1.1\r\n\r\n");
            assertThat(origin.takeRequest().raw()).isEqualTo("GET /not-http-any-more HTTP/1.1\r\n\r\n");
            client.close();
            assertThat(parley.awaitLog(1).getFirst()).contains("\"outcome\":\"tunnelled\"");
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
        }
    }

    @Test
    void switchThatNobodyAskedForIsABadGateway() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            assertThat(client.send(GET).readReply().status()).isEqualTo(502);
        }
    }

    @Test
    void upgradeToHttp2IsNeverForwarded() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("plain"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABk\r\n\r\n");
            assertThat(client.readReply().body()).isEqualTo("plain");
            assertThat(origin.takeRequest().head().toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain("upgrade", "http2-settings");
        }
    }

    @Test
    void routesEditRewriteRedirectAndAnswer() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 200 OK\r\nServer: x\r\nX-A: 0\r\nContent-Length: 0\r\n\r\n"));
                ParleyFixture parley = ParleyFixture.start("""
                        admin: { enabled: false }
                        listeners: { edge: { port: 0 } }
                        services: { s: { endpoints: [%s], host: inner } }
                        routes:
                          edit:
                            listener: edge
                            path: /edit
                            to: s
                            request: { remove: [cookie], set: { X-Set: "1" }, add: { X-Add: "2" } }
                            response: { remove: [server], set: { X-A: "1" } }
                          prefix: { listener: edge, path: /old, to: s, rewrite: { prefix: /new } }
                          template: { listener: edge, path: "/u/{id}/p", to: s, rewrite: { path: "/v2/{id}" } }
                          away: { listener: edge, path: /away, redirect: { status: 308, scheme: https, prefix: /there } }
                          fixed: { listener: edge, path: { exact: /fixed }, answer: { status: 503, body: closed } }
                        """.formatted(origin.endpoint()));
                RawClient client = parley.connect()) {
            Reply edited = client.send("GET /edit HTTP/1.1\r\nHost: a\r\nCookie: c\r\nx-set: 0\r\nX-Add: 1\r\n\r\n")
                    .readReply();
            OriginRequest received = origin.takeRequest();
            assertThat(received.head()).contains("X-Set: 1\r\n", "X-Add: 1\r\n", "X-Add: 2\r\n", "Host: inner\r\n");
            assertThat(received.head()).doesNotContain("Cookie", "x-set: 0");
            assertThat(edited.values("server")).isEmpty();
            assertThat(edited.values("x-a")).containsExactly("1");
            client.send("GET /old/x?q HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(origin.takeRequest().line()).isEqualTo("GET /new/x?q HTTP/1.1");
            client.send("GET /u/7/p HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(origin.takeRequest().line()).isEqualTo("GET /v2/7 HTTP/1.1");
            Reply away =
                    client.send("GET /away/x?q HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(away.status()).isEqualTo(308);
            assertThat(away.value("location")).isEqualTo("https://a/there/x?q");
            Reply fixed = client.send("GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n").readReply();
            assertThat(fixed.status()).isEqualTo(503);
            assertThat(fixed.body()).isEqualTo("closed");
        }
    }

    @Test
    void slowMirrorHoldsNothingBack() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Origin origin = Origin.answering(Answer.ok("main"));
                Origin copy = Origin.answering(Answer.after(never));
                ParleyFixture parley = ParleyFixture.start("""
                        admin: { enabled: false }
                        listeners: { edge: { port: 0 } }
                        services: { s: { endpoints: [%s] }, m: { endpoints: [%s] } }
                        routes: { r: { listener: edge, to: s, mirror: m } }
                        """.formatted(origin.endpoint(), copy.endpoint()));
                RawClient client = parley.connect()) {
            for (int i = 0; i < 5; i++) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
                assertThat(client.readReply().body()).isEqualTo("main");
                assertThat(origin.takeRequest().body()).isEqualTo("abc");
            }
            for (int i = 0; i < 5; i++) {
                assertThat(copy.takeRequest().body()).isEqualTo("abc");
            }
            never.countDown();
        }
    }
}
