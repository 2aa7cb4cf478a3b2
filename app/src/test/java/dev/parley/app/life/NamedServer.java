package dev.parley.app.life;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The plainest HTTP server that can be asked often: answers each GET with its name. In this process, or as a process of its
 * own ({@link #main}) that can be killed.
 */
public final class NamedServer implements Closeable {
    private final ServerSocket server;
    private final byte[] answer;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong served = new AtomicLong();

    private NamedServer(ServerSocket server, String name) {
        this.server = server;
        this.answer = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(name.length(), name)
                .getBytes(ISO_8859_1);
    }

    static NamedServer start(String name) throws IOException {
        return start(0, name);
    }

    /** On a port that was free before, as a restarted endpoint does. */
    static NamedServer start(int port, String name) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        NamedServer server = new NamedServer(socket, name);
        Thread.ofPlatform().name("named-" + name).daemon().start(server::accept);
        return server;
    }

    /** Port and name are the arguments; serves until it is killed. */
    public static void main(String[] args) throws Exception {
        start(Integer.parseInt(args[0]), args[1]);
        System.out.println("serving");
        Thread.currentThread().join();
    }

    int port() {
        return server.getLocalPort();
    }

    String endpoint() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    long served() {
        return served.get();
    }

    int openConnections() {
        return open.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            int matched = 0;
            for (int next = in.read(); next >= 0; next = in.read()) {
                matched = next == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : next == '\r' ? 1 : 0;
                if (matched == 4) {
                    matched = 0;
                    served.incrementAndGet();
                    socket.getOutputStream().write(answer);
                }
            }
        } catch (IOException ended) {
            // The peer broke the connection.
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
