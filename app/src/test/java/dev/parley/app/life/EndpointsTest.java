package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints that die, freeze, return, fill up and leave. */
class EndpointsTest {
    private static final int CLIENTS = 6;
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static String serving(String service) {
        return """
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { %s } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(service);
    }

    /** A server in a process of its own. */
    private static ChildProcess process(int port, String name) throws Exception {
        ChildProcess process = ChildProcess.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                NamedServer.class.getName(),
                String.valueOf(port),
                name);
        process.awaitOutput("serving");
        return process;
    }

    @Test
    void noRequestFailsWhenAnEndpointIsKilledAndReturns() throws Exception {
        int portA = LiveProxy.freePort();
        int portB = LiveProxy.freePort();
        try (ChildProcess a = process(portA, "a");
                LiveProxy proxy = LiveProxy.start(
                        serving("endpoints: [\"127.0.0.1:%d\", \"127.0.0.1:%d\"], health: { interval: 100ms, rise: 1 }"
                                .formatted(portA, portB)))) {
            try (ChildProcess b = process(portB, "b");
                    Load load = Load.on(proxy.port("edge"), "/", CLIENTS)) {
                load.awaitMoreBy("b", 100);
                b.kill9();
                b.awaitExit();
                load.awaitMoreBy("a", 100);
                await().atMost(Bounds.WAIT).until(() -> !proxy.endpoint("s", 1).available());
                try (ChildProcess again = process(portB, "b again")) {
                    load.awaitMoreBy("b again", 100);
                    load.requireNoFailure();
                    assertThat(again.isAlive()).isTrue();
                }
            }
            assertThat(a.isAlive()).isTrue();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aFrozenEndpointLeavesByItsCheckAndReturnsWhenItThaws() throws Exception {
        int portA = LiveProxy.freePort();
        int portB = LiveProxy.freePort();
        try (ChildProcess a = process(portA, "a");
                ChildProcess b = process(portB, "b");
                LiveProxy proxy = LiveProxy.start(serving(
                        "endpoints: [\"127.0.0.1:%d\", \"127.0.0.1:%d\"], health: { http: /, interval: 100ms, timeout: 500ms, rise: 1, fall: 1 }"
                                .formatted(portA, portB)))) {
            signal(b, "STOP");
            await().atMost(Bounds.WAIT).until(() -> !proxy.endpoint("s", 1).available());
            assertThat(proxy.endpoint("s", 1).standing().reason()).contains("no answer within 500ms");
            try (Load load = Load.on(proxy.port("edge"), "/", CLIENTS)) {
                load.awaitMoreBy("a", 100);
                assertThat(load.answeredBy("b")).isZero();
                signal(b, "CONT");
                load.awaitMoreBy("b", 20);
                load.requireNoFailure();
            }
            assertThat(a.isAlive()).isTrue();
            proxy.requireNothingIsLeft();
        }
    }

    private static void signal(ChildProcess process, String signal) throws Exception {
        try (ChildProcess kill = ChildProcess.start("kill", "-" + signal, String.valueOf(process.pid()))) {
            assertThat(kill.awaitExit()).isZero();
        }
    }

    @Test
    void whenAllAreDownTheAnswerNamesEachWithItsReason() throws Exception {
        int one = LiveProxy.freePort();
        int two = LiveProxy.freePort();
        try (LiveProxy proxy = LiveProxy.start(
                        serving("endpoints: [\"127.0.0.1:%d\", \"127.0.0.1:%d\"], health: { interval: 100ms, fall: 1 }"
                                .formatted(one, two)));
                RawClient client = proxy.connect("edge")) {
            await().atMost(Bounds.WAIT)
                    .until(() -> !proxy.endpoint("s", 0).available()
                            && !proxy.endpoint("s", 1).available());
            Reply reply = client.send(GET).readReply();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body())
                    .contains("127.0.0.1:" + one + ": connection refused")
                    .contains("127.0.0.1:" + two + ": connection refused");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aRemovedEndpointFinishesWhatItHasAndLosesItsIdleConnections() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin leaving = Origin.start(request -> request.head().startsWith("GET /slow")
                        ? Answer.after(held).then(Answer.ok("late"))
                        : Answer.ok("quick"));
                NamedServer staying = NamedServer.start("stays");
                LiveProxy proxy = LiveProxy.start(serving("endpoints: [\"" + leaving.endpoint() + "\"]"));
                RawClient slow = proxy.connect("edge");
                RawClient quick = proxy.connect("edge")) {
            slow.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
            leaving.takeRequest();
            assertThat(quick.send(GET).readReply().body()).isEqualTo("quick");
            proxy.apply(serving("endpoints: [\"" + staying.endpoint() + "\"]"));
            assertThat(quick.send(GET).readReply().body()).isEqualTo("stays");
            await().atMost(Bounds.WAIT).until(() -> leaving.openConnections() == 1);
            held.countDown();
            assertThat(slow.readReply().body()).isEqualTo("late");
            await().atMost(Bounds.WAIT).until(() -> leaving.openConnections() == 0);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void noMoreConnectionsAreOpenedThanOneEndpointMayHave() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (Origin origin = Origin.answering(Answer.after(held).then(Answer.ok("ok")));
                LiveProxy proxy = LiveProxy.start(
                        serving("endpoints: [\"" + origin.endpoint() + "\"], connections_per_endpoint: 2"));
                RawClient one = proxy.connect("edge");
                RawClient two = proxy.connect("edge");
                RawClient three = proxy.connect("edge")) {
            one.send(GET);
            two.send(GET);
            origin.takeRequest();
            origin.takeRequest();
            Reply full = three.send(GET).readReply();
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.body()).contains("connections_per_endpoint");
            held.countDown();
            assertThat(one.readReply().status()).isEqualTo(200);
            assertThat(two.readReply().status()).isEqualTo(200);
            assertThat(origin.connections()).isEqualTo(2);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anEndpointIsFoundByItsName() throws Exception {
        try (NamedServer server = NamedServer.start("named");
                LiveProxy proxy = LiveProxy.start(
                        serving("endpoints: [\"" + server.endpoint().replace("127.0.0.1", "localhost") + "\"]"));
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(GET).readReply().body()).isEqualTo("named");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anEndpointMayBeAUnixSocketThatComesAndGoes(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("s");
        try (LiveProxy proxy = LiveProxy.start(
                        serving("endpoints: [\"unix:" + path + "\"], health: { interval: 50ms, rise: 1 }"));
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(GET).readReply().status()).isBetween(502, 503);
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(path));
                Thread.ofVirtual().start(() -> answerAll(server));
                await().atMost(Bounds.WAIT).until(() -> proxy.endpoint("s", 0).available());
                for (int i = 0; i < 20; i++) {
                    assertThat(client.send(GET).readReply().body()).isEqualTo("unix");
                }
            }
            proxy.requireNothingIsLeft();
        }
    }

    private static void answerAll(ServerSocketChannel server) {
        while (server.isOpen()) {
            try {
                SocketChannel socket = server.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** One request a connection, so that each needs a new one. */
    private static void answer(SocketChannel socket) {
        try (socket) {
            if (socket.read(ByteBuffer.allocate(4096)) > 0) {
                socket.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nunix"
                        .getBytes(StandardCharsets.US_ASCII)));
            }
        } catch (IOException gone) {
            // A health check that has seen enough.
        }
    }
}
