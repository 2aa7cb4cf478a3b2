package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.upstream.Endpoint.Cause;
import dev.parley.telemetry.metrics.ServiceMetrics.CallRefusal;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How much time a request has over HTTP/1.1: who says so, who is told, and what happens once it is spent. */
class LatencyBudgetTest {
    private static final int MANY = 150;

    private static LiveProxy serving(String addresses, String service, String route) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: [%s], %s } }
            routes: { r: { listener: edge, path: /, to: s, %s } }
            """.formatted(addresses, service, route));
    }

    private static LiveProxy serving(Backends backends, String route) throws IOException {
        return serving(backends.addresses(), "balance: round_robin", route);
    }

    private static String get(String... fields) {
        return "GET / HTTP/1.1\r\nHost: localhost\r\n" + String.join("", fields) + "\r\n";
    }

    private static OriginRequest asSent(String route, String... fields) throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, route);
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(get(fields)).readReply().status()).isEqualTo(200);
            return backends.arrival(0).request();
        }
    }

    // ---- who says it, and who is told ----

    @Test
    void theEndpointIsToldWhatRemains() throws Exception {
        assertThat(Integer.parseInt(asSent("budget: 30s").value("Parley-Budget-Ms")))
                .isBetween(10_000, 30_000);
    }

    @Test
    void withoutABudgetNothingIsSaid() throws Exception {
        assertThat(asSent("criticality: critical").head()).doesNotContainIgnoringCase("budget");
    }

    @Test
    void callersLowerTheBudgetAndDoNotRaiseIt() throws Exception {
        OriginRequest less = asSent("budget: 60s", "Parley-Budget-Ms: 20000\r\n");
        assertThat(Integer.parseInt(less.value("Parley-Budget-Ms"))).isBetween(1, 20_000);
        OriginRequest more = asSent("budget: 30s", "Parley-Budget-Ms: 99000\r\n");
        assertThat(Integer.parseInt(more.value("Parley-Budget-Ms"))).isBetween(1, 30_000);
        assertThat(more.head()).doesNotContain("99000");
    }

    @Test
    void whatEnvoySaysIsReadAndGoesOnAsOurs() throws Exception {
        for (String field : new String[] {"x-envoy-expected-rq-timeout-ms", "X-Envoy-Upstream-Rq-Timeout-Ms"}) {
            OriginRequest sent = asSent("criticality: critical", field + ": 20000\r\n");
            assertThat(Integer.parseInt(sent.value("Parley-Budget-Ms"))).isBetween(1, 20_000);
            assertThat(sent.head()).doesNotContainIgnoringCase(field);
        }
        assertThat(asSent("criticality: critical", "x-envoy-upstream-rq-timeout-ms: 0\r\n")
                        .head())
                .doesNotContain("Parley-Budget-Ms");
    }

    @Test
    void whatIsNoNumberGoesOnAsItCame() throws Exception {
        for (String value : new String[] {"soon", "-5", "1.5", "123456789"}) {
            assertThat(asSent("criticality: critical", "Parley-Budget-Ms: " + value + "\r\n")
                            .value("Parley-Budget-Ms"))
                    .isEqualTo(value);
        }
    }

    @Test
    void itShrinksOnARetry() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never(), Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "budget: 30s, retries: { attempt_timeout: 100ms }");
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(get()).readReply().body()).isEqualTo("ok");
            assertThat(backends.arrival(0).budgetMs() - backends.arrival(1).budgetMs())
                    .isBetween(100, 20_000);
            assertThat(backends.arrival(1).endpoint())
                    .isNotEqualTo(backends.arrival(0).endpoint());
            assertThat(proxy.awaitLogged("\"attempts\":2")).contains("\"budget_us\":30000000");
        }
    }

    @Test
    void itShrinksFromOneParleyToTheNext() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy second = serving(backends, "criticality: critical");
                LiveProxy first =
                        serving("\"127.0.0.1:%d\"".formatted(second.port("edge")), "retries: 0", "budget: 30s");
                RawClient client = first.connect("edge")) {
            assertThat(client.send(get()).readReply().status()).isEqualTo(200);
            // Each hop rounds down, so that two take more than a millisecond.
            assertThat(backends.arrival(0).budgetMs()).isBetween(1, 29_998);
            assertThat(second.awaitLogged("\"status\":200")).contains("\"budget_us\":2");
        }
    }

    // ---- what happens once it is spent ----

    @Test
    void aBudgetThatIsSpentWhenItComesReachesNobody() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "budget: 30s");
                RawClient client = proxy.connect("edge")) {
            Reply reply = client.send(get("Parley-Budget-Ms: 0\r\n")).readReply();
            assertThat(reply.status()).isEqualTo(504);
            assertThat(reply.body()).contains("\"code\":\"budget-spent\"");
            assertThat(backends.origin(0).connections()).isZero();
            assertThat(client.send(get()).readReply().status()).isEqualTo(200);
        }
    }

    @Test
    void itIsCancelledAtTheEndpoint() throws Exception {
        try (Backends backends = Backends.start(1, Answer.never());
                LiveProxy proxy = serving(backends, "budget: 200ms");
                RawClient client = proxy.connect("edge")) {
            Reply reply = client.send(get()).readReply();
            assertThat(reply.status()).isEqualTo(504);
            assertThat(reply.body()).contains("\"code\":\"budget-spent\"", "200ms");
            await().atMost(Bounds.WAIT).until(() -> backends.openConnections() == 0);
            assertThat(proxy.awaitLogged("budget-spent")).contains("\"outcome\":\"budget_spent\"", "\"status\":504");
            assertThat(proxy.scrape()).contains("parley_route_budgets_exceeded_total{route=\"r\"} 1");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anAnswerThatHasBegunIsCut() throws Exception {
        Answer half = Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                .thenNever();
        try (Backends backends = Backends.start(1, half);
                LiveProxy proxy = serving(backends, "budget: 300ms");
                RawClient client = proxy.connect("edge")) {
            client.send(get());
            assertThatThrownBy(client::readReply).isInstanceOf(IOException.class);
            await().atMost(Bounds.WAIT).until(() -> backends.openConnections() == 0);
            assertThat(proxy.awaitLogged("budget_spent")).contains("\"cut_short\":true");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void itIsSpentWhileTheBodyIsStillComing() throws Exception {
        try (Backends backends = Backends.start(1, Answer.ok("ok"));
                LiveProxy proxy = serving(backends, "budget: 200ms");
                RawClient client = proxy.connect("edge")) {
            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
            assertThat(client.readReply().body()).contains("budget-spent");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void nothingFollowsOnceTheTimeIsUp() throws Exception {
        try (Backends backends = Backends.start(3, Answer.never());
                LiveProxy proxy = serving(backends, "budget: 250ms, retries: { attempts: 9, attempt_timeout: 100ms }");
                RawClient client = proxy.connect("edge")) {
            // By the budget itself, or by an attempt that would have to begin after its end.
            assertThat(client.send(get()).readReply().status()).isEqualTo(504);
            assertThat(backends.asked()).isBetween(2, 3);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aTunnelIsNotCut() throws Exception {
        Answer echo = Answer.bytes(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
                .thenNever();
        try (Origin origin = Origin.answering(echo);
                LiveProxy proxy = serving('"' + origin.endpoint() + '"', "retries: 0", "budget: 200ms");
                RawClient client = proxy.connect("edge")) {
            client.send(get("Connection: upgrade\r\nUpgrade: websocket\r\n")).readUntil("\r\n\r\n");
            assertThat(client.staysSilentFor(Duration.ofMillis(600))).isTrue();
            assertThat(origin.openConnections()).isEqualTo(1);
        }
    }

    // ---- what it says of the service ----

    /** An endpoint whose answers take a time of their own. */
    private static Origin slow(ScheduledExecutorService clock, Duration time) throws IOException {
        return Origin.start(request -> {
            CountDownLatch over = new CountDownLatch(1);
            clock.schedule(over::countDown, time.toMillis(), TimeUnit.MILLISECONDS);
            return Answer.after(over).then(Answer.ok("late"));
        });
    }

    /** The same request {@value #MANY} times, from 30 clients. */
    private static List<Reply> askAll(LiveProxy proxy, String request) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Reply>>> asked = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                asked.add(clients.submit(() -> ask(proxy, request, MANY / 30)));
            }
            List<Reply> replies = new ArrayList<>();
            for (Future<List<Reply>> each : asked) {
                replies.addAll(each.get());
            }
            return replies;
        }
    }

    private static List<Reply> ask(LiveProxy proxy, String request, int times) throws IOException {
        List<Reply> replies = new ArrayList<>();
        try (RawClient client = proxy.connect("edge")) {
            for (int i = 0; i < times; i++) {
                replies.add(client.send(request).readReply());
            }
        }
        return replies;
    }

    @Test
    void tooLittleForWhatTheServiceNeedsIsRefusedAtOnce() throws Exception {
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
                Origin origin = slow(clock, Duration.ofMillis(50));
                LiveProxy proxy = serving('"' + origin.endpoint() + '"', "retries: 0", "budget: 30s")) {
            assertThat(askAll(proxy, get()))
                    .allSatisfy(reply -> assertThat(reply.status()).isEqualTo(200));
            // What the service has lately needed is looked at anew once a second.
            await().atMost(Bounds.WAIT)
                    .until(() -> ask(proxy, get("Parley-Budget-Ms: 5\r\n"), 1)
                            .getFirst()
                            .body()
                            .contains("budget-too-small"));
            long before = proxy.serviceMetrics("s").refusedFor(CallRefusal.TOO_LATE);
            List<Reply> hurried = askAll(proxy, get("Parley-Budget-Ms: 5\r\n"));
            List<Reply> refused = hurried.stream()
                    .filter(reply -> reply.body().contains("budget-too-small"))
                    .toList();
            // A few are let through all the same, to see whether the service has become faster.
            assertThat(refused)
                    .hasSizeGreaterThan(MANY / 2)
                    .allSatisfy(reply -> assertThat(reply.status()).isEqualTo(504));
            assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.TOO_LATE))
                    .isEqualTo(before + refused.size());
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void callersInAHurryBlameNeitherEndpointNorService() throws Exception {
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
                Origin one = slow(clock, Duration.ofMillis(50));
                Origin two = slow(clock, Duration.ofMillis(50));
                LiveProxy proxy = serving(
                        "\"%s\", \"%s\"".formatted(one.endpoint(), two.endpoint()),
                        "breaker: { minimum_calls: 10 }",
                        "budget: 30s")) {
            List<Reply> hurried = askAll(proxy, get("Parley-Budget-Ms: 1\r\n"));
            assertThat(hurried).filteredOn(reply -> reply.status() == 504).hasSizeGreaterThan(MANY / 2);
            assertThat(proxy.guard("s").breaker().state()).isEqualTo(CircuitBreaker.State.CLOSED);
            assertThat(proxy.endpoint("s", 0).standing().cause()).isEqualTo(Cause.UP);
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.UP);
            try (RawClient client = proxy.connect("edge")) {
                assertThat(client.send(get()).readReply().body()).isEqualTo("late");
            }
        }
    }

    @Test
    void aServiceThatNeverAnswersWithinTheRoutesBudgetIsToBlame() throws Exception {
        try (Backends backends = Backends.start(2, Answer.never());
                LiveProxy proxy =
                        serving(backends.addresses(), "retries: 0, breaker: { minimum_calls: 5 }", "budget: 50ms");
                RawClient client = proxy.connect("edge")) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(get()).readReply().body()).contains("budget-spent");
            }
            Reply reply = client.send(get()).readReply();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).contains("breaker-open");
        }
    }
}
