package dev.parley.app.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.app.http2.Front;
import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.net.URLDecoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The answers that Parley itself gives to gRPC clients. They are trailers alone (gRPC over HTTP/2, "Responses"): 200, for
 * the client looks for its status in {@code grpc-status}, and END_STREAM with the head.
 */
class GrpcTest {
    private static final int OK = 0;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int UNIMPLEMENTED = 12;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;
    private static final int DEADLINE_EXCEEDED = 4;

    private static String[] call(String path, String... more) {
        String[] fields = {"content-type", "application/grpc", "te", "trailers"};
        String[] all = new String[fields.length + more.length];
        System.arraycopy(fields, 0, all, 0, fields.length);
        System.arraycopy(more, 0, all, fields.length, more.length);
        return Http2Client.request("POST", path, all);
    }

    private static void requireTrailersOnly(Message response, int status) {
        assertThat(response.status()).as("%s", response).isEqualTo(200);
        assertThat(response.value("content-type")).isEqualTo("application/grpc");
        assertThat(response.value("grpc-status")).isEqualTo(Integer.toString(status));
        assertThat(response.bodyBytes()).isZero();
        assertThat(response.trailers().lines()).isEmpty();
        String message = response.value("grpc-message");
        assertThat(message).isNotEmpty().matches("[\\x20-\\x7e]*");
        assertThat(URLDecoder.decode(message.replace("+", "%2B"), UTF_8)).isNotBlank();
    }

