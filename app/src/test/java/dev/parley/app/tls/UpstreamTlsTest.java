package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that are spoken to over TLS: who they have to be, and what is said where they are not. */
class UpstreamTlsTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki others;
    private static Pki.Issued server;
    private static Pki.Issued client;
    private static Origin origin;
    private static TlsProxy behind;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        others = Pki.make(folder, "others");
        server = pki.issue("server", "DNS:localhost,IP:127.0.0.1");
        client = pki.issue("client", "URI:spiffe://example.test/parley");
        Pki.Issued late = pki.issueExpired("late", "DNS:localhost");
        origin = Origin.start(request -> Answer.ok(request.line()));
        behind = TlsProxy.start(Engine.BORINGSSL, """
                listeners:
                  open: { port: 0, tls: { certificates: %s } }
                  late: { port: 0, tls: { certificates: %s } }
                  mutual: { port: 0, tls: { certificates: %s, client: required, client_ca: %s } }
                services: { s: { endpoints: [%s] } }
                routes: { o: { listener: open, to: s }, l: { listener: late, to: s }, m: { listener: mutual, to: s } }
                """.formatted(
                        server.yaml(), late.yaml(), server.yaml(), pki.ca(), origin.endpoint()));
    }

    @AfterAll
    static void end() throws IOException {
        behind.close();
        origin.close();
    }

    private static TlsProxy start(Engine engine, String endpoint, String tls, String more) throws IOException {
        return TlsProxy.start(engine, """
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: ["%s"], tls: %s %s } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(endpoint, tls, more));
    }

    private static Reply get(TlsProxy parley) throws IOException {
        try (RawClient plain = RawClient.connect(parley.port("edge"))) {
            return plain.send("GET /there HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .readReply();
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void verifiesNamesAndAddressesAndResumesSessions(Engine engine) throws Exception {
        String trusted = "{ ca: %s }".formatted(pki.ca());
        int before = behind.handshakes("open", "resumed");
        for (String host : new String[] {"localhost", "127.0.0.1"}) {
            try (TlsProxy parley = start(engine, host + ":" + behind.port("open"), trusted, ", idle_connections: 0")) {
                for (int i = 0; i < 4; i++) {
                    assertThat(get(parley).body()).isEqualTo("GET /there HTTP/1.1");
                }
            }
        }
        behind.awaitHandshakes("open", "resumed", before + 1);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void showsItsCertificateToWhoAsks(Engine engine) throws Exception {
        String tls = "{ ca: %s, certificate: %s }".formatted(pki.ca(), client.yaml());
        try (TlsProxy parley = start(engine, "localhost:" + behind.port("mutual"), tls, "")) {
            assertThat(get(parley).body()).isEqualTo("GET /there HTTP/1.1");
            behind.awaitLogged("\"client_identity\":\"spiffe://example.test/parley\"");
        }
        try (TlsProxy parley =
                start(engine, "localhost:" + behind.port("mutual"), "{ ca: %s }".formatted(pki.ca()), "")) {
            Reply refused = get(parley);
            assertThat(refused.status()).isEqualTo(502);
            assertThat(refused.body()).contains("certificate_required");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void saysWhyAnEndpointIsNotTrusted(Engine engine) throws Exception {
        int open = behind.port("open");
        refused(engine, "localhost:" + open, "{ ca: %s, name: other.test }".formatted(pki.ca()), "not for other.test");
        refused(engine, "localhost:" + open, "{ ca: %s }".formatted(others.ca()), "no authority that is trusted here");
        refused(engine, "localhost:" + open, "on", "no authority that is trusted here");
        refused(engine, "localhost:" + behind.port("late"), "{ ca: %s }".formatted(pki.ca()), "expired at");
        try (ServerSocket greeter = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> greet(greeter));
            refused(engine, "127.0.0.1:" + greeter.getLocalPort(), "on", "does not speak TLS");
        }
    }

    private static void greet(ServerSocket at) {
        while (!at.isClosed()) {
            try (Socket client = at.accept()) {
                client.getOutputStream().write("220 mail.test ready\r\n".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            } catch (IOException hungUp) {
                assertThat(hungUp).isNotNull();
            }
        }
    }

    private static void refused(Engine engine, String endpoint, String tls, String why) throws IOException {
        try (TlsProxy parley = start(engine, endpoint, tls, "")) {
            Reply reply = get(parley);
            assertThat(reply.status()).isIn(502, 503);
            assertThat(reply.body()).contains("TLS handshake: ").contains(why);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void takesAnybodyWhereToldNotToLook(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "localhost:" + behind.port("late"), "{ verify: off }", "")) {
            assertThat(get(parley).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void checksHealthOverTls(Engine engine) throws Exception {
        String health = ", health: { http: /health, interval: 100ms }";
        try (TlsProxy parley =
                start(engine, "localhost:" + behind.port("open"), "{ ca: %s }".formatted(pki.ca()), health)) {
            behind.awaitLogged("\"listener\":\"open\"", "\"target\":\"/health\"");
            assertThat(get(parley).status()).isEqualTo(200);
        }
        try (TlsProxy parley =
                start(engine, "localhost:" + behind.port("open"), "{ ca: %s }".formatted(others.ca()), health)) {
            await().atMost(Bounds.WAIT).until(() -> get(parley).body().contains("All 1 endpoints"));
            assertThat(get(parley).body()).contains("no authority that is trusted here");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void cutsABodyThatLastsUntilTheCloseWhereTheCloseIsNotSigned(Engine engine) throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                TlsProxy parley = start(
                        engine, "localhost:" + plain.getLocalPort(), "{ ca: %s }".formatted(pki.ca()), ", retries: 0");
                RawClient edge = RawClient.connect(parley.port("edge"))) {
            Thread.ofVirtual().start(() -> answerAndEnd(plain));
            edge.send("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n");
            // Cut, not ended: the last chunk never comes, and the reset may overtake what did.
            org.assertj.core.api.Assertions.assertThatThrownBy(edge::readToEnd).isInstanceOf(IOException.class);
            parley.awaitLogged("\"target\":\"/cut\"", "\"cut_short\":true");
        }
    }

    /** Answers one request without a length, and closes the socket below TLS. */
    private static void answerAndEnd(ServerSocket at) {
        try (Socket below = at.accept();
                SSLSocket socket = (SSLSocket) TlsClient.context(pki, server)
                        .getSocketFactory()
                        .createSocket(below, "localhost", below.getPort(), false)) {
            socket.setUseClientMode(false);
            RawClient reads = RawClient.over(socket);
            reads.readUntil("\r\n\r\n");
            reads.send("HTTP/1.1 200 OK\r\n\r\nhalf of it");
            below.shutdownOutput();
            below.getInputStream().readAllBytes();
        } catch (Exception ended) {
            throw new IllegalStateException(ended);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void speaksToNginx(Engine engine) throws Exception {
        Programs.require("nginx");
        int port;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = probe.getLocalPort();
        }
        Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off; pid %s/nginx.pid; error_log %s/nginx.log; events {}
                http {
                  access_log off; client_body_temp_path %s; proxy_temp_path %s;
                  fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;
                  server {
                    listen 127.0.0.1:%d ssl; ssl_certificate %s; ssl_certificate_key %s;
                    ssl_verify_client on; ssl_client_certificate %s;
                    location / { return 200 "$ssl_client_s_dn $ssl_server_name $ssl_session_reused"; }
                  }
                }
                """.formatted(
                        folder,
                        folder,
                        folder,
                        folder,
                        folder,
                        folder,
                        folder,
                        port,
                        server.certificate(),
                        server.key(),
                        pki.ca()));
        String tls = "{ ca: %s, certificate: %s }".formatted(pki.ca(), client.yaml());
        try (ChildProcess nginx = ChildProcess.start("nginx", "-c", configuration.toString());
                TlsProxy parley = start(engine, "localhost:" + port, tls, ", idle_connections: 0")) {
            await().atMost(Bounds.WAIT)
                    .until(() -> get(parley).body().startsWith("CN=client localhost") && nginx.isAlive());
            assertThat(get(parley).body().getBytes(StandardCharsets.US_ASCII)).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void limitsTheTimeOfAHandshake(Engine engine) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                TlsProxy parley = start(
                        engine,
                        "localhost:" + silent.getLocalPort(),
                        "on",
                        ", retries: 0, timeouts: { connect: 300ms }")) {
            assertThat(get(parley).body()).contains("not done in time");
        }
    }
}
