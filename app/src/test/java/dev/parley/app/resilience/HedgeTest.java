package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A second attempt while the first is awaited: when it is made, who wins, and what becomes of the other. */
class HedgeTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String PUT = "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody";
    private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody";
    private static final Answer OK = Answer.ok("ok");

    private static LiveProxy serving(String addresses, String hedge) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: [%s], balance: round_robin, hedge: %s } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(addresses, hedge));
    }

    private static LiveProxy serving(Backends backends) throws IOException {
        return serving(backends.addresses(), "{ after: 50ms, budget: 100% }");
    }

    private static Reply ask(LiveProxy proxy, String request) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send(request).readReply();
        }
    }

    @Test
    void theSecondAnswersWhereTheFirstHangsAndTheFirstIsCancelled() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never(), OK);
                LiveProxy proxy = serving(backends)) {
            assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            assertThat(backends.arrival(1).endpoint())
                    .isNotEqualTo(backends.arrival(0).endpoint());
            int hung = backends.arrival(0).endpoint();
            await().atMost(Bounds.WAIT).until(() -> backends.origin(hung).openConnections() == 0);
            assertThat(proxy.serviceMetrics("s").hedges()).isEqualTo(1);
            assertThat(proxy.serviceMetrics("s").hedgesWon()).isEqualTo(1);
            assertThat(proxy.serviceMetrics("s").retries()).isZero();
            assertThat(proxy.awaitLogged("\"hedged\":true"))
                    .contains("\"endpoint\":\"%s\""
                            .formatted(backends.origin(1 - hung).endpoint()));
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void theFirstAnswersWhereItIsSoonerAndTheSecondIsCancelled() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(2, Answer.after(go).then(Answer.ok("first")), Answer.never());
                LiveProxy proxy = serving(backends);
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            backends.arrival(1);
            go.countDown();
            assertThat(client.readReply().body()).isEqualTo("first");
            int hung = backends.arrival(1).endpoint();
            await().atMost(Bounds.WAIT).until(() -> backends.origin(hung).openConnections() == 0);
            assertThat(proxy.serviceMetrics("s").hedges()).isEqualTo(1);
            assertThat(proxy.serviceMetrics("s").hedgesWon()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anAttemptThatFailsLeavesTheOtherToAnswer() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(2, Answer.after(go).then(OK), Answer.status(500, "broken"));
                LiveProxy proxy = serving(backends);
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            backends.arrival(1);
            await().atMost(Bounds.WAIT).until(() -> backends.openConnections() == 1);
            go.countDown();
            assertThat(client.readReply().body()).isEqualTo("ok");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void theFirstThatBreaksOffLeavesTheSecondToAnswer() throws Exception {
        CountDownLatch breakOff = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(
                        2, Answer.after(breakOff).thenReset(), Answer.after(go).then(OK));
                LiveProxy proxy = serving(backends);
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            backends.arrival(1);
            breakOff.countDown();
            await().atMost(Bounds.WAIT).until(() -> backends.openConnections() == 1);
            go.countDown();
            assertThat(client.readReply().body()).isEqualTo("ok");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void bothFailAndTheClientIsTold() throws Exception {
        CountDownLatch breakOff = new CountDownLatch(1);
        Answer breaks = Answer.after(breakOff).thenReset();
        try (Backends backends = Backends.start(2, breaks);
                LiveProxy proxy = serving(backends);
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            backends.arrival(1);
            breakOff.countDown();
            assertThat(client.readReply().status()).isIn(502, 503);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aBodyGoesToBoth() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never(), OK);
                LiveProxy proxy = serving(backends)) {
            assertThat(ask(proxy, PUT).body()).isEqualTo("ok");
            assertThat(backends.arrival(0).request().body()).isEqualTo("body");
            assertThat(backends.arrival(1).request().body()).isEqualTo("body");
        }
    }

    @Test
    void aPostIsNotHedged() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Backends backends = Backends.start(2, Answer.after(go).then(OK));
                LiveProxy proxy = serving(backends);
                RawClient client = proxy.connect("edge")) {
            client.send(POST);
            assertThat(client.staysSilentFor(Duration.ofMillis(300))).isTrue();
            assertThat(backends.asked()).isEqualTo(1);
            go.countDown();
            assertThat(client.readReply().body()).isEqualTo("ok");
        }
    }

    @Test
    void itsBudgetBoundsIt() throws Exception {
        try (Backends backends = Backends.start(2, OK);
                LiveProxy proxy = serving(backends.addresses(), "{ after: 20ms, budget: 5% }")) {
            for (int i = 0; i < 40; i++) {
                assertThat(ask(proxy, GET).body()).isEqualTo("ok");
            }
            CountDownLatch go = new CountDownLatch(1);
            backends.answer(Answer.after(go).then(OK));
            RawClient[] clients = new RawClient[20];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = proxy.connect("edge").send(GET);
            }
            await().atMost(Bounds.WAIT).until(() -> proxy.serviceMetrics("s").hedges() > 0);
            assertThat(clients[0].staysSilentFor(Duration.ofMillis(300))).isTrue();
            // 5 % of 60 requests.
            assertThat(proxy.serviceMetrics("s").hedges()).isLessThanOrEqualTo(3);
            go.countDown();
            for (RawClient client : clients) {
                assertThat(client.readReply().body()).isEqualTo("ok");
                client.close();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anAnswerInTimeNeedsNoSecondAttempt() throws Exception {
        try (Backends backends = Backends.start(2, OK);
                LiveProxy proxy = serving(backends.addresses(), "{ after: 30s, budget: 100% }")) {
            for (int i = 0; i < 20; i++) {
                ask(proxy, GET);
            }
            assertThat(backends.asked()).isEqualTo(20);
        }
    }

    @Test
    void theBudgetOfTimeEndsBoth() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never());
                LiveProxy proxy = LiveProxy.start("""
                    drain: 2s
                    listeners: { edge: { port: 0 } }
                    services: { s: { endpoints: [%s], hedge: { after: 50ms, budget: 100%% } } }
                    routes: { r: { listener: edge, path: /, to: s, budget: 400ms } }
                    """.formatted(backends.addresses()))) {
            assertThat(ask(proxy, GET).body()).contains("budget-spent");
            assertThat(backends.asked()).isEqualTo(2);
            assertThat(backends.arrival(1).budgetMs())
                    .isLessThan(backends.arrival(0).budgetMs());
            await().atMost(Bounds.WAIT).until(() -> backends.openConnections() == 0);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void theLoserOverHttp2IsReset() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger cancelled = new AtomicInteger();
        Http2Server.Script script = connection -> {
            connection.begin();
            int stream = connection.takeRequest().stream();
            if (asked.incrementAndGet() == 1) {
                connection.expectReset(stream, ErrorCode.CANCEL);
                cancelled.incrementAndGet();
            } else {
                connection.answer(stream, 200, "ok");
                connection.expectEnd();
            }
        };
        try (Http2Server one = Http2Server.running(script);
                Http2Server two = Http2Server.running(script);
                LiveProxy proxy = LiveProxy.start("""
                    drain: 2s
                    listeners: { edge: { port: 0 } }
                    services:
                      s: { endpoints: ["%s", "%s"], protocol: http2, hedge: { after: 50ms, budget: 100%% } }
                    routes: { r: { listener: edge, path: /, to: s } }
                    """.formatted(one.endpoint(), two.endpoint()));
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            assertThat(client.exchange(1, "/").body()).isEqualTo("ok");
            await().atMost(Bounds.WAIT).until(() -> cancelled.get() == 1);
        }
    }
}
