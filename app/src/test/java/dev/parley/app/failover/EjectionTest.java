package dev.parley.app.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.proxy.upstream.Endpoint.Cause;
import dev.parley.telemetry.metrics.EjectionCause;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Endpoints of HTTP/1.1 that answer worse than the others: how they leave the rotation, and how they return. */
class EjectionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";

    private final List<Backend> backends = new ArrayList<>();

    /** An endpoint whose answer the test changes. */
    private static final class Backend {
        final AtomicReference<Answer> answer = new AtomicReference<>(Answer.ok("ok"));
        final AtomicInteger asked = new AtomicInteger();
        final Origin origin;

        Backend() throws IOException {
            origin = Origin.start(request -> {
                asked.incrementAndGet();
                return answer.get();
            });
        }
    }

    @AfterEach
    void stop() throws IOException {
        for (Backend backend : backends) {
            backend.origin.close();
        }
    }

    private String serving(int size, String service) throws IOException {
        while (backends.size() < size) {
            backends.add(new Backend());
        }
        List<String> addresses = backends.stream()
                .map(backend -> '"' + backend.origin.endpoint() + '"')
                .toList();
        return """
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: [%s], balance: round_robin, %s } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(String.join(", ", addresses), service);
    }

    private static Reply ask(RawClient client, String request) throws IOException {
        return client.send(request).readReply();
    }

    private static void awaitCause(LiveProxy proxy, int index, Cause cause) {
        await().atMost(Bounds.WAIT)
                .until(() -> proxy.endpoint("s", index).standing().cause() == cause);
    }

    @Test
    void fiveErrorsInARowAreAllThatClientsSeeOfABrokenEndpoint() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: { ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(1).answer.set(Answer.status(500, "broken"));
            int errors = 0;
            for (int i = 0; i < 60; i++) {
                errors += ask(client, GET).status() == 500 ? 1 : 0;
            }
            assertThat(errors).isEqualTo(5);
            assertThat(backends.get(1).asked).hasValue(5);
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.EJECTED);
            assertThat(proxy.endpoint("s", 1).standing().reason()).isEqualTo("5 failures in a row");
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.endpointMetrics("s", 1).ejectionsFor(EjectionCause.CONSECUTIVE_FAILURES) == 1);
            assertThat(proxy.scrape())
                    .contains("parley_endpoint_ejected{endpoint=\"%s\",service=\"s\"} 1"
                            .formatted(backends.get(1).origin.endpoint()));
        }
    }

    @Test
    void returnsThroughProbesOnceItIsWellAgain() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: { ejection: 200ms }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(0).answer.set(Answer.status(503, "broken"));
            for (int i = 0; i < 15; i++) {
                ask(client, GET);
            }
            assertThat(proxy.endpoint("s", 0).ejection().cause()).isNotEqualTo(Cause.UP);
            backends.get(0).answer.set(Answer.ok("ok"));
            await().atMost(Bounds.WAIT).until(() -> {
                assertThat(ask(client, GET).status()).isEqualTo(200);
                return proxy.endpoint("s", 0).standing().cause() == Cause.UP;
            });
            int before = backends.get(0).asked.get();
            for (int i = 0; i < 30; i++) {
                ask(client, GET);
            }
            assertThat(backends.get(0).asked.get() - before).isBetween(8, 12);
        }
    }

    @Test
    void aProbeThatFailsEjectsAgain() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(2, "outlier_detection: { ejection: 100ms }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(0).answer.set(Answer.status(500, "broken"));
            await().atMost(Bounds.WAIT).until(() -> {
                ask(client, GET);
                return proxy.endpointMetrics("s", 0).ejectionsFor(EjectionCause.PROBE) >= 2;
            });
            // Five that eject it, and one for each probe.
            assertThat(backends.get(0).asked.get())
                    .isBetween(7, 7 + (int) proxy.endpointMetrics("s", 0).ejectionsFor(EjectionCause.PROBE));
        }
    }

    @Test
    void oneRequestAtATimeTriesItAndAHangingOneHoldsUpNobodyElse() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(2, "outlier_detection: { ejection: 100ms }"));
                RawClient client = proxy.connect("edge")) {
            Backend bad = backends.get(0);
            bad.answer.set(Answer.status(500, "broken"));
            for (int i = 0; i < 10; i++) {
                ask(client, GET);
            }
            CountDownLatch held = new CountDownLatch(1);
            bad.answer.set(Answer.after(held).then(Answer.ok("late")));
            awaitCause(proxy, 0, Cause.PROBING);
            int before = bad.asked.get();
            try (RawClient probing = proxy.connect("edge")) {
                probing.send(GET);
                RawClient second = proxy.connect("edge");
                second.send(GET);
                await().atMost(Bounds.WAIT).until(() -> bad.asked.get() == before + 1);
                for (int i = 0; i < 50; i++) {
                    try (RawClient other = proxy.connect("edge")) {
                        assertThat(ask(other, GET).body()).isEqualTo("ok");
                    }
                }
                assertThat(bad.asked.get()).isEqualTo(before + 1);
                held.countDown();
                assertThat(List.of(
                                probing.readReply().body(), second.readReply().body()))
                        .containsExactlyInAnyOrder("ok", "late");
                second.close();
            }
        }
    }

    @Test
    void resetsEjectWhileRetriesHideThem() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: { ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(2).answer.set(Answer.bytes("").thenReset());
            await().atMost(Bounds.WAIT).until(() -> {
                assertThat(ask(client, GET).status()).isEqualTo(200);
                return proxy.endpoint("s", 2).standing().cause() == Cause.EJECTED;
            });
        }
    }

    @Test
    void answersThatDoNotComeInTimeEject() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(
                        serving(
                                3,
                                "timeouts: { response: 100ms }, retries: 0, outlier_detection: { consecutive_failures: 2, ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(1).answer.set(Answer.never());
            int late = 0;
            for (int i = 0; i < 12; i++) {
                late += ask(client, POST).status() == 504 ? 1 : 0;
            }
            assertThat(late).isEqualTo(2);
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.EJECTED);
        }
    }

    @Test
    void clientErrorsEjectNobody() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: on"));
                RawClient client = proxy.connect("edge")) {
            backends.get(1).answer.set(Answer.status(404, "not here"));
            for (int i = 0; i < 60; i++) {
                ask(client, GET);
            }
            assertThat(backends.get(1).asked).hasValue(20);
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.UP);
        }
    }

    @Test
    void aRequestThatFailsEverywhereEjectsNobody() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: on"));
                RawClient client = proxy.connect("edge")) {
            backends.forEach(backend -> backend.answer.set(Answer.status(500, "not this one")));
            for (int i = 0; i < 60; i++) {
                assertThat(ask(client, GET).body()).isEqualTo("not this one");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(proxy.endpoint("s", i).standing().cause()).isEqualTo(Cause.UP);
            }
        }
    }

    @Test
    void theOnlyEndpointAnswersForItself() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(1, "outlier_detection: on"));
                RawClient client = proxy.connect("edge")) {
            backends.get(0).answer.set(Answer.status(500, "broken"));
            for (int i = 0; i < 30; i++) {
                assertThat(ask(client, GET).body()).isEqualTo("broken");
            }
        }
    }

    @Test
    void atMostHalfOfThePoolIsEjected() throws Exception {
        try (LiveProxy proxy =
                        LiveProxy.start(serving(4, "locality: { panic: 0% }, outlier_detection: { ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            backends.subList(0, 3).forEach(backend -> backend.answer.set(Answer.status(500, "broken")));
            await().atMost(Bounds.WAIT).pollInterval(Duration.ofMillis(1)).until(() -> {
                ask(client, GET);
                return ejected(proxy) == 2;
            });
            // Three of four fail, which takes a while to tell from chance; that the third stays takes no time at all.
            for (int i = 0; i < 300; i++) {
                ask(client, GET);
                assertThat(ejected(proxy)).isEqualTo(2);
            }
        }
    }

    private static long ejected(LiveProxy proxy) {
        return IntStream.range(0, 4)
                .filter(i -> proxy.endpoint("s", i).standing().cause() == Cause.EJECTED)
                .count();
    }

    @Test
    void anotherConfigurationKeepsItOut() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: { ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            backends.get(1).answer.set(Answer.status(500, "broken"));
            for (int i = 0; i < 15; i++) {
                ask(client, GET);
            }
            proxy.apply(serving(3, "outlier_detection: { ejection: 2m }, retries: 1"));
            assertThat(proxy.endpoint("s", 1).standing().reason()).isEqualTo("5 failures in a row");
            for (int i = 0; i < 15; i++) {
                assertThat(ask(client, GET).status()).isEqualTo(200);
            }
            proxy.apply(serving(3, "outlier_detection: off"));
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.UP);
        }
    }

    @Test
    void theOneThatFailsMoreOftenLeavesThoughItNeverFailsFiveTimesInARow() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(serving(3, "outlier_detection: { ejection: 1m }"));
                RawClient client = proxy.connect("edge")) {
            Backend bad = backends.get(0);
            await().atMost(Bounds.WAIT).pollInterval(Duration.ofMillis(1)).until(() -> {
                bad.answer.set(bad.asked.get() % 2 == 0 ? Answer.status(500, "broken") : Answer.ok("ok"));
                ask(client, GET);
                return proxy.endpoint("s", 0).standing().cause() == Cause.EJECTED;
            });
            assertThat(proxy.endpoint("s", 0).standing().reason()).startsWith("success of ");
        }
    }

    @Test
    void theSlowOneLeaves() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(
                        serving(3, "outlier_detection: { ejection: 1m, minimum_requests: 5, latency_floor: 5ms }"));
                RawClient client = proxy.connect("edge")) {
            Backend slow = backends.get(2);
            await().atMost(Bounds.WAIT).pollInterval(Duration.ofMillis(10)).until(() -> {
                CountDownLatch soon = new CountDownLatch(1);
                slow.answer.set(Answer.after(soon).then(Answer.ok("late")));
                Thread.ofVirtual().start(() -> {
                    await().pollDelay(Duration.ofMillis(150)).until(() -> true);
                    soon.countDown();
                });
                ask(client, GET);
                return proxy.endpoint("s", 2).standing().cause() == Cause.EJECTED;
            });
            assertThat(proxy.endpoint("s", 2).standing().reason()).startsWith("latency of ");
        }
    }
}
