package dev.parley.app.life;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WebSocket over HTTP/1.1 through a proxy: the JDK's client, a server of others, and sockets where bytes matter. */
class WebSocketTest {
    private static final String NOTHING = "drain: 5s\nlisteners: {}\nservices: {}\nroutes: {}\n";

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private Echo server;

    @BeforeEach
    void start() throws InterruptedException {
        server = new Echo();
        server.start();
        assertThat(server.started.await(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.stop(100);
    }

    private static String to(int port, String listener) {
        return """
            drain: 5s
            listeners: { edge: { port: 0 %s } }
            services: { s: { endpoints: ["127.0.0.1:%d"] } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(listener, port);
    }

    /** Sends back what it gets, and tells the test how connections end. */
    private final class Echo extends WebSocketServer {
        private final CountDownLatch started = new CountDownLatch(1);

        Echo() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }

        @Override
        public void onStart() {
            started.countDown();
        }

        @Override
        public void onOpen(org.java_websocket.WebSocket socket, ClientHandshake handshake) {
            heard.add("server open " + handshake.getFieldValue("Sec-WebSocket-Version"));
        }

        @Override
        public void onMessage(org.java_websocket.WebSocket socket, String message) {
            if (message.startsWith("close ")) {
                socket.close(Integer.parseInt(message.substring(6)), "asked to");
            } else {
                socket.send(message);
            }
        }

        @Override
        public void onMessage(org.java_websocket.WebSocket socket, ByteBuffer message) {
            socket.send(message);
        }

        @Override
        public void onClose(org.java_websocket.WebSocket socket, int code, String reason, boolean remote) {
            heard.add("server closed " + code + (remote ? " by its peer" : ""));
        }

        @Override
        public void onError(org.java_websocket.WebSocket socket, Exception error) {
            heard.add("server error");
        }
    }

    /** Gathers messages; says what it hears of the end. */
    private final class Client implements WebSocket.Listener {
        private final BlockingQueue<Object> messages = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        WebSocket open(LiveProxy proxy) {
            return HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .connectTimeout(Bounds.WAIT)
                    .buildAsync(URI.create("ws://127.0.0.1:" + proxy.port("edge") + "/"), this)
                    .join();
        }

        Object take() throws InterruptedException {
            Object taken = messages.poll(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
            if (taken == null) {
                throw new AssertionError("nothing came in time");
            }
            return taken;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                messages.add(text.toString());
                text.setLength(0);
            }
            return WebSocket.Listener.super.onText(socket, data, last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            bytes.writeBytes(part);
            if (last) {
                messages.add(bytes.toByteArray());
                bytes.reset();
            }
            return WebSocket.Listener.super.onBinary(socket, data, last);
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            messages.add("pong");
            return WebSocket.Listener.super.onPong(socket, message);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("client closed " + code);
            return WebSocket.Listener.super.onClose(socket, code, reason);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            heard.add("client error");
        }
    }

    private void awaitHeard(String... all) {
        await().atMost(Bounds.WAIT).untilAsserted(() -> assertThat(heard).contains(all));
    }

    @Test
    void messagesPassWholeInFragmentsLargeAndAsPings() throws Exception {
        byte[] large = new byte[3 << 20];
        new Random(5).nextBytes(large);
        try (LiveProxy proxy = LiveProxy.start(to(server.getPort(), ""))) {
            Client client = new Client();
            WebSocket socket = client.open(proxy);
            awaitHeard("server open 13");
            socket.sendText("hello", true).join();
            assertThat(client.take()).isEqualTo("hello");
            socket.sendText("in ", false).join();
            socket.sendText("three ", false).join();
            socket.sendText("parts", true).join();
            assertThat(client.take()).isEqualTo("in three parts");
            socket.sendPing(ByteBuffer.wrap(new byte[] {1, 2, 3})).join();
            assertThat(client.take()).isEqualTo("pong");
            socket.sendBinary(ByteBuffer.wrap(large), true).join();
            assertThat((byte[]) client.take()).isEqualTo(large);
            socket.sendClose(4001, "done").join();
            awaitHeard("server closed 4001 by its peer");
            assertThat(proxy.awaitLogged("\"status\":101")).contains("\"outcome\":\"tunnelled\"");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void theServersCloseCodePasses() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(to(server.getPort(), ""))) {
            WebSocket socket = new Client().open(proxy);
            socket.sendText("close 4002", true).join();
            awaitHeard("client closed 4002");
            proxy.awaitLogged("\"status\":101");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aDrainTellsBothSidesToGoAndEndsWhenTheyHave() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(to(server.getPort(), ""))) {
            Client client = new Client();
            WebSocket socket = client.open(proxy);
            socket.sendText("hello", true).join();
            assertThat(client.take()).isEqualTo("hello");
            proxy.apply(NOTHING);
            awaitHeard("client closed 1001", "server closed 1001 by its peer");
            assertThat(proxy.awaitLogged("\"status\":101")).contains("going-away");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void isAskedToGoBeforeAnEndpointThatWasRemovedIsCut() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(to(server.getPort(), ""))) {
            Client client = new Client();
            WebSocket socket = client.open(proxy);
            socket.sendText("hello", true).join();
            assertThat(client.take()).isEqualTo("hello");
            proxy.apply(to(LiveProxy.freePort(), ""));
            awaitHeard("client closed 1001", "server closed 1001 by its peer");
            assertThat(proxy.awaitLogged("\"status\":101")).contains("going-away");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void isAskedToGoWhereItsEndpointIsToHaveLess() throws Exception {
        String at = "\"127.0.0.1:%d\"".formatted(server.getPort());
        String yaml = to(server.getPort(), "")
                .replace("endpoints:", "rebalance: { per_minute: 100%, least_age: 0s }, endpoints:");
        try (LiveProxy proxy = LiveProxy.start(yaml)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                RawClient client = proxy.connect("edge");
                client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
                assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101 ");
                clients.add(client);
            }
            // All of what is there is above the share of an endpoint that is to have none: in a minute all would be
            // asked.
            proxy.apply(yaml.replace(at, "{ address: " + at + ", weight: 0 }"));
            awaitHeard("server closed 1001 by its peer");
            String metric = "parley_service_rebalanced_total{service=\"s\"} ";
            await().atMost(Bounds.WAIT).until(() -> !proxy.scrape().contains(metric + "0"));
            int asked = 0;
            for (RawClient client : clients) {
                if (!client.staysSilentFor(Duration.ofMillis(1))) {
                    assertThat(client.readText(4)).startsWith("\u0088").endsWith("\u0003\u00e9");
                    asked++;
                }
                client.close();
            }
            assertThat(asked).isBetween(1, 90);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aDrainWaitsForTheEndOfAFrame() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(to(raw.getLocalPort(), ""));
                RawClient client = proxy.connect("edge");
                Socket endpoint = upgrade(client, raw, "websocket")) {
            // A masked frame of six bytes, of which two are there.
            client.send(new byte[] {(byte) 0x82, (byte) 0x86, 1, 2, 3, 4, 'a', 'b'});
            assertThat(endpoint.getInputStream().readNBytes(8)).hasSize(8);
            proxy.apply(NOTHING);
            assertThat(client.read(4)).containsExactly(0x88, 2, 3, 0xE9);
            client.send(new byte[] {'c', 'd', 'e', 'f', (byte) 0x81, (byte) 0x80, 0, 0, 0, 0});
            byte[] rest = endpoint.getInputStream().readNBytes(12);
            assertThat(new String(rest, 0, 4, ISO_8859_1)).isEqualTo("cdef");
            assertThat(rest[4]).isEqualTo((byte) 0x88);
            assertThat(rest[5]).isEqualTo((byte) 0x82);
            assertThat((((rest[10] ^ rest[6]) & 0xFF) << 8) | ((rest[11] ^ rest[7]) & 0xFF))
                    .isEqualTo(1001);
            // Each answers with a Close frame of its own, which goes no further; then both connections end in order.
            client.send(new byte[] {(byte) 0x88, (byte) 0x80, 0, 0, 0, 0});
            endpoint.getOutputStream().write(new byte[] {(byte) 0x88, 0});
            assertThat(client.readToEnd()).isEmpty();
            assertThat(endpoint.getInputStream().read()).isNegative();
            proxy.awaitLogged("going-away");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void whoeverDoesNotAnswerIsCutWhenTheDrainEnds() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(to(raw.getLocalPort(), "").replace("5s", "1s"));
                RawClient client = proxy.connect("edge");
                Socket endpoint = upgrade(client, raw, "websocket")) {
            proxy.apply(NOTHING.replace("5s", "1s"));
            assertThat(client.read(4)).containsExactly(0x88, 2, 3, 0xE9);
            assertThat(endpoint.getInputStream().readNBytes(8)).hasSize(8);
            assertThat(proxy.awaitLogged("\"status\":101")).contains("\"outcome\":\"drained\"");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aTunnelOfAnotherProtocolIsLeftAloneUntilTheDrainEnds() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(to(raw.getLocalPort(), "").replace("5s", "2s"));
                RawClient client = proxy.connect("edge");
                Socket endpoint = upgrade(client, raw, "chat")) {
            proxy.apply(NOTHING.replace("5s", "2s"));
            client.send("ping");
            assertThat(new String(endpoint.getInputStream().readNBytes(4), ISO_8859_1))
                    .isEqualTo("ping");
            assertThat(proxy.awaitLogged("\"status\":101")).contains("\"outcome\":\"drained\"");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aSideThatEndsItsOutputStillReads() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(to(raw.getLocalPort(), ""));
                RawClient client = proxy.connect("edge");
                Socket endpoint = upgrade(client, raw, "websocket")) {
            client.send("last").shutdownOutput();
            assertThat(new String(endpoint.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("last");
            endpoint.getOutputStream().write("answer".getBytes(ISO_8859_1));
            endpoint.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("answer");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anIdleTunnelIsCut() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(to(server.getPort(), ", timeouts: { tunnel: 300ms }"))) {
            WebSocket socket = new Client().open(proxy);
            assertThat(proxy.awaitLogged("\"status\":101")).contains("idle-limit");
            awaitHeard("client error");
            socket.abort();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void anEndpointThatDiesIsSeenByTheClient() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(to(raw.getLocalPort(), ""));
                RawClient client = proxy.connect("edge")) {
            Socket endpoint = upgrade(client, raw, "websocket");
            endpoint.setSoLinger(true, 0);
            endpoint.close();
            assertThatThrownBy(client::readToEnd).hasMessageContaining("reset");
            proxy.awaitLogged("endpoint-ended");
            proxy.requireNothingIsLeft();
        }
    }

    private static Socket upgrade(RawClient client, ServerSocket raw, String protocol) throws IOException {
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        raw.setSoTimeout((int) Bounds.WAIT.toMillis());
        Socket endpoint = raw.accept();
        endpoint.setSoTimeout((int) Bounds.WAIT.toMillis());
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) endpoint.getInputStream().read());
        }
        assertThat(head).contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        String switching =
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n";
        endpoint.getOutputStream().write(switching.getBytes(ISO_8859_1));
        assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
        return endpoint;
    }
}
