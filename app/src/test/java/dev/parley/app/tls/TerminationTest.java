package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients' TLS ends at Parley: versions, certificates by name, protocols, and bodies of any size. */
class TerminationTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki.Issued localhost;
    private static Pki.Issued wildcard;
    private static Origin origin;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        localhost = pki.issue("localhost", "DNS:localhost,IP:127.0.0.1");
        wildcard = pki.issue("wildcard", "DNS:*.example.test,DNS:example.test");
        origin = Origin.start(request -> Answer.ok(request.head() + request.body()));
    }

    @AfterAll
    static void end() throws IOException {
        origin.close();
    }

    private static TlsProxy start(Engine engine, String listener) throws IOException {
        return TlsProxy.start(engine, """
                listeners: { edge: { port: 0, %s } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(listener, origin.endpoint()));
    }

    private static String tls(String more) {
        return "tls: { certificates: [%s, %s] %s }".formatted(localhost.yaml(), wildcard.yaml(), more);
    }

    private static String commonName(SSLSocket socket) throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void speaksBothVersionsAndSaysSoToEndpointAndLog(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(""))) {
            for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
                Reply reply = TlsClient.trusting(pki).speaking(version).get(parley.port("edge"), "/" + version);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.body()).contains("X-Forwarded-Proto: https\r\n", ";proto=https\r\n");
                parley.awaitLogged("\"tls\":\"" + version + "\"", "\"sni\":\"localhost\"", "\"target\":\"/" + version);
            }
            assertThat(parley.handshakes("edge", "full")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void choosesTheCertificateByNameAndTheFirstForUnknownOnes(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(""))) {
            int port = parley.port("edge");
            TlsClient client = TlsClient.trusting(pki);
            try (SSLSocket exact = client.socket(port);
                    SSLSocket below = client.asking("a.example.test").socket(port);
                    SSLSocket bare = client.asking("example.test").socket(port)) {
                assertThat(commonName(exact)).isEqualTo("CN=localhost");
                assertThat(commonName(below)).isEqualTo("CN=wildcard");
                assertThat(commonName(bare)).isEqualTo("CN=wildcard");
            }
            // The first one is not for that name, which is the client's to find.
            assertThatThrownBy(() -> client.asking("two.labels.example.test").socket(port))
                    .hasMessageContaining("No subject alternative DNS name matching");
            parley.awaitLogged("\"outcome\":\"handshake_failed\"", "\"reason\":\"peer-alert\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void refusesUnknownNamesWhereToldTo(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(", unknown_sni: refuse"))) {
            int port = parley.port("edge");
            assertThatThrownBy(
                            () -> TlsClient.trusting(pki).asking("other.test").socket(port))
                    .hasMessageContaining("unrecognized_name");
            parley.awaitLogged("\"sni\":\"other.test\"", "\"reason\":\"unknown-name\"");
            assertThat(TlsClient.trusting(pki).get(port, "/").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void agreesOnAProtocolOrSaysThatThereIsNone(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(""))) {
            int port = parley.port("edge");
            try (SSLSocket socket =
                    TlsClient.trusting(pki).offering("spdy/1", "http/1.1").socket(port)) {
                assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
            }
            try (SSLSocket socket = TlsClient.trusting(pki).offering().socket(port)) {
                assertThat(socket.getApplicationProtocol()).isEmpty();
            }
            assertThatThrownBy(() -> TlsClient.trusting(pki).offering("spdy/1").socket(port))
                    .hasMessageContaining("no_application_protocol");
            parley.awaitHandshakes("edge", "no-common-protocol", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void refusesVersionsBelowTheLeast(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(", min_version: 1.3"))) {
            int port = parley.port("edge");
            assertThatThrownBy(() -> TlsClient.trusting(pki).speaking("TLSv1.2").socket(port))
                    .hasMessageContaining("protocol_version");
            parley.awaitHandshakes("edge", "no-common-version", 1);
            assertThat(TlsClient.trusting(pki).get(port, "/").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void carriesLargeBodiesBothWays(Engine engine) throws Exception {
        byte[] random = new byte[3 << 20];
        new Random(7).nextBytes(random);
        for (int i = 0; i < random.length; i++) {
            random[i] &= 0x7f;
        }
        String body = new String(random, java.nio.charset.StandardCharsets.ISO_8859_1);
        try (Origin echo = Origin.start(request -> Answer.ok(request.body()));
                TlsProxy parley = TlsProxy.start(engine, """
                        listeners: { edge: { port: 0, %s } }
                        services: { s: { endpoints: [%s] } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(tls(""), echo.endpoint()))) {
            for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (RawClient client =
                        TlsClient.trusting(pki).speaking(version).connect(parley.port("edge"))) {
                    Thread sender = Thread.ofVirtual().start(() -> {
                        try {
                            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                                            .formatted(random.length))
                                    .send(random);
                        } catch (IOException broken) {
                            throw new java.io.UncheckedIOException(broken);
                        }
                    });
                    Reply reply = client.readReply();
                    sender.join();
                    assertThat(reply.status()).isEqualTo(200);
                    assertThat(reply.body().equals(body))
                            .as("the body is the same")
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void keepsConnectionsAliveAndAnswersPipelinedRequestsInOrder(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, tls(""));
                RawClient client = TlsClient.trusting(pki).connect(parley.port("edge"))) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append("GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(i));
            }
            client.send(requests.toString());
            for (int i = 0; i < 50; i++) {
                assertThat(client.readReply().body()).startsWith("GET /" + i + " ");
            }
        }
    }

    @Test
    void detectsTlsHttpAndSilenceOnAnAutoListener() throws Exception {
        try (TlsProxy parley = start(Engine.BORINGSSL, "protocol: auto, " + tls(""))) {
            int port = parley.port("edge");
            assertThat(TlsClient.trusting(pki).get(port, "/").body()).contains("X-Forwarded-Proto: https\r\n");
            assertThat(TlsClient.trusting(pki).offering().get(port, "/").status())
                    .isEqualTo(200);
            try (RawClient plain = RawClient.connect(port)) {
                assertThat(plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                                .readReply()
                                .body())
                        .contains("X-Forwarded-Proto: http\r\n");
            }
        }
    }

    @Test
    void letsAServerSpeakFirstOnAnAutoListener() throws Exception {
        try (java.net.ServerSocket greeter =
                        new java.net.ServerSocket(0, 4, java.net.InetAddress.getLoopbackAddress());
                TlsProxy parley = TlsProxy.start(Engine.BORINGSSL, """
                        listeners: { edge: { port: 0, protocol: auto, %s } }
                        services: { s: { endpoints: ["127.0.0.1:%d"] } }
                        routes: { r: { listener: edge, to: s } }
                        """.formatted(tls(""), greeter.getLocalPort()))) {
            Thread.ofVirtual().start(() -> {
                while (!greeter.isClosed()) {
                    try (java.net.Socket client = greeter.accept()) {
                        client.getOutputStream()
                                .write("220 ready\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            try (RawClient plain = RawClient.connect(parley.port("edge"));
                    RawClient secret = TlsClient.trusting(pki).offering().connect(parley.port("edge"))) {
                assertThat(plain.readUntil("\r\n")).isEqualTo("220 ready\r\n");
                assertThat(secret.readUntil("\r\n")).isEqualTo("220 ready\r\n");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void isSpokenToByCurl(Engine engine) throws Exception {
        Programs.require("curl");
        try (TlsProxy parley = start(engine, tls(""));
                ChildProcess curl = ChildProcess.start(
                        "curl",
                        "-sS",
                        "--cacert",
                        pki.ca().toString(),
                        "https://localhost:%d/curl".formatted(parley.port("edge")))) {
            assertThat(curl.awaitExit()).as(curl.output()).isZero();
            assertThat(curl.output()).contains("GET /curl HTTP/1.1");
        }
    }
}
