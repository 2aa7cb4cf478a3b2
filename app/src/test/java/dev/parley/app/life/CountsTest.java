package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Whatever becomes of requests and connections, the counts of what is in flight and open return to exactly zero: they decide
 * where traffic goes and how much of it, so one that drifts makes an endpoint starve or overflow days later.
 */
class CountsTest {
    private static final int ACTS = Integer.getInteger("parley.chaos.acts", 1000);
    private static final int ACTORS = 24;

    private final long seed = Long.getLong("parley.seed", System.nanoTime());

    private static String configuration(Origin one, Origin two, EchoServer echo, int dead, String extra) {
        return """
            drain: 1s
            listeners:
              edge: { port: 0 }
              auto: { port: 0, protocol: auto }
              tcp: { port: 0, protocol: tcp, timeouts: { tunnel: 300ms } }
            services:
              web:
                endpoints: ["%s", "%s", "127.0.0.1:%d"]
                connections_per_endpoint: 12
                idle_connections: 3
                timeouts: { response: 150ms, stall: 200ms, connect: 1s, idle: 300ms }
              guarded:
                endpoints: ["%s", "%s", "127.0.0.1:%d"]
                retries: { attempts: 2, attempt_timeout: 80ms, statuses: [503], budget: 100%% }
                hedge: { after: 20ms, budget: 100%% }
                breaker: { connections: 16, pending: 6, in_flight: 12, in_flight_per_endpoint: 5, minimum_calls: 40, open: 20ms }
                concurrency: { initial: 10, least: 5, most: 10 }
                timeouts: { response: 150ms, stall: 200ms, connect: 1s, idle: 300ms }
              copies: { endpoints: ["%s", "127.0.0.1:%d"], timeouts: { response: 150ms } }
              echo: { endpoints: ["127.0.0.1:%d", "%s"] }
            routes:
              web: { listener: edge, path: /, to: web, mirror: { service: copies } }
              both: { listener: auto, path: /, to: guarded, budget: 120ms, rate_limits: [500/s] }
              least: { listener: auto, path: /ok, to: guarded, criticality: sheddable }
              tcp: { listener: tcp, to: echo }
              %s
            """.formatted(
                        one.endpoint(),
                        two.endpoint(),
                        dead,
                        one.endpoint(),
                        two.endpoint(),
                        dead,
                        two.endpoint(),
                        dead,
                        dead,
                        echo.endpoint(),
                        extra);
    }

