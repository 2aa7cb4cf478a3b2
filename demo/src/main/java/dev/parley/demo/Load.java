package dev.parley.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests at a fixed rate from a fixed number of clients, each a virtual thread with a kept-alive connection.
 *
 * <p>Request n is due n intervals after the start, whichever client is free takes it, and its latency counts from when
 * it was due: a stall then shows in every request that it held up, as it would to real users. What is due for more than
 * a second is not sent, so that a stall is not followed by a flood.
 */
final class Load implements AutoCloseable {
    private static final long GIVEN_UP_NS = Duration.ofSeconds(1).toNanos();
    /** How long a client may sleep before it looks whether the load is stopping. */
    private static final long LONGEST_PARK_NS = Duration.ofMillis(100).toNanos();

    private static final int CLIENTS = 64;
    private static final Duration TCP_PAUSE = Duration.ofMillis(100);
    private static final int TCP_MESSAGE_BYTES = 64;
    private static final int TCP_LIMIT_MS = 10_000;

    private final InetSocketAddress http;
    private final List<String> paths;
    private final long intervalNs;
    private final Tally requests = new Tally();
    private final Tally echoes = new Tally();
    private final AtomicLong nextRequest = new AtomicLong();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final long startNs;
    private volatile boolean stopping;

    private Load(InetSocketAddress http, List<String> paths, int perSecond) {
        this.http = http;
        this.paths = List.copyOf(paths);
        this.intervalNs = Duration.ofSeconds(1).toNanos() / perSecond;
        this.startNs = System.nanoTime();
    }

    /**
     * Starts the load.
     *
     * @param paths requested in turn
     * @param perSecond requests a second over all paths, at least 1
     */
    static Load start(InetSocketAddress http, List<String> paths, int perSecond) {
        Load load = new Load(http, paths, perSecond);
        for (int i = 0; i < CLIENTS; i++) {
            load.clients.execute(load::sendRequests);
        }
        return load;
    }

    /** Adds one client that, ten times a second, connects, sends some bytes and expects the same ones back. */
    void addEchoes(InetSocketAddress tcp) {
        clients.execute(() -> sendEchoes(tcp));
    }

    Tally requests() {
        return requests;
    }

    Tally echoes() {
        return echoes;
    }

    private void sendRequests() {
        @Nullable HttpConnection connection = null;
        while (!stopping) {
            long number = nextRequest.getAndIncrement();
            long dueNs = startNs + number * intervalNs;
            if (!awaitDue(dueNs)) {
                continue;
            }
            connection = send(connection, paths.get((int) (number % paths.size())), dueNs);
        }
        close(connection);
    }

    /** Waits until a request is due; false where there is nothing to send, as time went by or the load is stopping. */
    private boolean awaitDue(long dueNs) {
        long waitNs = dueNs - System.nanoTime();
        while (waitNs > 0 && !stopping) {
            LockSupport.parkNanos(Math.min(waitNs, LONGEST_PARK_NS));
            waitNs = dueNs - System.nanoTime();
        }
        return !stopping && waitNs > -GIVEN_UP_NS;
    }

    /** Sends one request; answers the connection to send the next one on, or null where that is to be a new one. */
    private @Nullable HttpConnection send(@Nullable HttpConnection open, String path, long dueNs) {
        @Nullable HttpConnection connection = open;
        try {
            if (connection == null) {
                connection = new HttpConnection(http);
            }
            HttpConnection.Response response = connection.get(path);
            if (response.status() == 200) {
                requests.success(System.nanoTime() - dueNs);
            } else {
                requests.failure("status " + response.status());
            }
            if (connection.keptAlive()) {
                return connection;
            }
        } catch (IOException | NumberFormatException failure) {
            requests.failure(failure.toString());
        }
        close(connection);
        return null;
    }

    private static void close(@Nullable HttpConnection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException alreadyBroken) {
                // There is nothing left of it to close.
            }
        }
    }

    private void sendEchoes(InetSocketAddress tcp) {
        byte[] message = new byte[TCP_MESSAGE_BYTES];
        Arrays.fill(message, (byte) 'p');
        while (!stopping) {
            long startedNs = System.nanoTime();
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(TCP_LIMIT_MS);
                socket.connect(tcp, TCP_LIMIT_MS);
                socket.getOutputStream().write(message);
                byte[] echo = socket.getInputStream().readNBytes(message.length);
                if (Arrays.equals(echo, message)) {
                    echoes.success(System.nanoTime() - startedNs);
                } else {
                    echoes.failure("%d of %d bytes came back".formatted(echo.length, message.length));
                }
            } catch (IOException failure) {
                echoes.failure(failure.toString());
            }
            LockSupport.parkNanos(TCP_PAUSE.toNanos());
        }
    }

    /** Sends nothing more, and waits for the answers to what was sent. */
    @Override
    public void close() {
        stopping = true;
        clients.close();
    }
}
