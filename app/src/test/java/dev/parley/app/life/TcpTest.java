package dev.parley.app.life;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.RawClient;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** TCP through a proxy: whatever the two sides do to each other must arrive as if there were nothing between them. */
class TcpTest {
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        server.setSoTimeout((int) Bounds.WAIT.toMillis());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static String to(String endpoints, String listener) {
        return """
            listeners: { edge: { port: 0, protocol: tcp %s } }
            services: { s: { endpoints: [%s] } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(listener, endpoints);
    }

    private LiveProxy proxy() throws IOException {
        return LiveProxy.start(to(endpoint(), ""));
    }

    private String endpoint() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private Socket accept() throws IOException {
        Socket socket = server.accept();
        socket.setSoTimeout((int) Bounds.WAIT.toMillis());
        return socket;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    @Test
    void theServerMaySpeakFirst() throws IOException {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            socket.getOutputStream().write(bytes("220 ready"));
            assertThat(client.readText(9)).isEqualTo("220 ready");
        }
    }

    @Test
    void aClientThatEndsItsSideStillReadsTheAnswer() throws IOException {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            client.send("question").shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("question");
            socket.getOutputStream().write(bytes("answer"));
            socket.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("answer");
            String line = proxy.awaitLogged("\"tcp\"");
            assertThat(line).contains("\"request_bytes\":8").contains("\"response_bytes\":6");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aServerThatEndsItsSideStillReadsTheRest() throws IOException {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            socket.getOutputStream().write(bytes("hello"));
            socket.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("hello");
            client.send("rest").shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("rest");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void everythingSentBeforeTheEndArrivesAtASlowReader() throws Exception {
        byte[] sent = new byte[8 << 20];
        new Random(7).nextBytes(sent);
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            client.shutdownOutput();
            Thread sender = Thread.ofVirtual().start(() -> {
                try (socket) {
                    socket.getOutputStream().write(sent);
                } catch (IOException broken) {
                    throw new AssertionError(broken);
                }
            });
            int at = 0;
            while (at < sent.length) {
                int step = Math.min(256 << 10, sent.length - at);
                assertThat(client.read(step)).isEqualTo(java.util.Arrays.copyOfRange(sent, at, at + step));
                at += step;
            }
            assertThat(client.readToEnd()).isEmpty();
            sender.join();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aReaderThatStopsHoldsItsPeerBackInBoundedMemory() throws Exception {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            long before = PlatformDependent.usedDirectMemory();
            java.util.concurrent.atomic.AtomicLong written = new java.util.concurrent.atomic.AtomicLong();
            Thread sender = Thread.ofVirtual().start(() -> {
                byte[] chunk = new byte[64 << 10];
                try {
                    while (true) {
                        socket.getOutputStream().write(chunk);
                        written.addAndGet(chunk.length);
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
            // It stands still once every buffer on the way is full.
            await().atMost(Bounds.WAIT).during(java.time.Duration.ofMillis(300)).until(new Standing(written)::still);
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(8 << 20);
            client.close();
            sender.join();
            proxy.requireNothingIsLeft();
        }
    }

    /** Whether a counter has stopped: it is what it was at the last look. */
    private static final class Standing {
        private final java.util.concurrent.atomic.AtomicLong counter;
        private long last = -1;

        Standing(java.util.concurrent.atomic.AtomicLong counter) {
            this.counter = counter;
        }

        boolean still() {
            long now = counter.get();
            boolean still = now == last && now > 0;
            last = now;
            return still;
        }
    }

    @Test
    void aResetByTheClientReachesTheServerAsOne() throws Exception {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            client.send("half");
            assertThat(socket.getInputStream().readNBytes(4)).hasSize(4);
            client.reset();
            assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
            assertThat(proxy.awaitLogged("client-ended")).contains("\"request_bytes\":4");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aResetByTheServerReachesTheClientAsOne() throws Exception {
        try (LiveProxy proxy = proxy();
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            socket.getOutputStream().write(bytes("half"));
            assertThat(client.readText(4)).isEqualTo("half");
            socket.setSoLinger(true, 0);
            socket.close();
            assertThatThrownBy(client::readToEnd).hasMessageContaining("reset");
            proxy.awaitLogged("endpoint-ended");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anEndpointThatCannotBeConnectedToIsPassedOver() throws IOException {
        try (EchoServer echo = EchoServer.start();
                LiveProxy proxy =
                        LiveProxy.start(to("127.0.0.1:" + LiveProxy.freePort() + ", " + echo.endpoint(), ""))) {
            for (int i = 0; i < 8; i++) {
                try (RawClient client = proxy.connect("edge")) {
                    assertThat(client.send("ping").readText(4)).isEqualTo("ping");
                }
            }
            assertThat(proxy.endpoint("s", 0).standing().reason()).contains("refused");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aConnectionWithoutAnEndpointIsResetAndSaysWhyInTheLog() throws IOException {
        String nobody = "127.0.0.1:" + LiveProxy.freePort();
        try (LiveProxy proxy = LiveProxy.start(to(nobody, ""))) {
            // The reset may come before the client's connect has returned, or after.
            assertThatThrownBy(() -> connectAndRead(proxy)).isInstanceOf(IOException.class);
            assertThat(proxy.awaitLogged("\"tcp\"")).contains("no-endpoint");
            proxy.requireNothingIsLeft();
        }
    }

    private static void connectAndRead(LiveProxy proxy) throws IOException {
        try (RawClient client = proxy.connect("edge")) {
            client.read(1);
        }
    }

    @Test
    void aConnectionThatIsIdleTooLongIsCut() throws IOException {
        try (LiveProxy proxy = LiveProxy.start(to(endpoint(), ", timeouts: { tunnel: 200ms }"));
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            client.send("x");
            assertThat(socket.getInputStream().read()).isEqualTo('x');
            assertThatThrownBy(() -> client.read(1)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void whatTheClientSentBeforeTheEndpointWasThereIsKept() throws Exception {
        byte[] much = new byte[1 << 20];
        new Random(11).nextBytes(much);
        try (LiveProxy proxy = LiveProxy.start(to(endpoint(), "").replace("protocol: tcp", "protocol: auto"));
                RawClient client = proxy.connect("edge")) {
            long before = PlatformDependent.usedDirectMemory();
            client.send(much).shutdownOutput();
            try (Socket socket = accept()) {
                assertThat(socket.getInputStream().readAllBytes()).isEqualTo(much);
            }
            proxy.requireNothingIsLeft();
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(16 << 20);
        }
    }
}
