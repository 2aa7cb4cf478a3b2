package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;

/** Which requests of HTTP/1.1 are tried again, when, how often, and with what. */
class RetryTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody";
    private static final Answer RESET = Answer.bytes("").thenReset();
    private static final Answer OK = Answer.ok("ok");

    private static LiveProxy serving(String addresses, String retries, String route) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: [%s], balance: round_robin, outlier_detection: off, retries: %s } }
            routes: { r: { listener: edge, path: /, to: s %s } }
            """.formatted(addresses, retries, route));
    }

    private static LiveProxy serving(Backends backends, String retries) throws IOException {
        return serving(backends.addresses(), retries, "");
    }

    private static Reply ask(LiveProxy proxy, String request) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send(request).readReply();
        }
    }

    private static Answer later(String retryAfter) {
        return Answer.bytes(
                "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: %s\r\n\r\nbusy".formatted(retryAfter));
    }

    // ---- what is tried again ----

    @Test
    void anotherEndpointIsAskedThanTheOneThatFailed() throws Exception {
        for (int i = 0; i < 10; i++) {
            try (Backends backends = Backends.start(2, RESET, OK);
                    LiveProxy proxy = serving(backends, "2")) {
                assertThat(ask(proxy, GET).body()).isEqualTo("ok");
                assertThat(backends.arrival(1).endpoint())
                        .isNotEqualTo(backends.arrival(0).endpoint());
            }
        }
    }

    @Test
    void aPostIsNotTriedAgainOnceItWasSent() throws Exception {
        try (Backends backends = Backends.start(2, RESET, OK);
                LiveProxy proxy = serving(backends, "2")) {
            Reply reply = ask(proxy, POST);
            assertThat(reply.status()).isEqualTo(502);
            assertThat(backends.asked()).isEqualTo(1);
            assertThat(proxy.awaitLogged("upstream_reset")).contains("\"no_retry\":\"not_safe\"");
        }
    }

    @Test
    void aPostOfWhichNothingWasSentIsTriedAgain() throws Exception {
        try (Backends backends = Backends.start(1, OK);
                LiveProxy proxy = serving(
                        "\"127.0.0.1:%d\", %s".formatted(LiveProxy.freePort(), backends.addresses()), "2", "")) {
            for (int i = 0; i < 4; i++) {
                assertThat(ask(proxy, POST).body()).isEqualTo("ok");
            }
            assertThat(backends.arrival(3).request().body()).isEqualTo("body");
            assertThat(proxy.serviceMetrics("s").retries()).isPositive();
        }
    }

    @Test
    void anyMethodIsTriedAgainWhereTheServiceSaysSo() throws Exception {
        try (Backends backends = Backends.start(2, RESET, OK);
                LiveProxy proxy = serving(backends, "{ any_method: true }")) {
            assertThat(ask(proxy, POST).body()).isEqualTo("ok");
            assertThat(backends.arrival(1).request().body()).isEqualTo("body");
        }
    }

    @Test
    void theRoutesRetriesStandInPlaceOfTheServices() throws Exception {
        try (Backends backends = Backends.start(2, RESET, OK);
                LiveProxy proxy = serving(backends.addresses(), "5", ", retries: 0")) {
            assertThat(ask(proxy, GET).status()).isEqualTo(502);
            assertThat(backends.asked()).isEqualTo(1);
            assertThat(proxy.awaitLogged("upstream_reset")).contains("\"no_retry\":\"attempts_spent\"");
        }
    }

    @Test
    void nothingIsTriedAgainAfterTheFirstByteOfAnAnswer() throws Exception {
        Answer half =
                Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").thenReset();
        try (Backends backends = Backends.start(2, half, OK);
                LiveProxy proxy = serving(backends, "2");
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            assertThatThrownBy(client::readReply).isInstanceOf(IOException.class);
            assertThat(proxy.awaitLogged("cut_short")).contains("\"attempts\":1");
            assertThat(backends.asked()).isEqualTo(1);
        }
    }

    // ---- bodies ----

    private static Reply inPieces(LiveProxy proxy, int pieces, int bytes) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n".formatted(pieces * bytes));
            for (int i = 0; i < pieces; i++) {
                client.send(Character.toString('a' + i).repeat(bytes));
                // A write of its own each, so that they come apart.
                client.staysSilentFor(Duration.ofMillis(20));
            }
            return client.readReply();
        }
    }

    @Test
    void aBodyInPiecesIsSentAgainWhole() throws Exception {
        try (Backends backends = Backends.start(3, RESET, RESET, OK);
                LiveProxy proxy = serving(backends, "2")) {
            assertThat(inPieces(proxy, 5, 3000).body()).isEqualTo("ok");
            for (int i = 0; i < 3; i++) {
                assertThat(backends.arrival(i).request().body())
                        .isEqualTo("a".repeat(3000)
                                + "b".repeat(3000)
                                + "c".repeat(3000)
                                + "d".repeat(3000)
                                + "e".repeat(3000));
            }
        }
    }

    @Test
    void chunksAreSentAgainWhole() throws Exception {
        try (Backends backends = Backends.start(2, RESET, OK);
                LiveProxy proxy = serving(backends, "2");
                RawClient client = proxy.connect("edge")) {
            client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            assertThat(client.staysSilentFor(Duration.ofMillis(20))).isTrue();
            client.send("3\r\ndef\r\n0\r\n\r\n");
            assertThat(client.readReply().body()).isEqualTo("ok");
            assertThat(backends.arrival(1).request().body()).isEqualTo("abcdef");
        }
    }

    @Test
    void aBodyAboveTheBoundIsNotHeld() throws Exception {
        try (Backends backends = Backends.start(2, RESET, OK);
                LiveProxy proxy = serving(backends, "{ body_bytes: 8KiB }")) {
            assertThat(inPieces(proxy, 3, 3000).status()).isEqualTo(502);
            assertThat(backends.asked()).isEqualTo(1);
            assertThat(proxy.awaitLogged("upstream_reset")).contains("\"no_retry\":\"not_retriable\"");
        }
    }

    // ---- statuses ----

    @Test
    void anAnswerIsBelievedUnlessItsStatusIsListed() throws Exception {
        try (Backends backends = Backends.start(2, Answer.status(503, "busy"), OK);
                LiveProxy proxy = serving(backends, "2")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("busy");
        }
        try (Backends backends = Backends.start(2, Answer.status(503, "busy"), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [429, 503] }")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            assertThat(proxy.scrape()).contains("parley_service_retries_total{cause=\"status\",service=\"s\"} 1");
        }
    }

    @Test
    void aPostIsNotTriedAgainForItsStatusAndTheLogSaysWhy() throws Exception {
        try (Backends backends = Backends.start(2, Answer.status(503, "busy"), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [503] }")) {
            assertThat(ask(proxy, POST).body()).isEqualTo("busy");
            assertThat(proxy.awaitLogged("\"status\":503")).contains("\"no_retry\":\"not_safe\"");
        }
    }

    @Test
    void retryAfterInSecondsIsWaitedFor() throws Exception {
        try (Backends backends = Backends.start(2, later("1"), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [503] }")) {
            long before = System.nanoTime();
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void retryAfterAsADateIsWaitedFor() throws Exception {
        ZonedDateTime date = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2).withNano(0);
        try (Backends backends = Backends.start(2, later(DateTimeFormatter.RFC_1123_DATE_TIME.format(date)), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [503] }")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            assertThat(ZonedDateTime.now(ZoneOffset.UTC)).isAfterOrEqualTo(date);
        }
    }

    @Test
    void whoAsksForTooMuchPatienceIsNotAskedAgain() throws Exception {
        try (Backends backends = Backends.start(2, later("3600"), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [503] }")) {
            Reply reply = ask(proxy, GET);
            assertThat(reply.body()).isEqualTo("busy");
            assertThat(reply.value("Retry-After")).isEqualTo("3600");
            assertThat(proxy.awaitLogged("\"status\":503")).contains("\"no_retry\":\"retry_after_too_long\"");
        }
    }

    @Test
    void aWaitThatTheBudgetDoesNotLastForIsNotBegun() throws Exception {
        try (Backends backends = Backends.start(2, later("2"), OK);
                LiveProxy proxy = serving(backends.addresses(), "{ statuses: [503] }", ", budget: 1s")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("busy");
            assertThat(proxy.awaitLogged("\"status\":503")).contains("\"no_retry\":\"time_spent\"");
        }
    }

    @Test
    void theOnlyEndpointIsAskedAgainWhenItAskedForPatience() throws Exception {
        try (Backends backends = Backends.start(1, Answer.status(503, "busy"), OK);
                LiveProxy proxy = serving(backends, "{ statuses: [503] }")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
        }
    }

    // ---- time, number ----

    @Test
    void anAttemptThatTakesTooLongIsGivenUp() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never(), OK);
                LiveProxy proxy = serving(backends, "{ attempt_timeout: 100ms }")) {
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            assertThat(proxy.scrape()).contains("parley_service_retries_total{cause=\"timeout\",service=\"s\"} 1");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aPostThatTakesTooLongIsGivenUpAndNotMadeAgain() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never(), OK);
                LiveProxy proxy = serving(backends, "{ attempt_timeout: 100ms }")) {
            assertThat(ask(proxy, POST).status()).isEqualTo(504);
            assertThat(backends.asked()).isEqualTo(1);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void thereAreAtMostSoManyAttempts() throws Exception {
        try (Backends backends = Backends.start(5, RESET);
                LiveProxy proxy = serving(backends, "2")) {
            assertThat(ask(proxy, GET).status()).isEqualTo(502);
            assertThat(backends.asked()).isEqualTo(3);
        }
    }

    @Test
    void theRetryBudgetBoundsWhatAllRequestsTogetherMayRetry() throws Exception {
        try (Backends backends = Backends.start(3, RESET);
                LiveProxy proxy = serving(backends, "{ budget: 10%, budget_floor: 0/s, backoff: 0s }")) {
            for (int i = 0; i < 100; i++) {
                assertThat(ask(proxy, GET).status()).isEqualTo(502);
            }
            assertThat(backends.asked()).isBetween(101, 110);
            assertThat(proxy.serviceMetrics("s").retries()).isEqualTo(backends.asked() - 100);
            assertThat(proxy.serviceMetrics("s").retriesNotMade()).isPositive();
            assertThat(proxy.awaitLogged("retry_budget_spent")).contains("\"outcome\":\"upstream_reset\"");
            proxy.requireNothingIsLeft();
        }
    }
}
