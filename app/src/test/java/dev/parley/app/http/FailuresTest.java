package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Requests that could not be carried out: who is told what, and what is tried again. */
class FailuresTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

    @Test
    void problemAndAccessLogTellTheSame() throws Exception {
        try (Origin origin = Origin.answering(Answer.bytes("nonsense\r\n\r\n"));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            Reply reply = client.send(GET).readReply();
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.value("content-type")).isEqualTo("application/problem+json");
            String line = parley.awaitLog(1).getFirst();
            assertThat(text(line, "id")).hasSize(32).isEqualTo(text(reply.body(), "decision"));
            assertThat(reply.value("parley-decision")).isEqualTo(text(line, "id"));
            assertThat(text(reply.body(), "code"))
                    .isEqualTo(text(line, "reason"))
                    .isEqualTo("upstream_invalid");
        }
    }

    private static String text(String json, String key) {
        Matcher found = Pattern.compile("\"%s\":\"([^\"]*)\"".formatted(key)).matcher(json);
        assertThat(found.find()).as(json).isTrue();
        return found.group(1);
    }

    @Test
    void originThatIsNotThereIsABadGatewayAndThenNoEndpoint() throws Exception {
        try (ParleyFixture parley = ParleyFixture.start("""
                        admin: { enabled: false }
                        listeners: { edge: { port: 0 } }
                        services: { s: { endpoints: ["127.0.0.1:%d"] } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(portThatRefuses()));
                RawClient client = parley.connect()) {
            Reply reply = client.send(GET).readReply();
            assertThat(reply.status()).isIn(502, 503);
            assertThat(client.send(GET).readReply().status()).isEqualTo(503);
        }
    }

    private static int portThatRefuses() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void originThatSaysNothingIsAGatewayTimeout() throws Exception {
        try (Origin origin = Origin.answering(Answer.never());
                ParleyFixture parley = ParleyFixture.before(origin, "", "timeouts: { response: 200ms }", "");
                RawClient client = parley.connect()) {
            assertThat(client.send(GET).readReply().status()).isEqualTo(504);
            assertThat(parley.awaitLog(1).getFirst()).contains("\"outcome\":\"upstream_timeout\"", "\"attempts\":1");
        }
    }

    @Test
    void requestThatWasNotSentIsTriedElsewhereWhateverItsMethod() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("here"));
                ParleyFixture parley = ParleyFixture.start("""
                        admin: { enabled: false }
                        listeners: { edge: { port: 0 } }
                        services: { s: { endpoints: ["127.0.0.1:%d", %s], balance: round_robin } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(portThatRefuses(), origin.endpoint()));
                RawClient client = parley.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(POST).readReply().body()).isEqualTo("here");
                assertThat(origin.takeRequest().body()).isEqualTo("abc");
            }
        }
    }

    @Test
    void idempotentRequestIsTriedAgainAfterAReset() throws Exception {
        try (Origin bad = Origin.answering(Answer.bytes("").thenReset());
                Origin good = Origin.answering(Answer.ok("good"));
                ParleyFixture parley = two(bad, good);
                RawClient client = parley.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).readReply().body()).isEqualTo("good");
            }
            String put = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(put).readReply().body()).isEqualTo("good");
            }
            assertThat(bad.waitingRequests()).isPositive();
        }
    }

    @Test
    void postIsNeverSentTwice() throws Exception {
        try (Origin one = Origin.answering(Answer.bytes("").thenReset());
                Origin other = Origin.answering(Answer.bytes("").thenReset());
                ParleyFixture parley = two(one, other);
                RawClient client = parley.connect()) {
            for (int i = 1; i <= 4; i++) {
                assertThat(client.send(POST).readReply().status()).isEqualTo(502);
                assertThat(one.waitingRequests() + other.waitingRequests()).isEqualTo(i);
            }
        }
    }

    private static ParleyFixture two(Origin one, Origin other) throws IOException {
        return ParleyFixture.start("""
                admin: { enabled: false }
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: [%s, %s], balance: round_robin } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(one.endpoint(), other.endpoint()));
    }

    /** The bytes behind an answer could be taken for the answer to somebody else's request. */
    @Test
    void answersThatNobodyAskedForReachNobody() throws Exception {
        Answer twice = Answer.ok("mine").then(Answer.ok("poison"));
        CountDownLatch rested = new CountDownLatch(1);
        Answer later = Answer.ok("mine").thenAwait(rested).then(Answer.ok("poison"));
        for (Answer answer : java.util.List.of(twice, later)) {
            try (Origin origin = Origin.answering(answer);
                    ParleyFixture parley = ParleyFixture.before(origin)) {
                try (RawClient client = parley.connect()) {
                    assertThat(client.send(GET).readReply().body()).isEqualTo("mine");
                    rested.countDown();
                    org.awaitility.Awaitility.await().until(() -> origin.openConnections() == 0);
                }
                try (RawClient client = parley.connect()) {
                    assertThat(client.send(GET).readReply().body()).isEqualTo("mine");
                    assertThat(client.shutdownOutput().readToEnd()).isEmpty();
                }
            }
        }
    }

    @Test
    void headsAndTargetsOverTheLimitAreRefused() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(
                        origin,
                        "limits: { target_bytes: 100B, head_bytes: 1KiB, head_fields: 5, connections: 3 }",
                        "",
                        "")) {
            assertThat(status(parley, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n".formatted("x".repeat(100))))
                    .isEqualTo(414);
            assertThat(status(parley, "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n".formatted("x".repeat(1024))))
                    .isEqualTo(431);
            assertThat(status(parley, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n".formatted("X: x\r\n".repeat(5))))
                    .isEqualTo(431);
            assertThat(origin.connections()).isZero();
        }
    }

    private static int status(ParleyFixture parley, String request) throws IOException {
        try (RawClient client = parley.connect()) {
            int status = client.send(request).readReply().status();
            client.readToEnd();
            return status;
        }
    }

    @Test
    void connectionsOverTheLimitAreClosedAtOnce() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "limits: { connections: 1 }", "", "");
                RawClient first = parley.connect()) {
            assertThat(first.send(GET).readReply().status()).isEqualTo(200);
            try (RawClient second = parley.connect()) {
                assertThat(second.readToEnd()).isEmpty();
            } catch (IOException reset) {
                // A reset tells it as well.
            }
            assertThat(first.send(GET).readReply().status()).isEqualTo(200);
        }
    }
}
