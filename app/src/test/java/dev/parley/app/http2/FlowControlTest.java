package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import dev.parley.testkit.http2.Settings;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reads slowly holds up whom it reads from, nobody else, and little of it stays in Parley. */
class FlowControlTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final int MOST_WINDOW = Integer.MAX_VALUE;
    /** What Parley may hold for one stream that stands still: its window and what sockets' buffers cannot take. */
    private static final long MOST_HELD = 24L * MEBIBYTE;

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return noise;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void largeBodiesPassWholeBothWays(boolean endpointSpeaksHttp2) throws Exception {
        byte[] body = noise(3 * MEBIBYTE);
        try (Http2Server http2 = Http2Server.handling((connection, request) -> {
                    connection.headers(request.stream(), Frame.NONE, ":status", "200");
                    connection.upload(request.stream(), request.bodyOctets());
                });
                Origin http1 = Origin.start(request -> Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(request.body().length(), request.body())));
                Front front = endpointSpeaksHttp2 ? Front.before(http2) : Front.before(http1);
                Http2Client client = front.http2()) {
            for (int stream = 1; stream < 4; stream += 2) {
                client.post(stream, "/");
                client.upload(stream, body);
                assertThat(Arrays.equals(client.response(stream).bodyOctets(), body))
                        .isTrue();
            }
            assertThat(http2.faults()).isEmpty();
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void streamThatIsNotReadHoldsUpNoOther() throws Exception {
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port());
                Http2Client client = front.http2()) {
            client.send(Frame.windowUpdate(0, MOST_WINDOW - 65_535));
            client.granting(stream -> stream != 1);
            client.get(1, "/endless");
            client.await(1, message -> message.bodyBytes() == 65_535);
            for (int stream = 3; stream < 101; stream += 2) {
                assertThat(client.exchange(stream, "/short").body()).isEqualTo("short");
            }
            assertThat(client.message(1).bodyBytes()).isEqualTo(65_535);
            assertThat(endless.sentBytes()).isLessThan(MOST_HELD);
        }
    }

    @Test
    void streamOfAnHttp2EndpointThatIsNotReadHoldsUpNoOther() throws Exception {
        byte[] large = noise(2 * MEBIBYTE);
        CountDownLatch over = new CountDownLatch(1);
        try (Http2Server server = Http2Server.running(connection -> {
                    connection.begin();
                    while (over.getCount() > 0) {
                        Message request = connection.takeRequest();
                        if (request.value(":path").equals("/large")) {
                            connection.headers(request.stream(), Frame.NONE, ":status", "200");
                            sendWhatFits(connection, request.stream(), large);
                        } else {
                            connection.answer(request.stream(), 200, "short");
                        }
                    }
                });
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.send(Frame.windowUpdate(0, MOST_WINDOW - 65_535));
            client.granting(stream -> stream != 1);
            client.get(1, "/large");
            client.await(1, message -> message.bodyBytes() == 65_535);
            for (int stream = 3; stream < 101; stream += 2) {
                assertThat(client.exchange(stream, "/short").body()).isEqualTo("short");
            }
            over.countDown();
        }
    }

    /** Sends as much as the stream's and the connection's windows allow, and waits for no more. */
    private static void sendWhatFits(Http2Server.Connection connection, int stream, byte[] body) throws IOException {
        long room = Math.min(connection.connectionWindow(), connection.window(stream));
        for (int sent = 0; sent < Math.min(room, body.length); sent += 8192) {
            int to = (int) Math.min(Math.min(sent + 8192, body.length), room);
            connection.send(new Frame(Frame.DATA, Frame.NONE, stream, Arrays.copyOfRange(body, sent, to)));
        }
    }

    @Test
    void connectionsWindowBoundsAllItsStreams() throws Exception {
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port());
                Http2Client client = front.http2()) {
            client.granting(stream -> false);
            for (int stream = 1; stream < 20; stream += 2) {
                client.get(stream, "/endless");
            }
            while (total(client) < 65_535) {
                client.read();
            }
            client.roundTrip();
            assertThat(total(client)).isEqualTo(65_535);
            client.send(Frame.windowUpdate(0, 1000));
            while (total(client) < 66_535) {
                client.read();
            }
            client.roundTrip();
            assertThat(total(client)).isEqualTo(66_535);
        }
    }

    private static long total(Http2Client client) {
        return client.streams().stream()
                .mapToLong(stream -> client.message(stream).bodyBytes())
                .sum();
    }

    @Test
    void streamsShareTheConnectionFairly() throws Exception {
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port());
                Http2Client client = front.http2(Settings.INITIAL_WINDOW_SIZE, MOST_WINDOW)) {
            client.granting(stream -> stream == 0);
            client.get(1, "/endless");
            client.await(1, message -> message.bodyBytes() > MEBIBYTE);
            // While one stream takes whatever it gets, a second gets its part of the same window.
            client.get(3, "/endless");
            client.await(3, message -> message.bodyBytes() > MEBIBYTE / 2);
            assertThat(client.message(1).bodyBytes()).isLessThan(64 * MEBIBYTE);
        }
    }

    @Test
    void uploadThatTheEndpointDoesNotReadIsHeldBack() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Http2Server server = Http2Server.running(connection -> {
                    connection.granting(stream -> false);
                    connection.begin();
                    connection.awaitHead();
                    held.await();
                });
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            long before = PlatformDependent.usedDirectMemory();
            client.post(1, "/");
            long sent = sendAsMuchAsGoes(client, 1);
            assertThat(sent).isBetween(65_535L, MOST_HELD);
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(MOST_HELD);
            // Another stream of the same connection is not held up.
            client.get(3, "/");
            client.roundTrip();
            held.countDown();
        }
    }

    /** Sends data while there is a window for it; how much that was once a round trip brings no more. */
    private static long sendAsMuchAsGoes(Http2Client client, int stream) throws IOException {
        long sent = 0;
        byte[] piece = new byte[8192];
        long room = Math.min(client.connectionWindow(), client.window(stream));
        while (room > sent && sent < MOST_HELD) {
            while (room - sent > 0 && sent < MOST_HELD) {
                int bytes = (int) Math.min(piece.length, room - sent);
                client.send(new Frame(Frame.DATA, 0, stream, Arrays.copyOf(piece, bytes)));
                sent += bytes;
            }
            client.roundTrip();
            room = Math.min(client.connectionWindow(), client.window(stream));
        }
        return sent;
    }

    @Test
    void dataBeyondTheStreamsWindowIsAnError() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Http2Server server = Http2Server.running(connection -> {
                    connection.granting(stream -> false);
                    connection.begin();
                    connection.awaitHead();
                    held.await();
                });
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.post(1, "/");
            sendAsMuchAsGoes(client, 1);
            // Now one of the windows is used up, and nobody gives it back.
            client.send(new Frame(Frame.DATA, 0, 1, new byte[16_384]));
            Frame end = client.awaitFrame(frame -> frame.type() == Frame.RST_STREAM || frame.type() == Frame.GOAWAY);
            assertThat(end.errorCode()).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR);
            held.countDown();
        }
    }

    @Test
    void uploadsToAnEndpointWithSmallWindowsGoOn() throws Exception {
        byte[] body = noise(100_000);
        try (Http2Server server = Http2Server.handling(
                        (connection, request) ->
                                connection.answer(request.stream(), 200, Integer.toString(request.bodyBytes())),
                        Settings.INITIAL_WINDOW_SIZE,
                        700);
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            for (int stream = 1; stream < 20; stream += 2) {
                client.post(stream, "/");
            }
            for (int stream = 1; stream < 20; stream += 2) {
                client.upload(stream, body);
            }
            for (int stream = 1; stream < 20; stream += 2) {
                assertThat(client.response(stream).body()).isEqualTo("100000");
            }
            assertThat(server.faults()).isEmpty();
        }
    }

    @Test
    void dataOfStreamsThatWereResetGivesTheConnectionsWindowBack() throws Exception {
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port());
                Http2Client client = front.http2()) {
            client.roundTrip();
            long announced = client.connectionWindow();
            long sent = 0;
            for (int stream = 1; sent < 2 * announced; stream += 2) {
                client.post(stream, "/short");
                client.send(new Frame(Frame.DATA, 0, stream, new byte[16_384]), Frame.reset(stream, ErrorCode.CANCEL));
                client.roundTrip();
                sent += 16_384;
                // What was sent on streams that ended must come back, or soon nothing could be sent at all.
                assertThat(client.connectionWindow() - sent).isGreaterThanOrEqualTo(0);
            }
        }
    }

    @Test
    void frameWhoseStreamEndsHalfWayGivesTheConnectionsWindowBack() throws Exception {
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port());
                Http2Client client = front.http2()) {
            // What it grants by itself would stand in the middle of the frame.
            client.granting(stream -> false);
            client.roundTrip();
            long announced = client.connectionWindow();
            byte[] frame = new byte[16_384];
            long sent = 0;
            for (int stream = 1; sent < 2 * announced; stream += 2) {
                client.post(stream, "/short", "content-length", "1");
                byte[] bytes = new Frame(Frame.DATA, 0, stream, frame).bytes();
                client.sendRaw(Arrays.copyOf(bytes, 100));
                client.expectReset(stream, ErrorCode.PROTOCOL_ERROR);
                client.sendRaw(Arrays.copyOfRange(bytes, 100, bytes.length));
                client.roundTrip();
                sent += frame.length;
                assertThat(client.connectionWindow() - sent).isGreaterThanOrEqualTo(0);
            }
        }
    }

    @Test
    void manySlowReadersAreHeldInBoundedMemory() throws Exception {
        List<Http2Client> slow = new ArrayList<>();
        try (Endless endless = new Endless();
                Front front = Front.beforePort(endless.port())) {
            long before = PlatformDependent.usedDirectMemory();
            try {
                for (int i = 0; i < 20; i++) {
                    Http2Client client = Http2Client.withReceiveBuffer(
                            front.port(), 4096, Settings.INITIAL_WINDOW_SIZE, MOST_WINDOW);
                    slow.add(client);
                    client.send(Frame.windowUpdate(0, MOST_WINDOW - 65_535));
                    for (int stream = 1; stream < 20; stream += 2) {
                        client.get(stream, "/endless");
                    }
                }
                try (Http2Client client = front.http2()) {
                    for (int stream = 1; stream < 200; stream += 2) {
                        assertThat(client.exchange(stream, "/short").body()).isEqualTo("short");
                    }
                }
                Awaitility.await().atMost(Bounds.WAIT).until(() -> endless.requests() >= 200);
                assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(200L * MEBIBYTE);
            } finally {
                for (Http2Client client : slow) {
                    client.abort();
                }
            }
            front.requireNothingIsLeft();
        }
    }

    /** An HTTP/1.1 origin with an answer that never ends, and one that does. */
    private static final class Endless implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        private final AtomicLong sent = new AtomicLong();
        private final AtomicLong requests = new AtomicLong();

        Endless() throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket socket = server.accept();
                        Thread.ofVirtual().start(() -> serve(socket));
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
        }

        private void serve(Socket socket) {
            try (socket) {
                while (true) {
                    StringBuilder head = new StringBuilder();
                    while (head.indexOf("\r\n\r\n") < 0) {
                        int next = socket.getInputStream().read();
                        if (next < 0) {
                            return;
                        }
                        head.append((char) next);
                    }
                    requests.incrementAndGet();
                    boolean endless = head.indexOf("/endless") > 0;
                    socket.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nshort"
                                    .formatted(endless ? 1L << 40 : 5)
                                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                    byte[] piece = new byte[65_536];
                    while (endless) {
                        socket.getOutputStream().write(piece);
                        sent.addAndGet(piece.length);
                    }
                }
            } catch (IOException ended) {
                // The peer ended the connection.
            }
        }

        int port() {
            return server.getLocalPort();
        }

        long sentBytes() {
            return sent.get();
        }

        long requests() {
            return requests.get();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
