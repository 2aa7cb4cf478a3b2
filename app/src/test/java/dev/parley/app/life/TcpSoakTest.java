package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Thousands of connections whose two sides each send a random amount, in random pieces, and end their side at a random moment,
 * before or after the other. Every byte is compared with what the seed says it must be.
 */
class TcpSoakTest {
    private static final int CONNECTIONS = Integer.getInteger("parley.soak.connections", 2000);
    private static final int AT_ONCE = 100;
    private static final int MOST_BYTES = 200_000;
    /** Each connection begins with its number, so that the server knows what to send and to expect. */
    private static final int NUMBER_BYTES = 4;

    private final long seed = Long.getLong("parley.seed", System.nanoTime());
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    @Test
    void everyByteArrivesInBothDirectionsWhoeverEndsFirst() throws Exception {
        System.out.println("parley.seed=" + seed);
        Semaphore free = new Semaphore(AT_ONCE);
        try (ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start("""
                    listeners: { edge: { port: 0, protocol: tcp } }
                    services: { s: { endpoints: ["127.0.0.1:%d"] } }
                    routes: { r: { listener: edge, to: s } }
                    """.formatted(server.getLocalPort()));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> serve(server, threads));
            for (int number = 0; number < CONNECTIONS; number++) {
                int mine = number;
                assertThat(free.tryAcquire(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                        .as("connections end, wrong so far: %s", wrong)
                        .isTrue();
                threads.submit(() -> {
                    ask((InetSocketAddress) proxy.address("edge"), mine, threads);
                    free.release();
                });
            }
            assertThat(free.tryAcquire(AT_ONCE, Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                    .as("connections end, wrong so far: %s", wrong)
                    .isTrue();
            server.close();
            assertThat(wrong).isEmpty();
            proxy.requireNothingIsLeft();
        }
    }

    private void serve(ServerSocket server, ExecutorService threads) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                threads.submit(() -> answer(socket, threads));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void ask(InetSocketAddress proxy, int number, ExecutorService threads) {
        try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(NUMBER_BYTES).putInt(number).array());
            exchange(socket, number, true, threads);
        } catch (Exception failed) {
            wrong.add("client " + number + ": " + failed);
        }
    }

    private void answer(Socket socket, ExecutorService threads) {
        int number = -1;
        try (socket) {
            number = ByteBuffer.wrap(socket.getInputStream().readNBytes(NUMBER_BYTES))
                    .getInt();
            exchange(socket, number, false, threads);
        } catch (Exception failed) {
            wrong.add("server " + number + ": " + failed);
        }
    }

    /** Sends its own stream and compares the other's, both at once or one after the other, as the seed has it. */
    private void exchange(Socket socket, int number, boolean client, ExecutorService threads) throws Exception {
        socket.setSoTimeout((int) Bounds.WAIT.toMillis());
        SplittableRandom how = new SplittableRandom(seed ^ (number * 4L + (client ? 0 : 1)));
        // One side at most waits for the other to end before it sends, or both would wait for ever.
        boolean listensFirst = !client && how.nextInt(4) == 0;
        if (listensFirst) {
            compare(socket.getInputStream(), number, !client);
            send(socket, number, client, how);
        } else {
            var sent = threads.submit(() -> {
                send(socket, number, client, how);
                return true;
            });
            compare(socket.getInputStream(), number, !client);
            sent.get(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private SplittableRandom stream(int number, boolean ofClient) {
        return new SplittableRandom(seed ^ (number * 4L + (ofClient ? 2 : 3)));
    }

    private static byte[] content(SplittableRandom stream) {
        byte[] bytes = new byte[stream.nextInt(8) == 0 ? stream.nextInt(MOST_BYTES) : stream.nextInt(2000)];
        stream.nextBytes(bytes);
        return bytes;
    }

    private void send(Socket socket, int number, boolean client, SplittableRandom how) throws IOException {
        byte[] bytes = content(stream(number, client));
        OutputStream out = socket.getOutputStream();
        for (int at = 0; at < bytes.length; ) {
            int step = Math.min(bytes.length - at, 1 + how.nextInt(30_000));
            out.write(bytes, at, step);
            at += step;
        }
        socket.shutdownOutput();
    }

    private void compare(InputStream in, int number, boolean ofClient) throws IOException {
        byte[] expected = content(stream(number, ofClient));
        byte[] read = in.readAllBytes();
        if (!Arrays.equals(read, expected)) {
            wrong.add("connection %d, from the %s: %d bytes, expected %d, first difference at %d"
                    .formatted(
                            number,
                            ofClient ? "client" : "server",
                            read.length,
                            expected.length,
                            Arrays.mismatch(read, expected)));
        }
    }
}
