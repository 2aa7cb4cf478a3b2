package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that have to, or may, show who they are. */
class MutualTlsTest {
    private static final String ID = "spiffe://example.test/orders";

    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki others;
    private static Pki.Issued server;
    private static Pki.Issued orders;
    private static Origin origin;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        others = Pki.make(folder, "others");
        server = pki.issue("server", "DNS:localhost");
        orders = pki.issue("orders", "URI:" + ID);
        origin = Origin.start(request -> Answer.ok("hello"));
    }

    @AfterAll
    static void end() throws IOException {
        origin.close();
    }

    private static TlsProxy start(Engine engine, String client) throws IOException {
        return TlsProxy.start(engine, """
                listeners: { edge: { port: 0, tls: { certificates: %s, client: %s, client_ca: %s } } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(server.yaml(), client, pki.ca(), origin.endpoint()));
    }

    /** In TLS 1.3 a client hears that its certificate is refused only when it reads. */
    private static void fails(TlsClient client, TlsProxy parley) {
        assertThatThrownBy(() -> client.get(parley.port("edge"), "/")).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void letsInWhoShowsWhoItIsAndLogsIt(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "required")) {
            TlsClient client = TlsClient.showing(pki, orders);
            assertThat(client.get(parley.port("edge"), "/").body()).isEqualTo("hello");
            parley.awaitLogged("\"client_identity\":\"" + ID + "\"", "\"status\":200");
            assertThat(client.speaking("TLSv1.2").get(parley.port("edge"), "/").body())
                    .isEqualTo("hello");
            // What was resumed is known by the certificate of the session.
            try (RawClient again = client.connect(parley.port("edge"))) {
                assertThat(again.send("GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .readReply()
                                .status())
                        .isEqualTo(200);
            }
            parley.awaitLogged("\"client_identity\":\"" + ID + "\"", "\"target\":\"/again\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void refusesWhoShowsNothing(Engine engine) throws Exception {
        try (TlsProxy parley = start(engine, "required")) {
            fails(TlsClient.trusting(pki), parley);
            fails(TlsClient.trusting(pki).speaking("TLSv1.2"), parley);
            parley.awaitHandshakes("edge", "certificate-missing", 2);
            parley.awaitLogged("\"outcome\":\"handshake_failed\"", "\"reason\":\"certificate-missing\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void refusesOtherAuthoritiesAndCertificatesThatAreOver(Engine engine) throws Exception {
        Pki.Issued stranger = others.issue("stranger", "URI:" + ID);
        Pki.Issued late = pki.issueExpired("late", "URI:" + ID);
        try (TlsProxy parley = start(engine, "required")) {
            fails(TlsClient.showing(pki, stranger), parley);
            parley.awaitHandshakes("edge", "unknown-authority", 1);
            fails(TlsClient.showing(pki, late), parley);
            parley.awaitHandshakes("edge", "certificate-expired", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void letsInAnybodyWhereItIsOptionalButNotWithAWrongCertificate(Engine engine) throws Exception {
        Pki.Issued stranger = others.issue("stranger", "URI:" + ID);
        try (TlsProxy parley = start(engine, "optional")) {
            assertThat(TlsClient.trusting(pki).get(parley.port("edge"), "/none").body())
                    .isEqualTo("hello");
            assertThat(parley.awaitLogged("\"target\":\"/none\"")).doesNotContain("client_identity");
            assertThat(TlsClient.showing(pki, orders)
                            .get(parley.port("edge"), "/shown")
                            .body())
                    .isEqualTo("hello");
            parley.awaitLogged("\"target\":\"/shown\"", "\"client_identity\":\"" + ID + "\"");
            fails(TlsClient.showing(pki, stranger), parley);
            parley.awaitHandshakes("edge", "unknown-authority", 1);
        }
    }
}
