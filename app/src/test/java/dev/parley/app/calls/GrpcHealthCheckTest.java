package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** Checks by grpc.health.v1, asked of grpc-java's own server and of servers that are none. */
class GrpcHealthCheckTest {
    private static final byte[] SERVING = {8, 1};
    private static final byte[] NOT_SERVING = {8, 2};

    private static LiveProxy watching(String endpoint, String check) throws IOException {
        return LiveProxy.start("""
                drain: 1s
                listeners: { edge: { port: 0 } }
                services:
                  s:
                    endpoints: [%s]
                    protocol: http2
                    health: { grpc: '%s', interval: 100ms, timeout: 1s, fall: 1, rise: 1 }
                routes: { r: { listener: edge, to: s } }
                """.formatted(endpoint, check));
    }

    private static void awaitDown(LiveProxy parley, String reason) {
        await().atMost(Bounds.WAIT)
                .untilAsserted(() ->
                        assertThat(parley.endpoint("s", 0).standing().reason()).contains(reason));
        assertThat(parley.endpoint("s", 0).available()).isFalse();
    }

    private static void awaitUp(LiveProxy parley) {
        await().atMost(Bounds.WAIT).until(() -> parley.endpoint("s", 0).available());
    }

    @Test
    void followsWhatTheServerSaysOfItself() throws Exception {
        try (Speaker speaker = new Speaker("s");
                LiveProxy parley = watching(speaker.endpoint(), "")) {
            awaitDown(parley, "it has no service grpc.health.v1.Health (UNIMPLEMENTED)");
            speaker.health(SERVING);
            awaitUp(parley);
            assertThat(speaker.asked()).isEmpty();
            speaker.health(NOT_SERVING);
            awaitDown(parley, "NOT_SERVING");
            // With a field that the protocol has not now, before the one that it has.
            speaker.health(new byte[] {18, 2, 'o', 'k', 8, 1});
            awaitUp(parley);
            speaker.health(new byte[0]);
            awaitDown(parley, "UNKNOWN");
            speaker.health(SERVING);
            awaitUp(parley);
            speaker.health(new byte[] {8, (byte) 0x80});
            awaitDown(parley, "no HealthCheckResponse");
        }
    }

    @Test
    void asksForTheServiceThatIsNamed() throws Exception {
        String name = "pay.v1.Payments" + "s".repeat(200);
        try (Speaker speaker = new Speaker("s");
                LiveProxy parley = watching(speaker.endpoint(), name)) {
            speaker.health(SERVING);
            await().atMost(Bounds.WAIT)
                    .untilAsserted(() -> assertThat(speaker.asked()).endsWith(name));
            awaitUp(parley);
            assertThat(speaker.asked()).hasSize(name.length() + 3);
        }
    }

    @Test
    void serverOfHttp1IsToldApart() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("fine"));
                LiveProxy parley = watching(origin.endpoint(), "")) {
            awaitDown(parley, "it does not speak HTTP/2");
        }
    }

    @Test
    void serverThatDoesNotAnswerRunsOutOfTime() throws Exception {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                LiveProxy parley = watching("127.0.0.1:" + silent.getLocalPort(), "")) {
            awaitDown(parley, "no answer within 1s");
            Endpoint endpoint = parley.endpoint("s", 0);
            assertThat(endpoint.connections()).isZero();
        }
    }
}
