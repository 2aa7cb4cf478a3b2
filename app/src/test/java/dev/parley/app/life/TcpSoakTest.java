package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.Main;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of connections through a Parley that runs as it is run: each side sends a random amount in random pieces, reads at
 * once or stalls first, and ends its side before or after the other, or resets it in the midst. Every byte is compared with what
 * the seed says it must be: all of them where both sides end in order, and where one resets, those that come are the first ones, and
 * no orderly end follows them.
 */
class TcpSoakTest {
    private static final int CONNECTIONS = Integer.getInteger("parley.soak.connections", 5000);
    private static final int AT_ONCE = 100;
    private static final int MOST_BYTES = 200_000;
    /** More than the sockets on the way hold, so that a stalled reader is felt at the sender. */
    private static final int STALL_BYTES = 6 << 20;
    /** A stall lasts until so many other connections have ended. */
    private static final int STALL_CONNECTIONS = 25;
    /** Each connection begins with its number, so that the server knows what to send and to expect. */
    private static final int NUMBER_BYTES = 4;

    private final long seed = Long.getLong("parley.seed", System.nanoTime());
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ended = new AtomicInteger();

    /** What becomes of a connection. */
    private enum Plan {
        IN_ORDER,
        CLIENT_RESETS,
        SERVER_RESETS
    }

    private Plan plan(int number) {
        return switch (new SplittableRandom(seed ^ (number * 8L + 5)).nextInt(8)) {
            case 0 -> Plan.CLIENT_RESETS;
            case 1 -> Plan.SERVER_RESETS;
            default -> Plan.IN_ORDER;
        };
    }

    private boolean stalls(int number) {
        return number % 100 == 7 && number < CONNECTIONS - 2 * AT_ONCE;
    }

