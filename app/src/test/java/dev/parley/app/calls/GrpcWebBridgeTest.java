package dev.parley.app.calls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls of gRPC-Web to a server that only knows gRPC. The client is the JDK's, which speaks HTTP/1.1; listener {@code outer} hands
 * what it is asked on to listener {@code edge} over HTTP/2 and as it is, so that the bridge is met over both versions.
 */
class GrpcWebBridgeTest {
    private static final String BINARY = "application/grpc-web+proto";
    private static final String TEXT = "application/grpc-web-text";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Speaker speaker;
    private Origin origin;
    private LiveProxy parley;

    @BeforeEach
    void start() throws IOException {
        speaker = new Speaker("s");
        origin = Origin.start(request -> Answer.ok(request.head()));
        int edge = LiveProxy.freePort();
        parley =
                LiveProxy.start("""
                drain: 3s
                listeners: { edge: { port: %d, limits: { body_bytes: 100KiB } }, outer: { port: 0 } }
                services:
                  s: { endpoints: [%s], protocol: http2 }
                  again: { endpoints: [127.0.0.1:%d], protocol: http2, grpc_web: false }
                  nobody: { endpoints: [127.0.0.1:%d], protocol: http2, retries: 0 }
                  plain: { endpoints: [%s] }
                routes:
                  s: { listener: edge, grpc: pay.v1.Payments, to: s, response: { set: { x-seen: parley } } }
                  nobody: { listener: edge, grpc: nobody.Nobody, to: nobody }
                  plain: { listener: edge, grpc: plain.Plain, to: plain }
                  outer: { listener: outer, to: again }
                """.formatted(edge, speaker.endpoint(), edge, LiveProxy.freePort(), origin.endpoint()));
    }

    @AfterEach
    void stop() throws IOException {
        try {
            client.shutdownNow();
            parley.requireNothingIsLeft();
        } finally {
            parley.close();
            origin.close();
            speaker.close();
        }
    }

