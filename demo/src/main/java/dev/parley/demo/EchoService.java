package dev.parley.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

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
        // However the rest behaves: a fault that checks do not see is the usual one.
        server.createContext("/health", exchange -> answer(exchange, 200, "well\n"));
        server.createContext("/", exchange -> serve(exchange, name, meanMs));
        server.start();
        return server;
    }

    private static void serve(HttpExchange exchange, String name, long meanMs) throws IOException {
        switch (Behaviour.present()) {
            case NORMAL, SLOW -> {
                Behaviour.work(meanMs);
                answer(exchange, 200, name + "\n");
            }
            case ERRORS -> answer(exchange, 500, "broken on purpose\n");
            // The JDK's server closes the connection of an exchange that ends without an answer.
            case RESETS -> exchange.close();
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = text.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
