package dev.parley.app.resilience;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A server that accepts nothing and whose queue is full: Linux drops what else wants to connect, so that it waits. */
final class FullQueue implements Closeable {
    private static final int MOST = 16;
    private static final int ANSWERED_WITHIN_MS = 200;

    private final ServerSocket server;
    private final List<Socket> queued = new ArrayList<>();

    private FullQueue(ServerSocket server) {
        this.server = server;
    }

    static FullQueue start() throws IOException {
        FullQueue started = new FullQueue(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        while (started.takesMore()) {
            if (started.queued.size() == MOST) {
                throw new IOException("A queue of 1 took %d connections.".formatted(MOST));
            }
        }
        return started;
    }

    private boolean takesMore() throws IOException {
        Socket next = new Socket();
        queued.add(next);
        try {
            next.connect(server.getLocalSocketAddress(), ANSWERED_WITHIN_MS);
            return true;
        } catch (SocketTimeoutException full) {
            return false;
        }
    }

    String endpoint() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket each : queued) {
            each.close();
        }
        server.close();
    }
}
