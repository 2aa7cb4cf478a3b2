package dev.parley.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Bodies that are much larger than what Parley may hold of them: the slower side sets the pace. */
class LargeBodiesTest {
    private static final long BODY_BYTES = 256L << 20;
    /**
     * The two sockets' write buffers, one read each, and what the allocator keeps beside them; and once the origin has closed,
     * what lay in the kernel's receive buffer, which epoll hands over at once.
     */
    private static final long HELD_BYTES = 32L << 20;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @Test
    void slowReaderOfALargeAnswerHoldsItsOriginBack() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                ParleyFixture parley = before(origin);
                Socket client = new Socket(InetAddress.getLoopbackAddress(), parley.port())) {
            long before = Memory.direct();
            AtomicLong sent = new AtomicLong();
            CompletableFuture.runAsync(() -> answer(origin, sent), threads);
            say(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            awaitStandstill(sent);
            assertThat(Memory.direct() - before).isLessThan(HELD_BYTES);
            assertThat(drain(client.getInputStream(), before)).isGreaterThan(BODY_BYTES);
        }
    }

    @Test
    void originThatIsSlowToReadALargeBodyHoldsItsClientBack() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                ParleyFixture parley = before(origin);
                Socket client = new Socket(InetAddress.getLoopbackAddress(), parley.port())) {
            long before = Memory.direct();
            AtomicLong sent = new AtomicLong();
            say(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(BODY_BYTES));
            CompletableFuture.runAsync(() -> send(client, sent), threads);
            try (Socket accepted = origin.accept()) {
                awaitStandstill(sent);
                assertThat(Memory.direct() - before).isLessThan(HELD_BYTES);
                InputStream in = accepted.getInputStream();
                head(in);
                long read = 0;
                byte[] piece = new byte[1 << 16];
                while (read < BODY_BYTES) {
                    read += in.read(piece);
                }
                assertThat(Memory.direct() - before).isLessThan(HELD_BYTES);
                say(accepted, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                assertThat(head(client.getInputStream())).startsWith("HTTP/1.1 200 OK\r\n");
            }
        }
    }

    /** The origin has closed long before the client takes what it sent. */
    @Test
    void slowReaderOfATcpStreamGetsAllOfItAfterItsEnd() throws Exception {
        byte[] stream = new byte[10 << 20];
        try (ServerSocket origin = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                ParleyFixture parley = ParleyFixture.start("""
                        admin: { enabled: false }
                        listeners: { edge: { port: 0, protocol: tcp } }
                        services: { s: { endpoints: ["127.0.0.1:%d"] } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(origin.getLocalPort()));
                Socket client = new Socket()) {
            client.setReceiveBufferSize(8192);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), parley.port()));
            try (Socket accepted = origin.accept()) {
                CompletableFuture<Void> sent = CompletableFuture.runAsync(
                        () -> {
                            try {
                                accepted.getOutputStream().write(stream);
                                accepted.shutdownOutput();
                            } catch (IOException ended) {
                                throw new AssertionError(ended);
                            }
                        },
                        threads);
                int first = client.getInputStream().readNBytes(stream.length / 2).length;
                sent.join();
                assertThat(first + client.getInputStream().readAllBytes().length)
                        .isEqualTo(stream.length);
            }
        }
    }

    private static ParleyFixture before(ServerSocket origin) throws IOException {
        return ParleyFixture.start("""
                admin: { enabled: false }
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: ["127.0.0.1:%d"] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(origin.getLocalPort()));
    }

    private static void answer(ServerSocket origin, AtomicLong sent) {
        try (Socket socket = origin.accept()) {
            head(socket.getInputStream());
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(BODY_BYTES));
            send(socket, sent);
        } catch (IOException ended) {
            throw new AssertionError(ended);
        }
    }

    private static void send(Socket socket, AtomicLong sent) {
        byte[] piece = new byte[1 << 16];
        try {
            OutputStream out = socket.getOutputStream();
            while (sent.get() < BODY_BYTES) {
                out.write(piece);
                sent.addAndGet(piece.length);
            }
        } catch (IOException ended) {
            throw new AssertionError(ended);
        }
    }

    /** Waits until nothing more is taken: all buffers on the way are full. */
    private static void awaitStandstill(AtomicLong sent) {
        AtomicLong last = new AtomicLong();
        Awaitility.await()
                .atMost(Bounds.WAIT)
                .pollInterval(Duration.ofMillis(300))
                .until(() -> last.getAndSet(sent.get()) == sent.get() && sent.get() > 0);
        assertThat(sent.get()).isLessThan(BODY_BYTES / 2);
    }

    private static long drain(InputStream in, long before) throws IOException {
        byte[] piece = new byte[1 << 16];
        long read = 0;
        for (int now = in.read(piece); now >= 0; now = in.read(piece)) {
            read += now;
            assertThat(Memory.direct() - before).isLessThan(HELD_BYTES);
        }
        return read;
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }
}
