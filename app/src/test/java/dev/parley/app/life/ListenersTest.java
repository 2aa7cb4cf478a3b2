package dev.parley.app.life;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where connections begin: addresses, who is let in, the PROXY protocol, and which protocol is spoken. */
class ListenersTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private Origin origin;
    private EchoServer echo;

    @BeforeEach
    void start() throws IOException {
        origin = Origin.answering(Answer.ok("http"));
        echo = EchoServer.start();
    }

    @AfterEach
    void stop() throws IOException {
        origin.close();
        echo.close();
    }

    /** One listener of these settings, before HTTP; a TCP route where it speaks TCP. */
    private LiveProxy listening(String settings) throws IOException {
        return LiveProxy.start(yaml(settings));
    }

    private String yaml(String settings) {
        String to = settings.contains("protocol: tcp") ? echo.endpoint() : origin.endpoint();
        return """
            drain: 1s
            listeners: { edge: { %s } }
            services: { s: { endpoints: ["%s"] } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(settings, to);
    }

    @Test
    void listensOnIpv6() throws Exception {
        try (LiveProxy proxy = listening("address: \"::1\", port: 0");
                RawClient client = proxy.connect("edge")) {
            assertThat(((InetSocketAddress) proxy.address("edge")).getAddress())
                    .isEqualTo(InetAddress.ofLiteral("::1"));
            assertThat(client.send(GET).readReply().body()).isEqualTo("http");
            assertThat(origin.takeRequest().head()).containsPattern("(?i)X-Forwarded-For: [0:]*:1\\R");
        }
    }

    @Test
    void listensOnAUnixSocketThatItsOwnerAloneMayUse(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("edge.sock");
        // What a killed process leaves.
        try (ServerSocketChannel stale = ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(path).exists();
        try (LiveProxy proxy = listening("unix: " + path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            for (int i = 0; i < 8; i++) {
                assertThat(askUnix(path)).startsWith("HTTP/1.1 200 ").endsWith("http");
            }
            String taken = yaml("unix: " + path);
            assertThatThrownBy(() -> LiveProxy.start(taken))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process listens there");
            assertThat(askUnix(path)).startsWith("HTTP/1.1 200 ");
            proxy.requireNothingIsLeft();
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void aFileThatIsNoSocketIsNeverDeleted(@TempDir Path folder) throws IOException {
        Path path = Files.writeString(folder.resolve("edge.sock"), "precious");
        assertThatThrownBy(() -> listening("unix: " + path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no socket");
        assertThat(path).hasContent("precious");
    }

    private static String askUnix(Path path) throws IOException {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            client.write(ByteBuffer.wrap(
                    GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").getBytes(ISO_8859_1)));
            ByteBuffer read = ByteBuffer.allocate(64 << 10);
            int length;
            do {
                length = client.read(read);
            } while (length >= 0 && read.hasRemaining());
            return new String(read.array(), 0, read.position(), ISO_8859_1);
        }
    }

    @Test
    void turnsAwayWhoIsDeniedOrNotAllowed() throws IOException {
        for (String ranges :
                new String[] {"deny: [127.0.0.0/8]", "allow: [10.0.0.0/8]", "allow: [127.0.0.0/8], deny: [127.0.0.1/32]"
                }) {
            try (LiveProxy proxy = listening("port: 0, " + ranges);
                    RawClient client = proxy.connect("edge")) {
                assertThatThrownBy(() -> client.send(GET).readReply()).isInstanceOf(IOException.class);
                assertThat(proxy.scrape())
                        .containsPattern("connections_refused_total\\{listener=\"edge\",reason=\"denied_range\"} 1");
                proxy.requireNothingIsLeft();
            }
        }
        try (LiveProxy proxy = listening("port: 0, allow: [127.0.0.1/32]");
                RawClient client = proxy.connect("edge")) {
            assertThat(client.send(GET).readReply().status()).isEqualTo(200);
        }
    }

    @Test
    void closesConnectionsOverTheLimitAndTakesThemWhenThereIsRoom() throws IOException {
        try (LiveProxy proxy = listening("port: 0, limits: { connections: 2 }");
                RawClient one = proxy.connect("edge")) {
            try (RawClient two = proxy.connect("edge")) {
                assertThat(one.send(GET).readReply().status()).isEqualTo(200);
                assertThat(two.send(GET).readReply().status()).isEqualTo(200);
                try (RawClient three = proxy.connect("edge")) {
                    assertThatThrownBy(() -> three.send(GET).readReply()).isInstanceOf(IOException.class);
                }
            }
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.listenerMetrics("edge").connectionsOpen() == 1);
            try (RawClient next = proxy.connect("edge")) {
                assertThat(next.send(GET).readReply().status()).isEqualTo(200);
            }
            one.close();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aPortInUseSaysSoAndWhatToDo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> listening("port: " + taken.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Listener edge cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("stop it, or choose another address");
        }
        try (LiveProxy first = listening("port: 0")) {
            int port = first.port("edge");
            assertThatThrownBy(() -> listening("port: " + port)).hasMessageContaining("Another process listens there");
        }
    }

    @Test
    void connectionsSpreadOverTheEventLoops() throws IOException {
        try (LiveProxy proxy = listening("port: 0, protocol: tcp")) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                clients.add(proxy.connect("edge"));
            }
            for (RawClient client : clients) {
                assertThat(client.send("x").readText(1)).isEqualTo("x");
                client.close();
            }
            assertThat(echo.openConnections()).isLessThanOrEqualTo(64);
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void readsWhoTheClientIsFromAProxyHeader() throws Exception {
        try (LiveProxy proxy = listening("port: 0, proxy_protocol: required")) {
            try (RawClient client = proxy.connect("edge")) {
                client.send("PROXY TCP4 192.0.2.7 198.51.100.1 5555 80\r\n" + GET);
                assertThat(client.readReply().status()).isEqualTo(200);
                assertThat(origin.takeRequest().head()).contains("192.0.2.7");
            }
            try (RawClient client = proxy.connect("edge")) {
                byte[] header = {
                    0x0D,
                    0x0A,
                    0x0D,
                    0x0A,
                    0x00,
                    0x0D,
                    0x0A,
                    0x51,
                    0x55,
                    0x49,
                    0x54,
                    0x0A,
                    0x21,
                    0x11,
                    0,
                    12,
                    (byte) 192,
                    0,
                    2,
                    9,
                    (byte) 198,
                    51,
                    100,
                    1,
                    0x15,
                    (byte) 0xB3,
                    0,
                    80
                };
                // In two pieces, as the network may have it.
                client.send(java.util.Arrays.copyOf(header, 5));
                client.send(java.util.Arrays.copyOfRange(header, 5, header.length))
                        .send(GET);
                assertThat(client.readReply().status()).isEqualTo(200);
                assertThat(origin.takeRequest().head()).contains("192.0.2.9");
            }
            try (RawClient client = proxy.connect("edge")) {
                assertThatThrownBy(() -> client.send(GET).readReply()).isInstanceOf(IOException.class);
            }
            assertThat(origin.waitingRequests()).isZero();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void haproxyTellsWhoItsClientIs(@TempDir Path folder) throws Exception {
        Path haproxy = Programs.require("haproxy");
        int one = LiveProxy.freePort();
        int two = LiveProxy.freePort();
        try (LiveProxy proxy = listening("port: 0, proxy_protocol: required")) {
            Path configuration = Files.writeString(
                    folder.resolve("haproxy.cfg"), """
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 20s
                  timeout server 20s
                listen v1
                  bind 127.0.0.1:%d
                  server parley 127.0.0.1:%d send-proxy
                listen v2
                  bind 127.0.0.1:%d
                  server parley 127.0.0.1:%d send-proxy-v2
                """.formatted(one, proxy.port("edge"), two, proxy.port("edge")));
            try (ChildProcess peer = ChildProcess.start(haproxy.toString(), "-db", "-f", configuration.toString())) {
                for (int port : new int[] {one, two}) {
                    await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
                        RawClient.connect(port).close();
                        return true;
                    });
                    try (RawClient client = RawClient.connect(port)) {
                        assertThat(client.send(GET).readReply().status()).isEqualTo(200);
                        assertThat(proxy.awaitLogged("\"target\":\"/\"")).contains("\"client\":\"127.0.0.1");
                    }
                }
                assertThat(peer.isAlive()).isTrue();
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void findsOutWhichProtocolBegins() throws IOException {
        try (LiveProxy proxy = LiveProxy.start("""
            listeners: { edge: { port: 0, protocol: auto } }
            services:
              web: { endpoints: ["%s"] }
              echo: { endpoints: ["%s"] }
            routes:
              web: { listener: edge, path: /web, to: web }
              rest: { listener: edge, to: echo }
            """.formatted(origin.endpoint(), echo.endpoint()))) {
            try (RawClient http = proxy.connect("edge")) {
                http.send("GE");
                http.send(GET.substring(2).replace("/ ", "/web "));
                assertThat(http.readReply().body()).isEqualTo("http");
            }
            try (RawClient tcp = proxy.connect("edge")) {
                assertThat(tcp.send("GETAWAY").readText(7)).isEqualTo("GETAWAY");
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aSilentClientOfAnAutoListenerHearsTheServerSpeakFirst() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                LiveProxy proxy = LiveProxy.start(yaml("port: 0, protocol: auto")
                        .replace(origin.endpoint(), "127.0.0.1:" + server.getLocalPort()));
                RawClient client = proxy.connect("edge")) {
            server.setSoTimeout((int) Bounds.WAIT.toMillis());
            try (Socket socket = server.accept();
                    OutputStream out = socket.getOutputStream()) {
                out.write("220 ready".getBytes(ISO_8859_1));
                assertThat(client.readText(9)).isEqualTo("220 ready");
            }
            client.close();
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aConnectionThatHasNotBegunIsCutWithTheDrainToo() throws IOException {
        try (LiveProxy proxy = listening("port: 0, proxy_protocol: required");
                RawClient client = proxy.connect("edge")) {
            await().atMost(Bounds.WAIT)
                    .until(() -> proxy.listenerMetrics("edge").connectionsOpen() == 1);
            proxy.apply("drain: 200ms\nlisteners: {}\nservices: {}\nroutes: {}\n");
            // Long before the ten seconds that a header may take.
            assertThat(client.readToEnd()).isEmpty();
            proxy.requireNothingIsLeft();
        }
    }
}