    /** What an origin does, by the path that it is asked for. */
    private static Answer act(OriginRequest request) {
        String path = request.head().split(" ", 3)[1];
        return switch (path) {
            case "/reset" -> new Answer(java.util.List.of()).thenReset();
            case "/close" -> new Answer(java.util.List.of()).thenClose();
            case "/never" -> Answer.never();
            case "/half" ->
                Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                        .thenReset();
            case "/stall" ->
                Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                        .thenNever();
            case "/until-close" ->
                Answer.bytes("HTTP/1.0 200 OK\r\n\r\nall of it").thenClose();
            case "/garbage" -> Answer.bytes("HTTP/1.1 2x0 ?\r\n\r\n").thenClose();
            case "/chunks" ->
                Answer.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
            case "/bad-chunk" -> Answer.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
            case "/big" -> Answer.ok("x".repeat(300_000));
            case "/excess" -> Answer.ok("ok").thenBytes("more than was asked for");
            case "/upgrade" ->
                Answer.bytes("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhi")
                        .thenClose();
            case "/upgrade-reset" ->
                Answer.bytes("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
                        .thenReset();
            default -> Answer.status(path.equals("/error") ? 503 : 200, "fine");
        };
    }

    private static final String[] PATHS = {
        "/ok",
        "/ok",
        "/ok",
        "/reset",
        "/close",
        "/never",
        "/half",
        "/stall",
        "/until-close",
        "/garbage",
        "/chunks",
        "/bad-chunk",
        "/big",
        "/excess",
        "/error"
    };

    @Test
    void everyCountReturnsToZeroHoweverThingsEnd() throws Exception {
        System.out.println("parley.seed=" + seed);
        try (Origin one = Origin.start(CountsTest::act);
                Origin two = Origin.start(CountsTest::act);
                EchoServer echo = EchoServer.start();
                ExecutorService actors = Executors.newVirtualThreadPerTaskExecutor()) {
            int dead = LiveProxy.freePort();
            String plain = configuration(one, two, echo, dead, "");
            String changed = configuration(one, two, echo, dead, "more: { listener: edge, path: /ok, to: copies }")
                    .replace(
                            "idle_connections: 3",
                            "idle_connections: 3, balance: { algorithm: round_robin }".replace(", ", "\n    "));
            try (LiveProxy proxy = LiveProxy.start(plain)) {
                AtomicInteger next = new AtomicInteger();
                for (int actor = 0; actor < ACTORS; actor++) {
                    actors.submit(() -> {
                        for (int number = next.getAndIncrement(); number < ACTS; number = next.getAndIncrement()) {
                            act(proxy, new SplittableRandom(seed + number));
                        }
                    });
                }
                actors.shutdown();
                // What is open meets changes too, among them the retirement of half of the endpoints.
                for (int change = 0; !actors.awaitTermination(100, TimeUnit.MILLISECONDS); change++) {
                    assertThat(change)
                            .as("changes of 100 ms each while %d acts go on", ACTS)
                            .isLessThan(600);
                    proxy.apply(change % 2 == 0 ? changed : plain.replace("\"" + one.endpoint() + "\", ", ""));
                }
                proxy.requireNothingIsLeft();
            }
        }
    }

    /** One client: what it asks, and how it leaves. */
    private static void act(LiveProxy proxy, SplittableRandom random) {
        try {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> askSome(proxy, random);
                case 3 -> abort(proxy, random);
                case 4 -> abortBody(proxy, random);
                case 5 -> upgrade(proxy, random);
                case 6 -> tcp(proxy, random);
                default -> begin(proxy, random);
            }
        } catch (IOException broken) {
            // Many are meant to break; what counts is what the proxy holds afterwards.
        }
    }

    private static String get(SplittableRandom random) {
        return "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(PATHS[random.nextInt(PATHS.length)]);
    }

    private static void askSome(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect(random.nextBoolean() ? "edge" : "auto")) {
            int requests = 1 + random.nextInt(4);
            boolean pipelined = random.nextInt(3) == 0;
            if (pipelined) {
                client.send(get(random).repeat(requests));
            }
            for (int i = 0; i < requests; i++) {
                if (!pipelined) {
                    client.send(get(random));
                }
                client.readReply();
            }
        }
    }

    /** Gone before the answer, by an end or a break. */
    private static void abort(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect(random.nextBoolean() ? "edge" : "auto")) {
            client.send(get(random));
            if (random.nextBoolean()) {
                client.read(1);
            }
            leave(client, random);
        }
    }

    private static void abortBody(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect(random.nextBoolean() ? "edge" : "auto")) {
            String path = PATHS[random.nextInt(PATHS.length)];
            client.send("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n".formatted(path));
            client.send(new byte[random.nextInt(100_001)]);
            leave(client, random);
        }
    }

    private static void upgrade(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            client.send("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
                    .formatted(random.nextBoolean() ? "/upgrade" : "/upgrade-reset"));
            client.readUntil("\r\n\r\n");
            leave(client, random);
        }
    }

    private static void tcp(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect("tcp")) {
            if (random.nextInt(4) > 0) {
                client.send("ping").read(4);
            }
            leave(client, random);
        }
    }

    /** Bytes that never become a request. */
    private static void begin(LiveProxy proxy, SplittableRandom random) throws IOException {
        try (RawClient client = proxy.connect(random.nextBoolean() ? "edge" : "auto")) {
            client.send("GET / HT".substring(0, random.nextInt(9)));
            leave(client, random);
        }
    }

    private static void leave(RawClient client, SplittableRandom random) throws IOException {
        switch (random.nextInt(3)) {
            case 0 -> client.reset();
            case 1 -> client.shutdownOutput().readToEnd();
            default -> client.close();
        }
    }
}
