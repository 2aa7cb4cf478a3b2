package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are routed by the name that they ask for, and stay closed to Parley. */
class PassthroughTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki.Issued edge;
    private static Origin origin;
    private static TlsProxy behind;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        edge = pki.issue("edge", "DNS:localhost");
        Pki.Issued one = pki.issue("one", "DNS:one.test,DNS:*.one.test");
        Pki.Issued two = pki.issue("two", "DNS:two.test,DNS:localhost");
        origin = Origin.start(request -> Answer.ok(request.line()));
        behind = TlsProxy.start(Engine.BORINGSSL, """
                listeners:
                  one: { port: 0, tls: { certificates: %s } }
                  two: { port: 0, tls: { certificates: %s } }
                services: { s: { endpoints: [%s] } }
                routes: { one: { listener: one, to: s }, two: { listener: two, to: s } }
                """.formatted(one.yaml(), two.yaml(), origin.endpoint()));
    }

    @AfterAll
    static void end() throws IOException {
        behind.close();
        origin.close();
    }

    private static TlsProxy start(String tls, String more) throws IOException {
        return TlsProxy.start(
                Engine.BORINGSSL, """
                listeners: { edge: { port: 0, protocol: %s } }
                services:
                  one: { endpoints: ["127.0.0.1:%d"] }
                  two: { endpoints: ["127.0.0.1:%d"] }
                  plain: { endpoints: [%s] }
                routes:
                  one: { listener: edge, sni: [one.test, "*.one.test"], to: one }
                  two: { listener: edge, sni: two.test, to: two }
                  %s
                """.formatted(tls, behind.port("one"), behind.port("two"), origin.endpoint(), more));
    }

    private static String certificateOf(TlsProxy parley, String name) throws Exception {
        try (SSLSocket socket = TlsClient.trusting(pki).asking(name).socket(parley.port("edge"))) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    @Test
    void goesToWhoHasTheNameAndShowsTheirCertificate() throws Exception {
        try (TlsProxy parley = start("tcp, tls: { passthrough: true }", "")) {
            assertThat(certificateOf(parley, "one.test")).isEqualTo("CN=one");
            assertThat(certificateOf(parley, "a.one.test")).isEqualTo("CN=one");
            assertThat(certificateOf(parley, "two.test")).isEqualTo("CN=two");
            assertThat(TlsClient.trusting(pki)
                            .asking("two.test")
                            .get(parley.port("edge"), "/through")
                            .body())
                    .isEqualTo("GET /through HTTP/1.1");
            parley.awaitLogged("\"protocol\":\"tcp\"", "\"sni\":\"two.test\"", "\"route\":\"two\"");
            assertThatThrownBy(() -> certificateOf(parley, "three.test")).hasMessageContaining("unrecognized_name");
            parley.awaitHandshakes("edge", "unknown-name", 1);
        }
    }

    @Test
    void takesAllOtherNamesWhereARouteAsksForNone() throws Exception {
        try (TlsProxy parley = start("tcp, tls: { passthrough: true }", "rest: { listener: edge, to: two }")) {
            assertThat(certificateOf(parley, "one.test")).isEqualTo("CN=one");
            assertThat(certificateOf(parley, "localhost")).isEqualTo("CN=two");
        }
    }

    @Test
    void decryptsTheNamesThatItHasCertificatesFor() throws Exception {
        String tls = "http, tls: { passthrough: true, unknown_sni: refuse, certificates: %s }".formatted(edge.yaml());
        try (TlsProxy parley = start(tls, "rest: { listener: edge, to: plain }")) {
            assertThat(certificateOf(parley, "one.test")).isEqualTo("CN=one");
            assertThat(certificateOf(parley, "localhost")).isEqualTo("CN=edge");
            assertThat(TlsClient.trusting(pki).get(parley.port("edge"), "/mine").body())
                    .isEqualTo("GET /mine HTTP/1.1");
            assertThatThrownBy(() -> certificateOf(parley, "three.test")).hasMessageContaining("unrecognized_name");
        }
    }

    @Test
    void isRefusedWhereItCannotBe() {
        Loaded loaded = ConfigReader.create().readText("test.yaml", """
                listeners: { edge: { port: 0 }, pass: { port: 0, protocol: tcp, tls: { passthrough: true } } }
                services: { s: { endpoints: ["127.0.0.1:1"] } }
                routes:
                  plain: { listener: edge, sni: a.test, to: s }
                  http: { listener: pass, sni: a.test, path: /x, to: s }
                  same: { listener: pass, sni: a.test, to: s }
                """);
        assertThat(loaded)
                .isInstanceOfSatisfying(
                        Loaded.Rejected.class,
                        rejected -> assertThat(rejected.problems().stream()
                                        .map(each -> each.problem().code()))
                                .contains("sni-route", "tcp-route"));
    }
}
