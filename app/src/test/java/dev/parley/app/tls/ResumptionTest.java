package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.Programs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions resumed by openssl's client, by tickets of keys of our own: the loops are two, and each connection gets the next. */
class ResumptionTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki.Issued server;
    private static Origin origin;

    @BeforeAll
    static void prepare() throws Exception {
        Programs.require("openssl");
        pki = Pki.make(folder, "ca");
        server = pki.issue("server", "DNS:localhost");
        origin = Origin.start(request -> Answer.ok("hello"));
    }

    @AfterAll
    static void end() throws IOException {
        origin.close();
    }

    private static String yaml(Pki.Issued certificate) {
        return """
                listeners: { edge: { port: 0, tls: { certificates: %s } } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(certificate.yaml(), origin.endpoint());
    }

    /** One GET by openssl; what it says of the session. Tickets of TLS 1.3 come with the answer, so it reads on until the close. */
    private static String ask(int port, String version, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", version, "-connect", "localhost:" + port, "-servername", "localhost"));
        command.addAll(List.of("-CAfile", pki.ca().toString(), "-ign_eof"));
        command.addAll(List.of(more));
        Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream in = openssl.getOutputStream()) {
            in.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            in.flush();
            String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(openssl.waitFor(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(said).contains("HTTP/1.1 200", "hello");
            return said.contains("Reused, TLS") ? "resumed" : "full";
        } finally {
            openssl.destroy();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void resumesOnAllLoopsAfterAChangeAndAfterKeysRotated(String version) throws Exception {
        Path session = folder.resolve("session" + version);
        Pki.Issued renewed = pki.issue("renewed", "DNS:localhost");
        try (TlsProxy parley = TlsProxy.start(Engine.BORINGSSL, yaml(server))) {
            int port = parley.port("edge");
            assertThat(ask(port, version, "-sess_out", session.toString())).isEqualTo("full");
            assertThat(Files.size(session)).isPositive();
            for (int i = 0; i < 8; i++) {
                assertThat(ask(port, version, "-sess_in", session.toString())).isEqualTo("resumed");
            }
            parley.apply(yaml(renewed));
            assertThat(parley.port("edge")).isEqualTo(port);
            assertThat(ask(port, version, "-sess_in", session.toString())).isEqualTo("resumed");
            parley.proxy().tls().rotateTicketKeys();
            parley.proxy().tls().rotateTicketKeys();
            assertThat(ask(port, version, "-sess_in", session.toString())).isEqualTo("resumed");
            parley.proxy().tls().rotateTicketKeys();
            assertThat(ask(port, version, "-sess_in", session.toString())).isEqualTo("full");
            assertThat(parley.handshakes("edge", "resumed")).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void doesNotResumeWhereOtherThingsAreAskedOfClients(String version) throws Exception {
        Path session = folder.resolve("mutual" + version);
        try (TlsProxy parley = TlsProxy.start(Engine.BORINGSSL, yaml(server))) {
            int port = parley.port("edge");
            assertThat(ask(port, version, "-sess_out", session.toString())).isEqualTo("full");
            parley.apply(
                    yaml(server).replace("tls: {", "tls: { client: optional, client_ca: %s, ".formatted(pki.ca())));
            assertThat(ask(port, version, "-sess_in", session.toString())).isEqualTo("full");
        }
    }
}