    private HttpRequest.Builder request(String listener, String method, String type, BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + parley.port(listener) + "/" + method))
                .timeout(Bounds.WAIT)
                .header("Content-Type", type)
                .header("X-Grpc-Web", "1")
                .POST(body);
    }

    private HttpResponse<byte[]> ask(String listener, String method, String type, byte[] body) throws Exception {
        return client.send(
                request(listener, method, type, BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    private static String type(HttpResponse<?> response) {
        return response.headers().firstValue("content-type").orElse("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "outer"})
    void callIsAnsweredWithItsTrailersInTheBody(String listener) throws Exception {
        HttpResponse<byte[]> response = ask(listener, "pay.v1.Payments/Charge", BINARY, WebReply.framed("ten"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(type(response)).isEqualTo(BINARY);
        assertThat(response.headers().firstValue("x-seen")).contains("parley");
        WebReply reply = WebReply.of(response.body());
        assertThat(reply.messages()).containsExactly("s pay.v1.Payments/Charge: ten");
        assertThat(reply.trailers()).containsEntry("grpc-status", "0").containsEntry("x-last", "word");
        assertThat(parley.awaitLogged("\"route\":\"s\"")).contains("\"grpc_status\":0,");
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "outer"})
    void textIsDecodedAndEncoded(String listener) throws Exception {
        // Padded within, as by a client that flushes between messages.
        String body = Base64.getEncoder().encodeToString(WebReply.framed("one"))
                + Base64.getEncoder().encodeToString(WebReply.framed("three"));
        HttpResponse<byte[]> response = ask(listener, "pay.v1.Payments/Talk", TEXT, body.getBytes(ISO_8859_1));
        assertThat(type(response)).isEqualTo("application/grpc-web-text+proto");
        WebReply reply = WebReply.ofText(response.body());
        assertThat(reply.messages()).containsExactly("s pay.v1.Payments/Talk: one", "s pay.v1.Payments/Talk: three");
        assertThat(reply.trailers()).containsEntry("grpc-status", "0");
    }

    @Test
    void answerHasTheFormThatTheClientAccepts() throws Exception {
        HttpRequest request = request(
                        "edge", "pay.v1.Payments/Charge", BINARY, BodyPublishers.ofByteArray(WebReply.framed("ten")))
                .header("Accept", "application/grpc-web-text")
                .build();
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        assertThat(type(response)).isEqualTo("application/grpc-web-text+proto");
        assertThat(WebReply.ofText(response.body()).trailers()).containsEntry("grpc-status", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "outer"})
    void trailersOnlyAnswerBecomesAFrame(String listener) throws Exception {
        HttpResponse<byte[]> response = ask(listener, "pay.v1.Payments/Fail", BINARY, WebReply.framed("ten"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("grpc-status")).isEmpty();
        WebReply reply = WebReply.of(response.body());
        assertThat(reply.messages()).isEmpty();
        assertThat(reply.trailers()).containsEntry("grpc-status", "9").containsEntry("grpc-message", "50 %25 won't do");
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "outer"})
    void streamIsFlushedAsItComes(String listener) throws Exception {
        HttpRequest request = request(
                        listener, "pay.v1.Payments/Stream", BINARY, BodyPublishers.ofByteArray(WebReply.framed("x")))
                .build();
        HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            byte[] first = WebReply.framed("s pay.v1.Payments/Stream: x");
            assertThat(body.readNBytes(first.length)).isEqualTo(first);
            // Only now may the server say more.
            speaker.goOn();
            byte[] rest = body.readAllBytes();
            assertThat(WebReply.of(rest).messages()).containsExactly("and on");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "outer"})
    void largeBodyIsDecodedInParts(String listener) throws Exception {
        String large = "x".repeat(60_001);
        byte[] body = Base64.getEncoder().encode(WebReply.framed(large));
        HttpResponse<byte[]> response = ask(listener, "pay.v1.Payments/Echo", TEXT, body);
        assertThat(WebReply.ofText(response.body()).messages()).containsExactly("s pay.v1.Payments/Echo: " + large);
        // Without a length, and in parts of a size that no group of base64 has.
        byte[][] parts = new byte[body.length / 1001 + 1][];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Arrays.copyOfRange(body, i * 1001, Math.min(body.length, (i + 1) * 1001));
        }
        HttpRequest chunked = request(
                        listener, "pay.v1.Payments/Echo", TEXT, BodyPublishers.ofByteArrays(List.of(parts)))
                .build();
        HttpResponse<byte[]> again = client.send(chunked, BodyHandlers.ofByteArray());
        assertThat(again.body()).isNotEmpty();
        assertThat(WebReply.ofText(again.body()).messages()).containsExactly("s pay.v1.Payments/Echo: " + large);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody.Nobody/Call", "there.is/None"})
    void ownErrorsEndTheCall(String method) throws Exception {
        boolean known = method.startsWith("nobody");
        for (String listener : List.of("edge", "outer")) {
            HttpResponse<byte[]> response = ask(listener, method, BINARY, WebReply.framed("ten"));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(type(response)).isEqualTo(BINARY);
            assertThat(response.headers().firstValue("parley-decision")).isPresent();
            WebReply reply = WebReply.of(response.body());
            assertThat(reply.trailers()).containsEntry("grpc-status", known ? "14" : "12");
            assertThat(reply.trailers().get("grpc-message")).startsWith(known ? "" : "no-route: ");
            HttpResponse<byte[]> text = ask(listener, method, TEXT, new byte[0]);
            assertThat(WebReply.ofText(text.body()).trailers()).containsEntry("grpc-status", known ? "14" : "12");
        }
    }

    @Test
    void bodyOverTheLimitEndsTheCall() throws Exception {
        HttpResponse<byte[]> response =
                ask("outer", "pay.v1.Payments/Echo", BINARY, WebReply.framed("x".repeat(200_000)));
        WebReply reply = WebReply.of(response.body());
        assertThat(reply.trailers()).containsEntry("grpc-status", "8");
        assertThat(reply.trailers().get("grpc-message")).startsWith("body-too-large: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAA", "A===", "AAA!", "AB==", "AAAA=AAA"})
    void bodyThatIsNotBase64IsRefused(String body) throws Exception {
        for (String listener : List.of("edge", "outer")) {
            HttpResponse<byte[]> response = ask(listener, "pay.v1.Payments/Echo", TEXT, body.getBytes(ISO_8859_1));
            WebReply reply = WebReply.ofText(response.body());
            assertThat(reply.trailers()).containsEntry("grpc-status", "13");
            assertThat(reply.trailers().get("grpc-message")).startsWith("grpc-web-text: ");
        }
    }

    @Test
    void endpointsOfHttp1AreSentGrpcWebAsItIs() throws Exception {
        HttpResponse<byte[]> response = ask("edge", "plain.Plain/Call", BINARY, WebReply.framed("ten"));
        assertThat(new String(response.body(), ISO_8859_1))
                .contains("Content-Type: " + BINARY + "\r\n", "X-Grpc-Web: 1\r\n");
    }

    /** A reset, for a client that ends its side may go on to read. */
    @Test
    void clientThatGoesAwayCancelsTheCall() throws Exception {
        try (RawClient gone = parley.connect("edge")) {
            gone.send("POST /pay.v1.Payments/Never HTTP/1.1\r\nHost: x\r\nContent-Type: " + BINARY
                            + "\r\nContent-Length: 6\r\n\r\n")
                    .send(WebReply.framed("x"));
            await().atMost(Bounds.WAIT)
                    .untilAsserted(
                            () -> assertThat(parley.endpoint("s", 0).inFlight()).isEqualTo(1));
            gone.reset();
        }
        await().atMost(Bounds.WAIT)
                .untilAsserted(() -> assertThat(speaker.cancelled()).isEqualTo(1));
        assertThat(parley.awaitLogged("Payments/Never")).contains("\"outcome\":\"client_gone\"");
    }
}
