package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * Clients that send requests without a pause, half of them over one connection for as long as it is kept, half over a new one
 * each time, and write down every request that did not end in a 200. Runs until it is closed.
 */
final class Load implements AutoCloseable {
    private static final int FAILURES_KEPT = 20;

    private final List<Thread> clients = new ArrayList<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> bodies = new ConcurrentHashMap<>();
    private final String request;
    private volatile boolean over;

    private Load(String request) {
        this.request = request;
    }

    static Load on(int port, String path, int clients) {
        return on(() -> port, path, clients);
    }

    /** Asks for the port before each connection, for a listener that moves. */
    static Load on(IntSupplier port, String path, int clients) {
        return start("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path), port, clients);
    }

    /** Sends POSTs, which are never sent twice. */
    static Load posting(int port, String path, int clients) {
        String request = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello".formatted(path);
        return start(request, () -> port, clients);
    }

    private static Load start(String request, IntSupplier port, int clients) {
        Load load = new Load(request);
        for (int i = 0; i < clients; i++) {
            boolean keepsAlive = i % 2 == 0;
            load.clients.add(Thread.ofVirtual().name("load-" + i).start(() -> load.run(port, keepsAlive)));
        }
        return load;
    }

    private void run(IntSupplier port, boolean keepsAlive) {
        while (!over) {
            try (RawClient client = RawClient.connect(port.getAsInt())) {
                boolean goOn = true;
                while (goOn && !over) {
                    goOn = ask(client) && keepsAlive;
                }
            } catch (IOException broken) {
                fail(broken.toString());
            }
        }
    }

    /** One request; whether the connection lives on. */
    private boolean ask(RawClient client) throws IOException {
        Reply reply = client.send(request).readReply();
        if (reply.status() == 200) {
            answered.incrementAndGet();
            bodies.computeIfAbsent(reply.body(), body -> new AtomicLong()).incrementAndGet();
        } else {
            fail(reply.status() + " " + reply.body());
        }
        return !reply.value("connection").equals("close");
    }

    private void fail(String why) {
        failed.incrementAndGet();
        if (failures.size() < FAILURES_KEPT) {
            failures.add(why);
        }
    }

    long answered() {
        return answered.get();
    }

    /** How many answers had this body. */
    long answeredBy(String body) {
        AtomicLong count = bodies.get(body);
        return count == null ? 0 : count.get();
    }

    /** Waits until so many more requests were answered. */
    void awaitMore(int requests) {
        long goal = answered.get() + requests;
        await().atMost(Bounds.WAIT).until(() -> answered.get() >= goal);
    }

    /** Waits until so many more were answered with this body. */
    void awaitMoreBy(String body, int requests) {
        long goal = answeredBy(body) + requests;
        await().atMost(Bounds.WAIT).until(() -> answeredBy(body) >= goal);
    }

    /** Ends the load, and requires that there was some and that all of it succeeded. */
    void requireNoFailure() {
        close();
        assertThat(answered.get()).isPositive();
        assertThat(failures)
                .as("%d of %d requests failed", failed.get(), answered.get() + failed.get())
                .isEmpty();
    }

    @Override
    public void close() {
        over = true;
        for (Thread client : clients) {
            try {
                client.join(Bounds.WAIT);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
