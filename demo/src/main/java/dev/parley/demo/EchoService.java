package dev.parley.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/** A child process of the demo: an HTTP service that answers with its name after a small random time. */
final class EchoService {
    private static final int BACKLOG = 1024;

    private EchoService() {}

    /**
     * Runs until it is killed or its parent ends.
     *
     * @param args its name, the port (0 takes a free one), and the mean latency in milliseconds
     */
    public static void main(String[] args) throws IOException {
        Lifeline.hold();
        HttpServer server = start(args[0], Integer.parseInt(args[1]), Long.parseLong(args[2]));
        Lifeline.announce(server.getAddress().getPort());
    }

    static HttpServer start(String name, int port, long meanMs) throws IOException {
        // The JDK's server would close idle connections after 30 s and answer small bodies after a delayed ACK.
        System.setProperty("sun.net.httpserver.idleInterval", "3600");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/health", exchange -> answer(exchange, "well\n"));
        server.createContext("/", exchange -> {
            work(meanMs);
            answer(exchange, name + "\n");
        });
        server.start();
        return server;
    }

    /** Takes half to one and a half times the mean, evenly spread. */
    static void work(long meanMs) {
        try {
            Thread.sleep(meanMs / 2, ThreadLocalRandom.current().nextInt(1_000_000));
            Thread.sleep(ThreadLocalRandom.current().nextLong(meanMs + 1));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = text.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
