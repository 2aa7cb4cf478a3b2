package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients send instead of a handshake, and that it is told what it was. */
class BrokenHandshakesTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki.Issued server;
    private static Origin origin;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        server = pki.issue("server", "DNS:localhost");
        origin = Origin.start(request -> Answer.ok("hello"));
    }

    @AfterAll
    static void end() throws IOException {
        origin.close();
    }

    private static TlsProxy start(Engine engine, String more) throws IOException {
        return TlsProxy.start(engine, """
                listeners: { edge: { port: 0, tls: { certificates: %s %s } } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(server.yaml(), more, origin.endpoint()));
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void tellsWhoSpeaksPlainHttpInPlainHttp(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "");
                RawClient client = RawClient.connect(parley.port("edge"))) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                            .readReply()
                            .status())
                    .isEqualTo(400);
            assertThat(client.readToEnd()).isEmpty();
            parley.awaitLogged("\"protocol\":\"tls\"", "\"reason\":\"plain-http\"", "\"fault\":\"client\"");
            assertThat(parley.handshakes("edge", "plain-http")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void closesOnWhatIsNoTls(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "");
                RawClient client = RawClient.connect(parley.port("edge"))) {
            assertThat(client.send("SSH-2.0-OpenSSH_9.2\r\n").readToEnd()).isEmpty();
            parley.awaitHandshakes("edge", "not-tls", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void survivesRandomBytesAfterAHandshakeAndInsteadOfOne(Engine engine) throws Exception {
        Random random = new Random(11);
        try (TlsProxy parley = start(engine, "")) {
            for (int i = 0; i < 40; i++) {
                byte[] noise = new byte[1 + random.nextInt(2000)];
                random.nextBytes(noise);
                // Half of them look like a record with a ClientHello, the rest of which is noise.
                if (i % 2 == 0 && noise.length > 9) {
                    byte[] head = {22, 3, 1, (byte) ((noise.length - 5) >> 8), (byte) (noise.length - 5), 1, 0};
                    System.arraycopy(head, 0, noise, 0, head.length);
                    noise[7] = (byte) ((noise.length - 9) >> 8);
                    noise[8] = (byte) (noise.length - 9);
                }
                try (RawClient client = RawClient.connect(parley.port("edge"))) {
                    client.send(noise).shutdownOutput();
                    client.readToEnd();
                } catch (IOException reset) {
                    assertThat(reset).hasMessageContaining("reset");
                }
            }
            brokenRecord(parley);
            assertThat(TlsClient.trusting(pki).get(parley.port("edge"), "/").body())
                    .isEqualTo("hello");
            await().atMost(Bounds.WAIT)
                    .until(() -> parley.metrics().contains("parley_listener_connections_open{listener=\"edge\"} 0"));
        }
    }

    /** A record that nobody sealed, after a handshake. */
    private static void brokenRecord(TlsProxy parley) throws Exception {
        try (Socket below = new Socket(InetAddress.getLoopbackAddress(), parley.port("edge"));
                SSLSocket socket = (SSLSocket) TlsClient.context(pki, null)
                        .getSocketFactory()
                        .createSocket(below, "localhost", below.getPort(), false)) {
            socket.startHandshake();
            byte[] record = new byte[105];
            record[0] = 23;
            record[1] = 3;
            record[2] = 3;
            record[4] = 100;
            below.getOutputStream().write(record);
            assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bad_record_mac");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void cutsHandshakesThatTakeTooLongHoweverTheyTrickle(Engine engine) throws Exception {
        byte[] begin = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
        try (TlsProxy parley = start(engine, ", handshake_timeout: 400ms");
                RawClient silent = RawClient.connect(parley.port("edge"));
                RawClient trickling = RawClient.connect(parley.port("edge"))) {
            Thread trickle = Thread.ofVirtual().start(() -> {
                try {
                    for (byte each : begin) {
                        trickling.send(new byte[] {each});
                        Thread.sleep(100);
                    }
                } catch (IOException | InterruptedException cut) {
                    return;
                }
            });
            assertThat(silent.readToEnd()).isEmpty();
            trickle.join();
            parley.awaitHandshakes("edge", "handshake-timeout", 2);
            parley.awaitLogged("\"reason\":\"handshake-timeout\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void takesAClientHelloByteByByte(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "");
                java.net.ServerSocket slow = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> relayByteByByte(slow, parley.port("edge")));
            assertThat(TlsClient.trusting(pki).get(slow.getLocalPort(), "/").body())
                    .isEqualTo("hello");
        }
    }

    private static void relayByteByByte(java.net.ServerSocket slow, int port) {
        try (Socket client = slow.accept();
                Socket edge = new Socket(InetAddress.getLoopbackAddress(), port)) {
            edge.setTcpNoDelay(true);
            Thread.ofVirtual().start(() -> {
                try {
                    edge.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException over) {
                    return;
                }
            });
            for (int next = client.getInputStream().read();
                    next >= 0;
                    next = client.getInputStream().read()) {
                edge.getOutputStream().write(next);
            }
        } catch (IOException over) {
            return;
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void tellsWhoLeavesInTheMiddle(Engine engine) throws Exception {
        byte[] begin = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
        try (TlsProxy parley = start(engine, "");
                RawClient leaves = RawClient.connect(parley.port("edge"))) {
            leaves.send(begin).shutdownOutput();
            leaves.readToEnd();
            parley.awaitHandshakes("edge", "closed-in-handshake", 1);
        }
    }
}
