package dev.parley.app;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.telemetry.log.Destination;
import dev.parley.telemetry.log.LineWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests through the data path over loopback until it is compiled: a proxy of its own, on free ports, with the very
 * classes that serve. What runs cold answers in tens of milliseconds; who waited for {@code /readyz} shall not see that.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final int CLIENTS = 4;
    /** Without an answer for so long a client gives up: whatever is wrong, readiness must come. */
    private static final int SILENCE_LIMIT_MS = 1_000;

    /**
     * The whole of it needs the port that Parley got: over HTTP/2 it is its own endpoint, so that both sides of that are warmed by
     * clients that speak HTTP/1.1.
     */
    private static String configuration(int originPort, int ownPort) {
        return """
            admin: { enabled: false }
            listeners:
              http: { port: 0, protocol: http }
              tcp: { port: 0, protocol: tcp }
            services:
              origin: { endpoints: [127.0.0.1:%d], health: tcp }
              itself: { endpoints: [127.0.0.1:%d], protocol: http2 }
            routes:
              http: { listener: http, path: /, to: origin }
              templated: { listener: http, host: warm.example, path: "/a/{b}", method: GET, headers: { x-a: b }, to: origin }
              http2: { listener: http, path: /h2, to: itself, rewrite: { prefix: / } }
              tcp: { listener: tcp, to: origin }
            """.formatted(originPort, ownPort);
    }

    private static final byte[][] REQUESTS = {
        request("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        request("GET /a/1?x=y HTTP/1.1\r\nHost: warm.example\r\nUser-Agent: warm\r\nAccept: */*\r\nX-A: b\r\n\r\n"),
        request("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"),
        request("GET /h2/d HTTP/1.1\r\nHost: localhost\r\nUser-Agent: warm\r\nAccept: */*\r\n\r\n"),
        request("POST /h2/e HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"),
        request("PUT /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    };
    private static final byte[] ANSWER =
            request("HTTP/1.1 200 OK\r\nServer: warm\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                    + "Content-Type: text/plain\r\nContent-Length: 64\r\n\r\n" + "x".repeat(64));

    private WarmUp() {}

    /** How much: at least so many requests, within at most so long. */
    record Amount(int requests, Duration time) {
        /** What makes the first real requests quick, measured in docs/benchmarks.md. */
        static final Amount DEFAULT = new Amount(40_000, Duration.ofSeconds(4));

        static final Amount NONE = new Amount(0, Duration.ZERO);

        /** The system property {@code parley.warm-up=off} is for tests, which start many proxies. */
        static Amount fromProperty() {
            return "off".equals(System.getProperty("parley.warm-up")) ? NONE : DEFAULT;
        }
    }

    /**
     * Warms up, or says why it could not: a cold Parley serves all the same.
     *
     * @return how many requests were answered
     */
    static long run(Amount amount) {
        LongAdder answered = new LongAdder();
        if (amount.requests() > 0) {
            run(amount, answered);
        }
        return answered.sum();
    }

    private static void run(Amount amount, LongAdder answered) {
        try (ServerSocket origin = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> accept(origin));
            Worker.Group workers = Worker.Group.start(1, Transport.best());
            try (LineWriter log = new LineWriter(Destination.of("/dev/null"), 1, 256 * 1024);
                    Proxy proxy = new Proxy(workers, Assembly.registry(workers), log)) {
                apply(proxy, configuration(origin.getLocalPort(), origin.getLocalPort()));
                if (proxy.addresses().get("http") instanceof InetSocketAddress own) {
                    apply(proxy, configuration(origin.getLocalPort(), own.getPort()));
                }
                drive(proxy, amount, answered);
            }
        } catch (IOException | InterruptedException failed) {
            LOG.warn("warm-up failed, the first requests will be slower cause={}", failed.toString());
        }
    }

    private static void apply(Proxy proxy, String text) throws IOException {
        if (!(ConfigReader.create().readText("warm-up", text) instanceof Loaded.Accepted loaded)) {
            throw new IllegalStateException("the warm-up's own configuration is refused");
        }
        proxy.apply(loaded.configuration());
    }

    private static void drive(Proxy proxy, Amount amount, LongAdder answered) throws InterruptedException {
        long deadline = System.nanoTime() + amount.time().toNanos();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            String listener = i == 0 ? "tcp" : "http";
            if (proxy.addresses().get(listener) instanceof InetSocketAddress address) {
                int share = amount.requests() / CLIENTS;
                clients.add(Thread.ofVirtual().start(() -> send(address, share, deadline, answered)));
            }
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    private static void send(InetSocketAddress address, int requests, long deadline, LongAdder answered) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(SILENCE_LIMIT_MS);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] answer = new byte[4096];
            for (int i = 0; i < requests && System.nanoTime() < deadline; i++) {
                out.write(REQUESTS[i % REQUESTS.length]);
                readUntilBodyEnds(in, answer);
                answered.increment();
            }
        } catch (IOException endsThisClient) {
            LOG.warn("warm-up cut short, the first requests may be slower cause={}", endsThisClient.toString());
        }
    }

    /** Bodies end with x and heads do not, so this needs no parser. */
    private static void readUntilBodyEnds(InputStream in, byte[] buffer) throws IOException {
        int last;
        do {
            int length = in.read(buffer);
            if (length < 0) {
                throw new IOException("closed");
            }
            last = buffer[length - 1];
        } while (last != 'x');
    }

    private static void accept(ServerSocket origin) {
        try {
            while (true) {
                Socket socket = origin.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            }
        } catch (IOException closed) {
            LOG.debug("warm-up origin ended");
        }
    }

    /** The clients send one request at a time, so that what has come since the last answer is one, whole or in part. */
    private static void answer(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[4096];
            StringBuilder request = new StringBuilder();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                request.append(new String(buffer, 0, length, StandardCharsets.US_ASCII));
                if (isWhole(request)) {
                    out.write(ANSWER);
                    request.setLength(0);
                }
            }
        } catch (IOException closed) {
            LOG.debug("warm-up connection ended");
        }
    }

    /** Knows the requests above by how they end: Parley may send a head and its body apart. */
    private static boolean isWhole(CharSequence request) {
        // Over HTTP/2 names are in lower case.
        String text = request.toString().toLowerCase(Locale.ROOT);
        String body = text.substring(Math.max(0, text.indexOf("\r\n\r\n")));
        return text.contains("chunked")
                ? body.endsWith("0\r\n\r\n")
                : text.contains("content-length") ? body.endsWith("hello") : body.endsWith("\r\n\r\n");
    }

    private static byte[] request(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
