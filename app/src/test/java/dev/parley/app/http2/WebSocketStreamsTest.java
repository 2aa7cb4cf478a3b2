package dev.parley.app.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import dev.parley.testkit.http2.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WebSocket over streams of HTTP/2 (RFC 8441), and bridged to and from HTTP/1.1. */
class WebSocketStreamsTest {
    /** "hi" as a text frame: masked with zeros as a client sends it, and bare as a server does. */
    private static final String MASKED_HI = "\u0081\u0082\0\0\0\0hi";

    private static final String NOTHING = "drain: 5s\nlisteners: {}\nservices: {}\nroutes: {}\n";
    private static final String HI = "\u0081\u0002hi";
    private static final String MASKED_CLOSE = "\u0088\u0082\0\0\0\0\u0003\u00e8";
    private final Echo echo = new Echo();

    @BeforeEach
    void start() throws InterruptedException {
        echo.start();
        assertThat(echo.started.await(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
    }

    @AfterEach
    void stop() throws InterruptedException {
        echo.stop(100);
    }

    private static void connect(Http2Client client, int stream) throws Exception {
        client.headers(
                stream,
                Frame.NONE,
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "http",
                ":path",
                "/chat",
                ":authority",
                "chat.example",
                "sec-websocket-version",
                "13");
    }

    private static byte[] octets(String latin) {
        return latin.getBytes(ISO_8859_1);
    }

    @Test
    void streamReachesServerOfHttp1() throws Exception {
        try (Front front = Front.beforePort(echo.getPort());
                Http2Client client = front.http2()) {
            connect(client, 1);
            Message head = client.head(1);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.head().lines())
                    .noneMatch(line -> line.startsWith("upgrade")
                            || line.startsWith("connection")
                            || line.startsWith("sec-websocket-accept"));
            client.send(new Frame(Frame.DATA, Frame.NONE, 1, octets(MASKED_HI)));
            client.await(1, message -> message.bodyBytes() == HI.length());
            assertThat(client.message(1).bodyOctets()).isEqualTo(octets(HI));
            client.send(new Frame(Frame.DATA, Frame.NONE, 1, octets(MASKED_CLOSE)));
            assertThat(client.response(1).bodyBytes()).isGreaterThan(HI.length());
            client.send(new Frame(Frame.DATA, Frame.END_STREAM, 1, new byte[0]));
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void refusalOfServerOfHttp1IsPassedOn() throws Exception {
        try (Front front = Front.beforePort(echo.getPort());
                Http2Client client = front.http2()) {
            client.headers(
                    1,
                    Frame.NONE,
                    ":method",
                    "CONNECT",
                    ":protocol",
                    "websocket",
                    ":scheme",
                    "http",
                    ":path",
                    "/",
                    ":authority",
                    "a",
                    "sec-websocket-version",
                    "7");
            assertThat(client.head(1).status()).isGreaterThanOrEqualTo(400);
        }
    }

    /** A success is a tunnel to who asked with CONNECT, and there is none. */
    @Test
    void answerThatIsNoTunnelIsNotPassedOnAsOne() throws Exception {
        try (Origin origin = Origin.start(request -> Answer.ok("just a page"));
                Front front = Front.before(origin);
                Http2Client client = front.http2()) {
            client.headers(
                    1,
                    Frame.NONE,
                    ":method",
                    "CONNECT",
                    ":protocol",
                    "websocket",
                    ":scheme",
                    "http",
                    ":path",
                    "/",
                    ":authority",
                    "a");
            assertThat(client.head(1).status()).isEqualTo(502);
        }
    }

    @Test
    void clientOfHttp1ReachesStream() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server)) {
            Heard heard = new Heard();
            var opened = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + front.port() + "/chat"), heard);
            var endpoint = server.accept(Settings.ENABLE_CONNECT_PROTOCOL, 1);
            Message request = endpoint.awaitHead();
            assertThat(request.value(":method")).isEqualTo("CONNECT");
            assertThat(request.value(":protocol")).isEqualTo("websocket");
            assertThat(request.value("sec-websocket-version")).isEqualTo("13");
            assertThat(request.head().lines())
                    .noneMatch(line -> line.startsWith("upgrade")
                            || line.startsWith("connection")
                            || line.startsWith("sec-websocket-key"));
            endpoint.headers(request.stream(), Frame.NONE, ":status", "200");
            WebSocket socket = opened.get(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
            endpoint.send(new Frame(Frame.DATA, Frame.NONE, request.stream(), octets(HI)));
            assertThat(heard.next()).isEqualTo("hi");
            socket.sendText("hello", true);
            endpoint.await(request.stream(), message -> message.bodyBytes() == 2 + 4 + 5);
            socket.abort();
            endpoint.await(request.stream(), message -> message.resetWith().isPresent() || message.isWhole());
            front.requireNothingIsLeft();
        }
    }

    @Test
    void endpointThatTakesNoTunnelsIsSaidToBeTheReason() throws Exception {
        try (Http2Server server = Http2Server.answering("hello");
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            connect(client, 1);
            Message answer = client.head(1);
            assertThat(answer.status()).isEqualTo(502);
            client.await(1, message -> message.body().contains("RFC 8441"));
        }
    }

    @Test
    void streamIsTunnelledToStream() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            connect(client, 1);
            var endpoint = server.accept(Settings.ENABLE_CONNECT_PROTOCOL, 1);
            Message request = endpoint.awaitHead();
            assertThat(request.value(":protocol")).isEqualTo("websocket");
            endpoint.headers(request.stream(), Frame.NONE, ":status", "200", "x-a", "b");
            assertThat(client.head(1).value("x-a")).isEqualTo("b");
            client.data(1, Frame.NONE, "to the endpoint");
            endpoint.await(request.stream(), message -> message.body().equals("to the endpoint"));
            endpoint.data(request.stream(), Frame.NONE, "to the client");
            client.await(1, message -> message.body().equals("to the client"));
            client.data(1, Frame.END_STREAM, "");
            endpoint.await(request.stream(), Message::isWhole);
            endpoint.data(request.stream(), Frame.END_STREAM, "");
            client.response(1);
            front.requireNothingIsLeft();
        }
    }

    @Test
    void drainAsksBothSidesToGo() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            connect(client, 1);
            var endpoint = server.accept(Settings.ENABLE_CONNECT_PROTOCOL, 1);
            Message request = endpoint.awaitHead();
            endpoint.headers(request.stream(), Frame.NONE, ":status", "200");
            client.head(1);
            front.parley().apply(NOTHING);
            client.await(1, message -> message.bodyBytes() == 4);
            assertThat(client.message(1).bodyOctets()).isEqualTo(octets("\u0088\u0002\u0003\u00e9"));
            endpoint.await(request.stream(), message -> message.bodyBytes() == 8);
            client.send(new Frame(Frame.DATA, Frame.NONE, 1, octets(MASKED_CLOSE)));
            endpoint.send(new Frame(Frame.DATA, Frame.NONE, request.stream(), octets("\u0088\u0002\u0003\u00e9")));
            assertThat(client.response(1).bodyBytes()).isEqualTo(4);
        }
    }

    /** What the JDK's client is told. */
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();

        String next() throws InterruptedException {
            return texts.poll(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            texts.add(data.toString());
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Sends back what it gets. */
    private static final class Echo extends WebSocketServer {
        private final CountDownLatch started = new CountDownLatch(1);

        Echo() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }

        @Override
        public void onStart() {
            started.countDown();
        }

        @Override
        public void onOpen(org.java_websocket.WebSocket socket, ClientHandshake handshake) {}

        @Override
        public void onMessage(org.java_websocket.WebSocket socket, String message) {
            socket.send(message);
        }

        @Override
        public void onMessage(org.java_websocket.WebSocket socket, ByteBuffer message) {
            socket.send(message);
        }

        @Override
        public void onClose(org.java_websocket.WebSocket socket, int code, String reason, boolean remote) {}

        @Override
        public void onError(org.java_websocket.WebSocket socket, Exception error) {}
    }
}