    @Test
    void everyByteArrivesAndEveryEndIsTold(@TempDir Path folder) throws Exception {
        System.out.println("parley.seed=" + seed);
        int port = LiveProxy.freePort();
        int admin = LiveProxy.freePort();
        Semaphore free = new Semaphore(AT_ONCE);
        try (ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
                ChildProcess parley = parley(folder, port, admin, server.getLocalPort());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> serve(server, threads));
            for (int number = 0; number < CONNECTIONS; number++) {
                int mine = number;
                assertThat(free.tryAcquire(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                        .as("connections end, wrong so far: %s", wrong)
                        .isTrue();
                threads.submit(() -> {
                    ask(port, mine, threads);
                    ended.incrementAndGet();
                    free.release();
                });
            }
            assertThat(free.tryAcquire(AT_ONCE, Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                    .as("connections end, wrong so far: %s", wrong)
                    .isTrue();
            server.close();
            assertThat(wrong).as("Parley said: %s", parley.output()).isEmpty();
            assertThat(parley.isAlive()).isTrue();
            await().atMost(Bounds.WAIT)
                    .untilAsserted(() -> assertThat(metrics(admin))
                            .contains("parley_listener_connections_open{listener=\"edge\"} 0.0\n")
                            .containsPattern("parley_endpoint_connections_open\\{[^}]*} 0\\.0\n"));
            assertThat(parley.output()).doesNotContain("defect").doesNotContain("Exception");
        }
    }

    private static ChildProcess parley(Path folder, int port, int admin, int server) throws Exception {
        Path configuration = Files.writeString(folder.resolve("parley.yaml"), """
            admin: { port: %d }
            access_log: none
            event_loops: 2
            listeners: { edge: { port: %d, protocol: tcp } }
            services: { s: { endpoints: ["127.0.0.1:%d"] } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(admin, port, server));
        ChildProcess started = ChildProcess.start(
                folder,
                Duration.ofMinutes(10),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-Dparley.warm-up=off",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "up",
                        "-f",
                        configuration.toString()));
        started.awaitOutput("Stop with");
        return started;
    }

    private static String metrics(int admin) throws IOException {
        try (RawClient client = RawClient.connect(admin)) {
            return client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readReply()
                    .body();
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

    private void ask(int port, int number, ExecutorService threads) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(NUMBER_BYTES).putInt(number).array());
            exchange(socket, number, true, threads);
        } catch (Exception failed) {
            wrong.add("client " + number + " " + plan(number) + ": " + failed);
        }
    }

    private void answer(Socket socket, ExecutorService threads) {
        int number = -1;
        try (socket) {
            byte[] read = socket.getInputStream().readNBytes(NUMBER_BYTES);
            number = ByteBuffer.wrap(read).getInt();
            exchange(socket, number, false, threads);
        } catch (Exception failed) {
            // A client that resets at once may do so before its number is here.
            if (number >= 0 || !failed.toString().contains("reset")) {
                wrong.add("server " + number + ": " + failed);
            }
        }
    }

    private void exchange(Socket socket, int number, boolean client, ExecutorService threads) throws Exception {
        socket.setSoTimeout((int) Bounds.WAIT.toMillis());
        SplittableRandom how = new SplittableRandom(seed ^ (number * 8L + (client ? 0 : 1)));
        switch (plan(number)) {
            case IN_ORDER -> inOrder(socket, number, client, how, threads);
            case CLIENT_RESETS -> broken(socket, number, client, client, how, threads);
            case SERVER_RESETS -> broken(socket, number, client, !client, how, threads);
        }
    }

    /** Sends its own stream and compares the other's, both at once or one after the other, as the seed has it. */
    private void inOrder(Socket socket, int number, boolean client, SplittableRandom how, ExecutorService threads)
            throws Exception {
        if (client && stalls(number)) {
            int until = ended.get() + STALL_CONNECTIONS;
            await().atMost(Bounds.WAIT).until(() -> ended.get() >= until);
        }
        // One side at most waits for the other to end before it sends, or both would wait for ever.
        boolean listensFirst = !client && !stalls(number) && how.nextInt(4) == 0;
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

    /** One side sends the first part of its stream and resets; the other sends on until it is told. */
    private void broken(
            Socket socket, int number, boolean client, boolean resets, SplittableRandom how, ExecutorService threads)
            throws Exception {
        byte[] mine = content(number, client);
        if (resets) {
            socket.getOutputStream().write(mine, 0, how.nextInt(mine.length + 1));
            socket.setSoLinger(true, 0);
            socket.close();
            return;
        }
        // A reset is told once, to whichever call comes first (SO_ERROR): a send that fails leaves an end to the
        // reader.
        var sent = threads.submit(() -> {
            try {
                socket.getOutputStream().write(mine);
                return false;
            } catch (IOException told) {
                return true;
            }
        });
        byte[] expected = content(number, !client);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        String end = readToEnd(socket.getInputStream(), read);
        byte[] got = read.toByteArray();
        boolean first = got.length <= expected.length && Arrays.equals(got, 0, got.length, expected, 0, got.length);
        boolean told = end.contains("reset") || sent.get(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
        if (!first || !told) {
            wrong.add("connection %d, whose peer resets: %d of %d bytes, first difference at %d, then %s"
                    .formatted(number, got.length, expected.length, Arrays.mismatch(got, expected), end));
        }
    }

    private static String readToEnd(InputStream in, ByteArrayOutputStream to) {
        byte[] chunk = new byte[16 * 1024];
        try {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                to.write(chunk, 0, n);
            }
            return "an orderly end";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private byte[] content(int number, boolean ofClient) {
        SplittableRandom stream = new SplittableRandom(seed ^ (number * 8L + (ofClient ? 2 : 3)));
        int length = stalls(number) && !ofClient
                ? STALL_BYTES
                : stream.nextInt(8) == 0 ? stream.nextInt(MOST_BYTES) : stream.nextInt(2000);
        byte[] bytes = new byte[length];
        stream.nextBytes(bytes);
        return bytes;
    }

    private void send(Socket socket, int number, boolean client, SplittableRandom how) throws IOException {
        byte[] bytes = content(number, client);
        OutputStream out = socket.getOutputStream();
        for (int at = 0; at < bytes.length; ) {
            int step = Math.min(bytes.length - at, 1 + how.nextInt(30_000));
            out.write(bytes, at, step);
            at += step;
        }
        socket.shutdownOutput();
    }

    private void compare(InputStream in, int number, boolean ofClient) throws IOException {
        byte[] expected = content(number, ofClient);
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
