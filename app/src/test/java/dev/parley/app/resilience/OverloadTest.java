package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.telemetry.metrics.ServiceMetrics.CallRefusal;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.testkit.http2.Http2Client;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A service that takes ten requests at a time: who is refused as it fills up, and who is not. */
class OverloadTest {
    private final CountDownLatch go = new CountDownLatch(1);
    private final List<RawClient> waiting = new ArrayList<>();
    private Backends backends;
    private LiveProxy proxy;

    @BeforeEach
    void start() throws IOException {
        backends = Backends.start(2, Answer.after(go).then(Answer.ok("ok")));
        proxy = LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services:
              s: { endpoints: [%s], concurrency: { initial: 10, least: 10, most: 10 } }
            routes:
              batch: { listener: edge, path: /batch, to: s, criticality: sheddable }
              later: { listener: edge, path: /later, to: s, criticality: sheddable_plus }
              usual: { listener: edge, path: /, to: s }
              vital: { listener: edge, path: /vital, to: s, criticality: critical_plus }
            """.formatted(backends.addresses()));
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient each : waiting) {
            each.close();
        }
        proxy.close();
        backends.close();
    }

    private static String get(String path) {
        return "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path);
    }

    private void fill(String path, int requests) throws IOException {
        int before = backends.asked();
        for (int i = 0; i < requests; i++) {
            waiting.add(proxy.connect("edge").send(get(path)));
        }
        backends.arrival(before + requests - 1);
    }

    private Reply ask(String path) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            return client.send(get(path)).readReply();
        }
    }

    private void requireRefused(String path) throws IOException {
        Reply reply = ask(path);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).contains("\"code\":\"service-overloaded\"", "at most 10 requests");
        assertThat(reply.value("Retry-After")).isEqualTo("1");
    }

    @Test
    void theLeastCriticalIsRefusedFirst() throws Exception {
        fill("/", 5);
        requireRefused("/batch");
        fill("/later", 2);
        requireRefused("/later");
        fill("/", 2);
        requireRefused("/");
        fill("/vital", 1);
        requireRefused("/vital");
        assertThat(proxy.serviceMetrics("s").refusedFor(CallRefusal.OVERLOADED)).isEqualTo(4);
        assertThat(proxy.scrape())
                .contains(
                        "parley_service_awaiting{service=\"s\"} 10",
                        "parley_service_concurrency_limit{service=\"s\"} 10");
        go.countDown();
        for (RawClient each : waiting) {
            assertThat(each.readReply().body()).isEqualTo("ok");
        }
        assertThat(ask("/batch").body()).isEqualTo("ok");
        proxy.requireNothingIsLeft();
    }

    @Test
    void clientsWhoLeaveMakeRoom() throws Exception {
        fill("/batch", 5);
        requireRefused("/batch");
        waiting.removeLast().reset();
        await().atMost(Bounds.WAIT).until(() -> proxy.guard("s").concurrency().inFlight() == 4);
        fill("/batch", 1);
        requireRefused("/batch");
    }

    @Test
    void streamsOfHttp2AreCountedOneByOne() throws Exception {
        try (Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            for (int stream = 1; stream < 11; stream += 2) {
                client.get(stream, "/batch");
            }
            backends.arrival(4);
            assertThat(client.exchange(11, "/batch").status()).isEqualTo(503);
            go.countDown();
            assertThat(client.response(1).body()).isEqualTo("ok");
        }
        proxy.requireNothingIsLeft();
    }

    @Test
    void withoutALimitAllAreLetIn() throws Exception {
        try (LiveProxy unbounded = LiveProxy.start("""
                drain: 2s
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: [%s], concurrency: off } }
                routes: { r: { listener: edge, to: s, criticality: sheddable } }
                """.formatted(backends.addresses()))) {
            for (int i = 0; i < 30; i++) {
                waiting.add(unbounded.connect("edge").send(get("/")));
            }
            backends.arrival(29);
        }
    }
}