    private static LiveProxy without(String route) throws IOException {
        return LiveProxy.start("""
                admin: { enabled: false }
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: ["127.0.0.1:%d"], protocol: http2, timeouts: { connect: 1s } } }
                routes: { r: { listener: edge, to: s, %s } }
                """.formatted(LiveProxy.freePort(), route));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"})
    void noRouteIsUnimplemented(String contentType) throws Exception {
        try (LiveProxy parley = without("path: /elsewhere");
                Http2Client client = Http2Client.connect(parley.port("edge"))) {
            client.headers(
                    1,
                    Frame.END_STREAM,
                    Http2Client.request("POST", "/a.Service/Method", "content-type", contentType, "te", "trailers"));
            requireTrailersOnly(client.response(1), UNIMPLEMENTED);
        }
    }

    @Test
    void whatIsNotGrpcIsAnsweredInHttp() throws Exception {
        try (LiveProxy parley = without("path: /elsewhere");
                Http2Client client = Http2Client.connect(parley.port("edge"))) {
            client.headers(
                    1,
                    Frame.END_STREAM,
                    Http2Client.request("POST", "/a.Service/Method", "content-type", "application/json"));
            Message response = client.response(1);
            assertThat(response.status()).isEqualTo(404);
            assertThat(response.value("content-type")).isEqualTo("application/problem+json");
            assertThat(response.value("grpc-status")).isEmpty();
        }
    }

    @Test
    void endpointThatIsDownIsUnavailable() throws Exception {
        try (LiveProxy parley = without("path: /");
                Http2Client client = Http2Client.connect(parley.port("edge"))) {
            for (int stream = 1; stream < 6; stream += 2) {
                client.headers(stream, Frame.NONE, call("/a.Service/Method"));
                client.data(stream, Frame.END_STREAM, "\0\0\0\0\0");
                requireTrailersOnly(client.response(stream), UNAVAILABLE);
            }
        }
    }

    @Test
    void endpointThatDoesNotAnswerIsDeadlineExceeded() throws Exception {
        try (Http2Server server = Http2Server.handling((connection, request) -> {});
                Front front = Front.before(server, "", "timeouts: { response: 200ms }, retries: 0", "");
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/Method"));
            requireTrailersOnly(client.response(1), DEADLINE_EXCEEDED);
        }
    }

    @Test
    void endpointThatResetsTheStreamIsUnavailable() throws Exception {
        try (Http2Server server = Http2Server.handling(
                        (connection, request) -> connection.reset(request.stream(), ErrorCode.INTERNAL_ERROR));
                Front front = Front.before(server, "", "retries: 0", "");
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/Method"));
            requireTrailersOnly(client.response(1), UNAVAILABLE);
        }
    }

    @Test
    void headThatIsTooLargeIsResourceExhausted() throws Exception {
        try (Http2Server server = Http2Server.answering("");
                Front front = Front.before(server, "limits: { head_bytes: 8KiB, target_bytes: 4KiB }", "", "");
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/Method", "x-large", "y".repeat(10_000)));
            requireTrailersOnly(client.response(1), RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void bodyThatIsTooLargeIsResourceExhausted() throws Exception {
        try (Http2Server server = Http2Server.answering("");
                Front front = Front.before(server, "limits: { body_bytes: 1KiB }", "", "");
                Http2Client client = front.http2()) {
            client.headers(1, Frame.NONE, call("/a.Service/Method", "content-length", "5000"));
            client.data(1, Frame.END_STREAM, "x".repeat(5000));
            requireTrailersOnly(client.response(1), RESOURCE_EXHAUSTED);
        }
    }

    @Test
    void requestThatIsRefusedIsInternal() throws Exception {
        try (Http2Server server = Http2Server.answering("");
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/../Method"));
            requireTrailersOnly(client.response(1), INTERNAL);
        }
    }

    @Test
    void endpointsTrailersOnlyAnswerPassesAsItIs() throws Exception {
        try (Http2Server server = Http2Server.handling((connection, request) -> connection.headers(
                        request.stream(),
                        Frame.END_STREAM,
                        ":status",
                        "200",
                        "content-type",
                        "application/grpc+proto",
                        "grpc-status",
                        "5",
                        "grpc-message",
                        "not%20there"));
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/Method"));
            Message response = client.response(1);
            assertThat(response.value("grpc-status")).isEqualTo("5");
            assertThat(response.value("grpc-message")).isEqualTo("not%20there");
            assertThat(response.value("content-type")).isEqualTo("application/grpc+proto");
            assertThat(response.trailers().lines()).isEmpty();
        }
    }

    /** The endpoint must learn that trailers can be sent: grpc-java and others answer nothing without it. */
    @Test
    void teIsPassedOn() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.headers(
                    1, Frame.NONE, call("/a.Service/Method", "grpc-timeout", "10S", "grpc-encoding", "identity"));
            client.data(1, Frame.END_STREAM, "\0\0\0\0\0");
            var endpoint = server.accept();
            Message request = endpoint.takeRequest();
            assertThat(request.value("te")).isEqualTo("trailers");
            assertThat(request.value("grpc-timeout")).matches("9\\d{6}u");
            assertThat(request.value("grpc-encoding")).isEqualTo("identity");
            assertThat(request.body()).isEqualTo("\0\0\0\0\0");
            endpoint.headers(request.stream(), Frame.NONE, ":status", "200", "content-type", "application/grpc");
            endpoint.data(request.stream(), Frame.NONE, "\0\0\0\0\0");
            endpoint.headers(request.stream(), Frame.END_STREAM, "grpc-status", "0", "x-trailer-bin", "q6ur");
            Message response = client.response(1);
            assertThat(response.trailers().value("grpc-status")).isEqualTo(Integer.toString(OK));
            assertThat(response.trailers().value("x-trailer-bin")).isEqualTo("q6ur");
        }
    }

    @Test
    void outcomeOfACallIsThatOfItsHttpStatusInTheLog() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                Front front = Front.before(origin, "", "", "path: /elsewhere");
                Http2Client client = front.http2()) {
            client.headers(1, Frame.END_STREAM, call("/a.Service/Logged"));
            requireTrailersOnly(client.response(1), UNIMPLEMENTED);
            assertThat(front.parley().awaitLogged("/a.Service/Logged")).contains("\"outcome\":\"no_route\"");
        }
    }
}
