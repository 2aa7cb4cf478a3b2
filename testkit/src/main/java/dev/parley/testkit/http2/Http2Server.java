package dev.parley.testkit.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.parley.testkit.Bounds;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 server on a free port of the loopback address. Either a test plays the server itself, one
 * {@linkplain #accept accepted} connection after the other, or a script answers on threads of its own.
 */
public final class Http2Server implements Closeable {
    private final ServerSocket server;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    private Http2Server(ServerSocket server) {
        this.server = server;
    }

    /** What a script does with one connection, from its preface on. */
    @FunctionalInterface
    public interface Script {
        void run(Connection connection) throws IOException, InterruptedException;
    }

    /** What a script does with one request that is whole. */
    @FunctionalInterface
    public interface Handler {
        void answer(Connection connection, Message request) throws IOException;
    }

    /** Starts a server whose connections the test accepts. */
    public static Http2Server start() throws IOException {
        Http2Server started = new Http2Server(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
        started.server.setSoTimeout(Math.toIntExact(Bounds.WAIT.toMillis()));
        return started;
    }

    /** Starts a server that runs a script for each connection. */
    public static Http2Server running(Script script) throws IOException {
        Http2Server started = new Http2Server(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(() -> started.acceptAll(script));
        return started;
    }

    /** Starts a server that hands each request that is whole to a handler, with these settings. */
    public static Http2Server handling(Handler handler, long... settings) throws IOException {
        return running(connection -> {
            connection.begin(settings);
            while (true) {
                handler.answer(connection, connection.takeRequest());
            }
        });
    }

    /** Starts a server that answers every request with 200 and this body. */
    public static Http2Server answering(String body, long... settings) throws IOException {
        return handling((connection, request) -> connection.answer(request.stream(), 200, body), settings);
    }

    private void acceptAll(Script script) {
        while (!server.isClosed()) {
            try {
                Connection connection = new Connection(server.accept(), connections.getAndIncrement());
                open.add(connection);
                Thread.ofVirtual().start(() -> run(script, connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void run(Script script, Connection connection) {
        try (connection) {
            script.run(connection);
        } catch (IOException ended) {
            // The other side ended the connection, which is its to do.
        } catch (InterruptedException | RuntimeException | Error fault) {
            // What ended because the connection did is no fault either.
            if (!(fault.getCause() instanceof IOException)) {
                faults.add(fault);
            }
        } finally {
            open.remove(connection);
        }
    }

    /** The next connection, its settings agreed on as far as this side can: identifier, value and so on. */
    public Connection accept(long... settings) throws IOException {
        Connection connection = new Connection(server.accept(), connections.getAndIncrement());
        open.add(connection);
        connection.begin(settings);
        return connection;
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Its address as a configuration has it. */
    public String endpoint() {
        return "127.0.0.1:" + port();
    }

    /** How many connections were accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** How many connections are open, of those that scripts serve. */
    public int openConnections() {
        return open.size();
    }

    /** How many requests were taken whole so far. */
    public int requests() {
        return requests.get();
    }

    /** The failures of scripts. */
    public List<Throwable> faults() {
        return List.copyOf(faults);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Connection connection : open) {
            connection.close();
        }
    }

    /** The server's side of one connection. */
    public final class Connection extends Http2Peer {
        private final int number;

        private Connection(Socket socket, int number) throws IOException {
            super(socket);
            this.number = number;
        }

        /** From 0, in the order in which they were accepted. */
        public int number() {
            return number;
        }

        /** Reads the preface and sends these settings. */
        public void begin(long... settings) throws IOException {
            String preface = new String(in().readNBytes(Http2Client.PREFACE.length()), ISO_8859_1);
            if (!preface.equals(Http2Client.PREFACE)) {
                throw new AssertionError("The connection does not begin with the preface but with: " + preface);
            }
            send(Frame.settings(settings));
        }

        /** Reads until a request is whole, and takes it. */
        public Message takeRequest() throws IOException {
            @Nullable Message request = firstMessage(Message::isWhole).orElse(null);
            while (request == null) {
                read();
                request = firstMessage(Message::isWhole).orElse(null);
            }
            forget(request.stream());
            requests.incrementAndGet();
            return request;
        }

        /** Reads until a request has its head, which is not taken. */
        public Message awaitHead() throws IOException {
            while (firstMessage(Message::hasHead).isEmpty()) {
                read();
            }
            return firstMessage(Message::hasHead).orElseThrow();
        }

        /** Answers with a body that fits the windows. */
        public void answer(int stream, int status, String body, String... moreFields) throws IOException {
            String[] fields = new String[2 + moreFields.length];
            fields[0] = ":status";
            fields[1] = Integer.toString(status);
            System.arraycopy(moreFields, 0, fields, 2, moreFields.length);
            send(
                    new Frame(Frame.HEADERS, Frame.END_HEADERS, stream, FieldBlock.of(fields)),
                    Frame.of(Frame.DATA, Frame.END_STREAM, stream, body));
        }
    }
}
