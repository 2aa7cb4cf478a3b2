package dev.parley.app.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.proxy.upstream.Endpoint.Cause;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** What counts as a failure of an endpoint over HTTP/2, in calls of gRPC, and over TCP. */
class EjectionByProtocolTest {
    private static final String SETTINGS = "balance: round_robin, retries: 0, outlier_detection: { ejection: 1m }";

    /** A service of two, the second of which is the one that fails. */
    private static LiveProxy before(String protocol, String good, String bad) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: ["%s", "%s"], protocol: http2, %s } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(good, bad, SETTINGS + protocol));
    }

    private static boolean ejected(LiveProxy proxy) {
        return proxy.endpoint("s", 1).standing().cause() == Cause.EJECTED;
    }

    // ---- HTTP/2 ----

    @Test
    void errorsOverHttp2Eject() throws Exception {
        try (Http2Server good = Http2Server.answering("good");
                Http2Server bad =
                        Http2Server.handling((connection, request) -> connection.answer(request.stream(), 503, "bad"));
                LiveProxy proxy = before("", good.endpoint(), bad.endpoint());
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            int failed = 0;
            for (int i = 0; i < 40; i++) {
                failed += client.exchange(1 + 2 * i, "/").status() == 503 ? 1 : 0;
            }
            assertThat(failed).isEqualTo(5);
            assertThat(ejected(proxy)).isTrue();
        }
    }

    @Test
    void streamsThatAreResetEject() throws Exception {
        try (Http2Server good = Http2Server.answering("good");
                Http2Server bad = Http2Server.handling(
                        (connection, request) -> connection.reset(request.stream(), ErrorCode.INTERNAL_ERROR));
                LiveProxy proxy = before("", good.endpoint(), bad.endpoint());
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            for (int i = 0; i < 40; i++) {
                client.exchange(1 + 2 * i, "/");
            }
            assertThat(ejected(proxy)).isTrue();
            assertThat(bad.requests()).isEqualTo(5);
        }
    }

    // ---- gRPC ----

    private static Http2Server calls(int status, boolean messageFirst) throws IOException {
        return Http2Server.handling((connection, request) -> {
            int stream = request.stream();
            if (messageFirst) {
                connection.headers(stream, 0, ":status", "200", "content-type", "application/grpc");
                connection.data(stream, 0, "\0\0\0\0\0");
                connection.headers(stream, Frame.END_STREAM, "grpc-status", Integer.toString(status));
            } else {
                connection.headers(
                        stream,
                        Frame.END_STREAM,
                        ":status",
                        "200",
                        "content-type",
                        "application/grpc",
                        "grpc-status",
                        Integer.toString(status));
            }
        });
    }

    /** How many of 40 calls reach an endpoint that ends each with this status. */
    private static int callsUntilEjected(int status, boolean messageFirst) throws Exception {
        try (Http2Server good = calls(0, true);
                Http2Server bad = calls(status, messageFirst);
                LiveProxy proxy = before("", good.endpoint(), bad.endpoint());
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            for (int i = 0; i < 40; i++) {
                int stream = 1 + 2 * i;
                client.headers(
                        stream,
                        Frame.END_STREAM,
                        Http2Client.request("POST", "/a.B/C", "content-type", "application/grpc", "te", "trailers"));
                assertThat(client.await(stream, Message::isWhole).status()).isEqualTo(200);
            }
            return bad.requests();
        }
    }

    @Test
    void callsThatEndUnavailableInTheirTrailersEject() throws Exception {
        assertThat(callsUntilEjected(14, true)).isEqualTo(5);
    }

    @Test
    void callsThatAreNothingButAnInternalErrorEject() throws Exception {
        assertThat(callsUntilEjected(13, false)).isEqualTo(5);
    }

    @Test
    void callsThatWereWrongEjectNobody() throws Exception {
        int failedPrecondition = 9;
        assertThat(callsUntilEjected(failedPrecondition, true)).isEqualTo(20);
    }

    // ---- TCP ----

    /** Takes connections and hangs up on each, once it has read so many bytes. */
    private static final class HangingUp implements Closeable {
        private final ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        private final boolean abortively;
        private final byte[] farewell;

        HangingUp(boolean abortively, String farewell) throws IOException {
            this.abortively = abortively;
            this.farewell = farewell.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().readNBytes(1);
                    socket.getOutputStream().write(farewell);
                    socket.setSoLinger(abortively, 0);
                } catch (IOException gone) {
                    // The connection or the server is closed.
                }
            }
        }

        String endpoint() {
            return "127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static LiveProxy tcp(String good, String bad) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0, protocol: tcp } }
            services: { s: { endpoints: ["%s", "%s"], %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(good, bad, SETTINGS));
    }

    private static void requireEjectedFor(HangingUp bad) throws Exception {
        try (EchoServer good = EchoServer.start();
                LiveProxy proxy = tcp(good.endpoint(), bad.endpoint())) {
            // One that succeeds, so that somebody does better.
            await().atMost(Bounds.WAIT).until(() -> {
                try (RawClient client = proxy.connect("edge")) {
                    client.send("x").read(1);
                } catch (IOException | AssertionError cut) {
                    // It was the bad one's turn.
                }
                return ejected(proxy);
            });
            for (int i = 0; i < 10; i++) {
                try (RawClient client = proxy.connect("edge")) {
                    assertThat(client.send("x").read(1)).isEqualTo(new byte[] {'x'});
                }
            }
        }
    }

    @Test
    void hangingUpOnWhoHasSpokenEjects() throws Exception {
        try (HangingUp bad = new HangingUp(false, "")) {
            requireEjectedFor(bad);
        }
    }

    @Test
    void resetsOfTcpConnectionsEject() throws Exception {
        try (HangingUp bad = new HangingUp(true, "")) {
            requireEjectedFor(bad);
        }
    }

    @Test
    void hangingUpAfterAWordEjectsNobody() throws Exception {
        try (EchoServer good = EchoServer.start();
                HangingUp brief = new HangingUp(false, "bye");
                LiveProxy proxy = tcp(good.endpoint(), brief.endpoint())) {
            for (int i = 0; i < 30; i++) {
                try (RawClient client = proxy.connect("edge")) {
                    client.send("x").read(1);
                }
            }
            assertThat(proxy.endpoint("s", 1).outcomes().successes()).isEqualTo(15);
            assertThat(proxy.endpoint("s", 1).standing().cause()).isEqualTo(Cause.UP);
        }
    }
}
