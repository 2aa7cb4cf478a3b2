package dev.parley.telemetry.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.telemetry.metrics.Exposition;
import dev.parley.telemetry.metrics.MetricsRegistry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers for Parley itself over HTTP: {@code /metrics}, {@code /healthz}, {@code /readyz}, {@code /status}, and {@code /}
 * which lists them. It only reads. It is the JDK's server on virtual threads: nothing that traffic depends on, and
 * separate from it, so that it answers while event loops are busy.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String INDEX = """
            /metrics  what Parley counts, for Prometheus
            /healthz  200 while Parley is alive
            /readyz   200 while Parley may be sent traffic, else 503 and why not
            /status   listeners, services, routes, endpoints and recent events, as JSON
            """;

    static {
        // The JDK's server takes its bounds from nowhere else, and has no bound on time by default. Seconds.
        setUnlessSet("sun.net.httpserver.maxReqTime", 10);
        setUnlessSet("sun.net.httpserver.maxRspTime", 30);
        setUnlessSet("sun.net.httpserver.maxIdleConnections", 32);
        setUnlessSet("jdk.httpserver.maxConnections", 256);
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final MetricsRegistry metrics;
    private final Readiness readiness;
    private final StatusSource status;

    private AdminServer(HttpServer server, MetricsRegistry metrics, Readiness readiness, StatusSource status) {
        this.server = server;
        this.metrics = metrics;
        this.readiness = readiness;
        this.status = status;
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("parley-admin-", 0).factory());
    }

    private static void setUnlessSet(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }

    /**
     * Binds the address and begins to answer.
     *
     * @throws IOException when it cannot be bound; its message says what to do
     */
    public static AdminServer start(
            InetSocketAddress address, MetricsRegistry metrics, Readiness readiness, StatusSource status)
            throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException cannotBind) {
            throw new IOException(
                    "The admin address %s:%d cannot be bound: %s. Is another Parley running? Choose another one with admin.address and admin.port."
                            .formatted(address.getHostString(), address.getPort(), cannotBind.getMessage()),
                    cannotBind);
        }
        AdminServer admin = new AdminServer(server, metrics, readiness, status);
        server.setExecutor(admin.threads);
        server.createContext("/", admin::serve);
        server.start();
        return admin;
    }

    /** What it is bound to, with the port that was taken where port 0 was asked for. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Closes the address, and the connections with it. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                answer(exchange, 405, TEXT, "This address only answers GET and HEAD.\n");
                return;
            }
            switch (Objects.requireNonNullElse(exchange.getRequestURI().getPath(), "")) {
                case "/" -> answer(exchange, 200, TEXT, INDEX);
                case "/metrics" -> scrape(exchange);
                case "/healthz" -> answer(exchange, 200, TEXT, "ok\n");
                case "/readyz" -> ready(exchange);
                case "/status" -> answer(exchange, 200, "application/json", StatusJson.write(status.read()));
                default -> answer(exchange, 404, TEXT, "There is nothing here. There is:\n" + INDEX);
            }
        } catch (RuntimeException defect) {
            log.error("A request to the admin address failed.", defect);
            throw defect;
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        List<String> reasons = readiness.reasonsAgainst();
        if (reasons.isEmpty()) {
            answer(exchange, 200, TEXT, "ready\n");
        } else {
            answer(exchange, 503, TEXT, "not ready\n" + String.join("\n", reasons) + "\n");
        }
    }

    private void scrape(HttpExchange exchange) throws IOException {
        String accept = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Accept"), "");
        Exposition exposition = metrics.scrape(accept);
        exchange.getResponseHeaders().set("Content-Type", exposition.contentType());
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = new BufferedOutputStream(exchange.getResponseBody(), 16 * 1024)) {
            exposition.writeTo(body);
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
