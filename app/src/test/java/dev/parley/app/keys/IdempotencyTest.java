package dev.parley.app.keys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients with idempotency keys are answered, and how often the endpoint executes. */
class IdempotencyTest {
    @TempDir
    private Path folder;

    private final AtomicInteger executions = new AtomicInteger();
    private Function<OriginRequest, Answer> script = request -> created(executions.get());
    private Origin origin;

    @BeforeEach
    void start() throws IOException {
        origin = Origin.start(request -> {
            executions.incrementAndGet();
            return script.apply(request);
        });
    }

    @AfterEach
    void stop() throws IOException {
        origin.close();
    }

    private KeyedParley parley(String idempotency) throws IOException {
        return KeyedParley.before(folder, origin.endpoint(), "retries: { attempts: 2, backoff: 1ms }", idempotency);
    }

    private static Answer created(int execution) {
        return Answer.bytes(
                "HTTP/1.1 201 Made\r\nX-Execution: %d\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npaid \r\n1\r\n%d\r\n0\r\n\r\n"
                        .formatted(execution, execution));
    }

    private static void isRefused(Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).contains("\"code\":\"" + code + "\"");
    }

    @Test
    void executesOnceAndRepliesTheSameAfterwards() throws Exception {
        try (KeyedParley parley = parley("mode: require")) {
            Reply first = parley.post("\"k\"", "10 EUR");
            Reply again = parley.post("\"k\"", "10 EUR");
            Reply bare = parley.post("k", "10 EUR");

            assertThat(first.status()).isEqualTo(201);
            assertThat(first.body()).isEqualTo("paid 1");
            assertThat(first.values("Idempotent-Replayed")).isEmpty();
            for (Reply replay : new Reply[] {again, bare}) {
                assertThat(replay.status()).isEqualTo(201);
                assertThat(replay.body()).isEqualTo("paid 1");
                assertThat(replay.value("X-Execution")).isEqualTo("1");
                assertThat(replay.value("Set-Cookie")).isEqualTo("a=b");
                assertThat(replay.value("Idempotent-Replayed")).isEqualTo("true");
            }
            assertThat(executions).hasValue(1);
            assertThat(origin.takeRequest().value("Idempotency-Key")).isEqualTo("\"k\"");
            assertThat(parley.results("replayed")).isEqualTo(2);
        }
    }

    @Test
    void aKeyIsTheSameOverHttp2() throws Exception {
        try (KeyedParley parley = parley("mode: require");
                Http2Client client = Http2Client.connect(parley.port())) {
            client.headers(1, 4, Http2Client.request("POST", "/pay", "idempotency-key", "k"));
            client.data(1, 1, "10 EUR");
            Message first = client.response(1);
            client.headers(3, 4, Http2Client.request("POST", "/pay", "idempotency-key", "k"));
            client.data(3, 1, "10 EUR");
            Message again = client.response(3);

            assertThat(first.status()).isEqualTo(201);
            assertThat(first.body()).isEqualTo("paid 1");
            assertThat(again.body()).isEqualTo("paid 1");
            assertThat(again.value("idempotent-replayed")).isEqualTo("true");
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void aBodyIsTheSameHoweverItIsFramed() throws Exception {
        try (KeyedParley parley = parley("mode: require");
                RawClient client = RawClient.connect(parley.port())) {
            client.send("POST /pay HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n"
                    + "Expect: 100-continue\r\n\r\n");
            assertThat(client.readReply().status()).isEqualTo(100);
            client.send("3\r\n10 \r\n").send("3\r\nEUR\r\n0\r\n\r\n");
            assertThat(client.readReply().body()).isEqualTo("paid 1");
            assertThat(origin.takeRequest().body()).isEqualTo("10 EUR");

            assertThat(parley.post("k", "10 EUR").value("Idempotent-Replayed")).isEqualTo("true");
        }
    }

    @Test
    void refusesKeysThatAreMissingMalformedOrAnotherRequests() throws Exception {
        try (KeyedParley parley = parley("mode: require")) {
            isRefused(parley.post("k\r\nIdempotency-Key: l", ""), 400, "idempotency-key-invalid");
            isRefused(parley.post("\"k", ""), 400, "idempotency-key-invalid");
            try (RawClient client = RawClient.connect(parley.port())) {
                client.send("POST /pay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
                isRefused(client.readReply(), 400, "idempotency-key-required");
                client.send("GET /pay HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.readReply().status()).isEqualTo(201);
            }
            assertThat(parley.post("k", "10 EUR").status()).isEqualTo(201);
            isRefused(parley.post("k", "99 EUR"), 422, "idempotency-key-reused");
            isRefused(parley.post("k", "10 EUR", "Content-Type: text/csv"), 422, "idempotency-key-reused");
            assertThat(executions).hasValue(2);
        }
    }

    @Test
    void tellsCallersApart() throws Exception {
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR", "Authorization: Bearer alice").body())
                    .isEqualTo("paid 1");
            assertThat(parley.post("k", "10 EUR", "Authorization: Bearer bob").body())
                    .isEqualTo("paid 2");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 3");
            assertThat(parley.post("k", "10 EUR", "Authorization: Bearer alice").body())
                    .isEqualTo("paid 1");
        }
        assertThat(Files.readString(folder.resolve("state/parley.db"), ISO_8859_1))
                .doesNotContain("alice");
    }

    @Test
    void duplicatesWaitForTheFirstAnswer() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        script = request -> Answer.after(held).then(created(executions.get()));
        try (KeyedParley parley = parley("duplicate_wait: 20s");
                RawClient first = RawClient.connect(parley.port());
                RawClient second = RawClient.connect(parley.port())) {
            first.send(KeyedParley.request("k", "10 EUR"));
            origin.takeRequest();
            second.send(KeyedParley.request("k", "10 EUR"));
            isRefused(parley.post("k", "99 EUR"), 422, "idempotency-key-reused");

            held.countDown();

            assertThat(first.readReply().body()).isEqualTo("paid 1");
            Reply waited = second.readReply();
            assertThat(waited.body()).isEqualTo("paid 1");
            assertThat(waited.value("Idempotent-Replayed")).isEqualTo("true");
        }
    }

    @Test
    void duplicatesThatMayNotWaitAreToldSo() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        script = request -> Answer.after(held).then(created(executions.get()));
        try (KeyedParley parley = parley("duplicate_wait: 50ms");
                RawClient first = RawClient.connect(parley.port())) {
            first.send(KeyedParley.request("k", "10 EUR"));
            origin.takeRequest();

            Reply refused = parley.post("k", "10 EUR");

            isRefused(refused, 409, "idempotency-in-progress");
            assertThat(refused.value("Retry-After")).isEqualTo("1");
            held.countDown();
            assertThat(first.readReply().body()).isEqualTo("paid 1");
        }
    }

    @Test
    void sendsNothingTwiceThatMayHaveBeenExecuted() throws Exception {
        script = request -> Answer.bytes("").thenReset();
        try (KeyedParley parley = parley("mode: require")) {
            isRefused(parley.post("k", "10 EUR"), 502, "upstream_reset");
            isRefused(parley.post("k", "10 EUR"), 409, "idempotency-outcome-unknown");
            assertThat(executions).hasValue(1);
            assertThat(parley.results("lost")).isEqualTo(1);
        }
    }

    @Test
    void anAnswerThatBreaksOffIsNoneThatTheClientSees() throws Exception {
        script = request -> Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                .thenReset();
        try (KeyedParley parley = parley("mode: require")) {
            isRefused(parley.post("k", "10 EUR"), 502, "upstream_reset");
            isRefused(parley.post("k", "10 EUR"), 409, "idempotency-outcome-unknown");
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void aServiceThatKeepsKeysItselfIsSentThemAgain() throws Exception {
        script = request -> executions.get() == 1 ? Answer.bytes("").thenReset() : created(executions.get());
        try (Origin second = Origin.start(request -> {
                    executions.incrementAndGet();
                    return script.apply(request);
                });
                KeyedParley parley = KeyedParley.before(
                        folder, origin.endpoint() + ", " + second.endpoint(), "retries: 2", "honoured: true")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 2");
        }
    }

    @Test
    void whatIsNotKnownIsExecutedAgainWhereTheRouteSaysSo() throws Exception {
        script = request -> executions.get() == 1 ? Answer.bytes("").thenReset() : created(executions.get());
        try (KeyedParley parley = parley("unknown: execute")) {
            isRefused(parley.post("k", "10 EUR"), 502, "upstream_reset");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 2");
            assertThat(parley.post("k", "10 EUR").value("Idempotent-Replayed")).isEqualTo("true");
        }
    }

    @Test
    void errorsAreAnswersToo() throws Exception {
        script = request -> Answer.status(500, "failed " + executions.get());
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("failed 1");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("failed 1");
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void answersThatInviteToTryAgainAreNotKept() throws Exception {
        script = request -> switch (executions.get()) {
            case 1 -> Answer.bytes("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy");
            case 2 -> Answer.status(429, "too many");
            default -> created(executions.get());
        };
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("busy");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("too many");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 3");
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 3");
        }
    }

    @Test
    void aKeyIsFreeWhereNobodyCouldBeAsked() throws Exception {
        int port = origin.port();
        origin.close();
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR").status()).isIn(502, 503);
            try (Origin back = Origin.startOn(port, request -> created(executions.incrementAndGet()))) {
                await().atMost(Bounds.WAIT)
                        .untilAsserted(() ->
                                assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 1"));
                assertThat(back.connections()).isPositive();
            }
        }
    }

    @Test
    void theAnswerToAClientThatHasGoneIsKeptForItsReturn() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        script = request -> Answer.after(held).then(created(executions.get()));
        try (KeyedParley parley = parley("mode: require")) {
            try (RawClient client = RawClient.connect(parley.port())) {
                client.send(KeyedParley.request("k", "10 EUR"));
                origin.takeRequest();
                client.reset();
            }
            held.countDown();
            parley.awaitResults("executed", 1);

            Reply replay = parley.post("k", "10 EUR");

            assertThat(replay.body()).isEqualTo("paid 1");
            assertThat(replay.value("Idempotent-Replayed")).isEqualTo("true");
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void anAnswerThatIsTooLargeToKeepIsPassedOnOnce() throws Exception {
        String large = "x".repeat(300_000);
        script = request -> Answer.ok(large);
        try (KeyedParley parley = parley("answer_bytes: 64KiB")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo(large);
            isRefused(parley.post("k", "10 EUR"), 409, "idempotency-answer-not-kept");

            String chunk = "1000\r\n" + "y".repeat(4096) + "\r\n";
            script = request -> Answer.bytes(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(100) + "0\r\n\r\n");
            assertThat(parley.post("l", "10 EUR").body()).isEqualTo("y".repeat(409_600));
            isRefused(parley.post("l", "10 EUR"), 409, "idempotency-answer-not-kept");
            assertThat(executions).hasValue(2);
        }
    }

    @Test
    void holdsNoBodyThatIsTooLarge() throws Exception {
        try (KeyedParley parley = parley("body_bytes: 1KiB");
                RawClient chunked = RawClient.connect(parley.port())) {
            isRefused(parley.post("k", "x".repeat(1025)), 413, "idempotency-body-too-large");
            assertThat(parley.post("k", "x".repeat(1024)).status()).isEqualTo(201);
            chunked.send(
                    "POST /pay HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: l\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "401\r\n" + "x".repeat(1025) + "\r\n0\r\n\r\n");
            isRefused(chunked.readReply(), 413, "idempotency-body-too-large");
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void takesNoMoreKeysThanItMayAndGoesOnWithThoseItHas() throws Exception {
        try (KeyedParley parley = parley("keys: 1")) {
            assertThat(parley.post("k", "10 EUR").status()).isEqualTo(201);
            isRefused(parley.post("l", "10 EUR"), 503, "idempotency-keys-full");
            assertThat(parley.post("k", "10 EUR").value("Idempotent-Replayed")).isEqualTo("true");
        }
    }

    @Test
    void whereNothingCanBeStoredWhatHasNoKeyGoesOn() throws Exception {
        Files.createFile(folder.resolve("state"));
        try (KeyedParley parley = parley("mode: accept");
                RawClient client = RawClient.connect(parley.port())) {
            Reply refused = parley.post("k", "10 EUR");
            isRefused(refused, 503, "idempotency-store-unavailable");
            assertThat(refused.value("Retry-After")).isEqualTo("1");
            client.send("POST /pay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readReply().status()).isEqualTo(201);
            assertThat(executions).hasValue(1);
        }
    }

    @Test
    void aConfigurationThatIsStoppedAndStartedStillKnowsItsKeys() throws Exception {
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 1");
        }
        try (KeyedParley parley = parley("mode: require")) {
            assertThat(parley.post("k", "10 EUR").body()).isEqualTo("paid 1");
        }
        assertThat(executions).hasValue(1);
    }
}
