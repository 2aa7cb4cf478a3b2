package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Servers of grpc-java are restarted one after the other under load. On SIGTERM each takes no more calls, finishes and ends. */
class RollingCallsTest {
    private static final int CALLERS = 4;

    private static String serving(List<Integer> ports) {
        List<String> addresses =
                ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").toList();
        return """
            drain: 5s
            listeners: { edge: { port: 0 } }
            services: { s: { protocol: http2, endpoints: [%s] } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(String.join(", ", addresses));
    }

    private static ChildProcess server(int port) throws Exception {
        ChildProcess process = ChildProcess.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Speaker.class.getName(),
                String.valueOf(port),
                "s" + port);
        process.awaitOutput("serving");
        return process;
    }

    @Test
    void noCallFailsWhenServersRestartUnannounced() throws Exception {
        roll(false);
    }

    @Test
    void noCallFailsWhenServersAreTakenOutFirst() throws Exception {
        roll(true);
    }

    private static void roll(boolean takenOut) throws Exception {
        List<Integer> ports = List.of(LiveProxy.freePort(), LiveProxy.freePort());
        List<ChildProcess> servers = new ArrayList<>();
        try {
            for (int port : ports) {
                servers.add(server(port));
            }
            try (LiveProxy proxy = LiveProxy.start(serving(ports));
                    Calls calls = new Calls(proxy.port("edge"))) {
                for (int i = 0; i < ports.size(); i++) {
                    calls.awaitMore(100);
                    if (takenOut) {
                        proxy.apply(serving(List.of(ports.get(1 - i))));
                    }
                    servers.get(i).terminate();
                    servers.get(i).awaitExit();
                    calls.awaitMore(100);
                    servers.set(i, server(ports.get(i)));
                    proxy.apply(serving(ports));
                    int restarted = i;
                    await().atMost(Bounds.WAIT)
                            .until(() -> proxy.endpoint("s", restarted).available());
                }
                calls.awaitMore(100);
                calls.requireNoFailure();
            }
        } finally {
            servers.forEach(ChildProcess::close);
        }
    }

    /** Callers that ask without a pause until they are closed. */
    private static final class Calls implements AutoCloseable {
        private final List<Thread> callers = new ArrayList<>();
        private final AtomicLong answered = new AtomicLong();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private volatile boolean over;

        Calls(int port) {
            for (int i = 0; i < CALLERS; i++) {
                callers.add(Thread.ofVirtual().start(() -> run(port)));
            }
        }

        private void run(int port) {
            try (Caller caller = new Caller(port)) {
                while (!over) {
                    Status status = caller.ask("rolling.S/Echo", "hello").status();
                    if (status.isOk()) {
                        answered.incrementAndGet();
                    } else if (failures.size() < 20) {
                        failures.add(status.toString());
                    }
                }
            } catch (Exception broken) {
                failures.add(broken.toString());
            }
        }

        void awaitMore(int calls) {
            long goal = answered.get() + calls;
            await().atMost(Bounds.WAIT).until(() -> answered.get() >= goal || !failures.isEmpty());
        }

        void requireNoFailure() {
            close();
            assertThat(failures).as("%s calls were answered", answered).isEmpty();
        }

        @Override
        public void close() {
            over = true;
            for (Thread caller : callers) {
                try {
                    caller.join(Bounds.WAIT);
                } catch (InterruptedException hurry) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
