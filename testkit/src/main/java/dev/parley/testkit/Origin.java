package dev.parley.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 origin server on a free port of the loopback address, which keeps the exact bytes of every request and
 * answers as scripted. Each connection has a virtual thread; requests of one connection are answered in turn.
 */
public final class Origin implements Closeable {
    private final ServerSocket server;
    private final Function<OriginRequest, Answer> script;
    private final BlockingQueue<OriginRequest> requests = new ArrayBlockingQueue<>(100_000);
    private final List<Exception> faults = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();

    private Origin(ServerSocket server, Function<OriginRequest, Answer> script) {
        this.server = server;
        this.script = script;
    }

    /** Starts an origin on a free port, which answers each request as the script says. */
    public static Origin start(Function<OriginRequest, Answer> script) throws IOException {
        return startOn(0, script);
    }

    /** Starts an origin that gives every request the same answer. */
    public static Origin answering(Answer answer) throws IOException {
        return start(request -> answer);
    }

    /** Starts an origin on a port that was free before, as a restarted endpoint does. */
    public static Origin startOn(int port, Function<OriginRequest, Answer> script) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        Origin origin = new Origin(server, script);
        Thread.ofVirtual().name("origin-" + origin.port()).start(origin::accept);
        return origin;
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

    /** How many connections are open. */
    public int openConnections() {
        return open.size();
    }

    /** How many requests came and were not taken yet. */
    public int waitingRequests() {
        return requests.size();
    }

    /** The next request that came, after a wait of at most {@link Bounds#WAIT}. */
    public OriginRequest takeRequest() throws InterruptedException {
        OriginRequest request = requests.poll(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
        if (request == null) {
            throw new AssertionError(
                    "No request came to origin %s within %s; faults: %s".formatted(endpoint(), Bounds.WAIT, faults));
        }
        return request;
    }

    /** What came that this origin could not read as HTTP/1.1: a proxy that forwards no such thing leaves it empty. */
    public List<Exception> faults() {
        return List.copyOf(faults);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                int connection = connections.getAndIncrement();
                open.add(socket);
                Thread.ofVirtual().name("origin-" + port() + "-" + connection).start(() -> serve(socket, connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            socket.setTcpNoDelay(true);
            readAndAnswer(socket, connection);
        } catch (IOException | InterruptedException ended) {
            // The peer or the test ended the connection, which is theirs to do.
        } finally {
            open.remove(socket);
        }
    }

    /** A fault is written down before the connection is closed, which is when tests ask for it. */
    private void readAndAnswer(Socket socket, int connection) throws IOException, InterruptedException {
        OriginRequest.Reader reader = new OriginRequest.Reader(socket.getInputStream(), connection);
        try {
            @Nullable OriginRequest request = reader.next();
            while (request != null && act(socket, request)) {
                request = reader.next();
            }
        } catch (OriginRequest.Unreadable fault) {
            faults.add(fault);
        }
    }

    private boolean act(Socket socket, OriginRequest request) throws IOException, InterruptedException {
        if (!requests.offer(request)) {
            throw new IOException("More requests than an origin keeps.");
        }
        for (Answer.Act act : script.apply(request).acts()) {
            switch (act) {
                case Answer.Act.Send send ->
                    socket.getOutputStream().write(send.text().getBytes(ISO_8859_1));
                case Answer.Act.Await await -> {
                    if (!await.latch().await(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new IOException("The latch of the script was never opened.");
                    }
                }
                case Answer.Act.Close close -> {
                    return false;
                }
                case Answer.Act.Reset reset -> {
                    socket.setSoLinger(true, 0);
                    return false;
                }
                case Answer.Act.Never never -> {
                    socket.getInputStream().skip(Long.MAX_VALUE);
                    return false;
                }
            }
        }
        return !request.head().toLowerCase(java.util.Locale.ROOT).contains("\r\nconnection: close\r\n");
    }

    /** Stops listening and breaks what is open, as a killed process does. */
    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            try {
                socket.setSoLinger(true, 0);
            } catch (IOException alreadyClosed) {
                continue;
            }
            socket.close();
        }
    }

    static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
