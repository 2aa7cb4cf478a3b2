package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections end: one side alone, both, or broken off, which must not look like an end. */
class EndsTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Pki pki;
    private static Pki.Issued server;

    @BeforeAll
    static void prepare() throws Exception {
        pki = Pki.make(folder, "ca");
        server = pki.issue("server", "DNS:localhost");
    }

    /** Two hops: TLS from the client, TLS between the two, plain to the endpoint. */
    private static TlsProxy chain(Engine engine, String endpoint) throws IOException {
        TlsProxy parley = TlsProxy.start(engine, listeners(endpoint, "127.0.0.1:1"));
        parley.apply(listeners(endpoint, "localhost:" + parley.port("inner")));
        return parley;
    }

    private static String listeners(String endpoint, String inner) {
        return """
                listeners:
                  edge: { port: 0, protocol: tcp, tls: { certificates: %s } }
                  inner: { port: 0, protocol: tcp, tls: { certificates: %s } }
                services:
                  inner: { endpoints: ["%s"], tls: { ca: %s, name: localhost } }
                  s: { endpoints: ["%s"] }
                routes: { e: { listener: edge, to: inner }, i: { listener: inner, to: s } }
                """.formatted(server.yaml(), server.yaml(), inner, pki.ca(), endpoint);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void carriesAnEndOfOneSideThroughBothHops(Engine engine) throws Exception {
        try (EchoServer echo = EchoServer.start();
                TlsProxy parley = chain(engine, echo.endpoint());
                RawClient client = TlsClient.trusting(pki).offering().connect(parley.port("edge"))) {
            String text = "x".repeat(300_000);
            // The echo ends when its client has, and what it holds by then must still come back.
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send(text).shutdownOutput();
                } catch (IOException broken) {
                    throw new java.io.UncheckedIOException(broken);
                }
            });
            assertThat(client.readToEnd()).hasSize(text.length());
            sender.join();
            parley.awaitLogged("\"listener\":\"edge\"", "\"outcome\":\"tunnelled\"", "\"request_bytes\":300000");
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void passesOnThatAConnectionWasBrokenOff(Engine engine) throws Exception {
        try (ServerSocket endpoint = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                TlsProxy parley = chain(engine, "127.0.0.1:" + endpoint.getLocalPort())) {
            CompletableFuture<String> half = new CompletableFuture<>();
            CompletableFuture<String> seen = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try (Socket accepted = endpoint.accept()) {
                    half.complete(new String(accepted.getInputStream().readNBytes(4), StandardCharsets.US_ASCII));
                    byte[] all = accepted.getInputStream().readAllBytes();
                    seen.complete("ended after " + all.length);
                } catch (IOException broken) {
                    seen.complete("broken off");
                }
            });
            try (Socket below = new Socket(InetAddress.getLoopbackAddress(), parley.port("edge"));
                    SSLSocket socket = (SSLSocket) TlsClient.context(pki, null)
                            .getSocketFactory()
                            .createSocket(below, "localhost", below.getPort(), false)) {
                socket.getOutputStream().write("half".getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                assertThat(half.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("half");
                // The end of the socket without the end of TLS.
                below.shutdownOutput();
                assertThat(seen.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("broken off");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void answersClientsThatHaveEndedTheirSide(Engine engine) throws Exception {
        try (Origin origin = Origin.start(request -> Answer.ok("all of it"));
                TlsProxy parley = http(engine, origin.endpoint());
                RawClient client = TlsClient.trusting(pki).speaking("TLSv1.3").connect(parley.port("edge"))) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").shutdownOutput();
            assertThat(client.readReply().body()).isEqualTo("all of it");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void endsWithACloseNotifyAfterTheLastAnswer(Engine engine) throws Exception {
        try (Origin origin = Origin.start(request -> Answer.ok("bye"));
                TlsProxy parley = http(engine, origin.endpoint());
                RawClient client = TlsClient.trusting(pki).connect(parley.port("edge"))) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(client.readReply().body()).isEqualTo("bye");
            // Java's TLS throws where the socket ends and TLS has not.
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void cutsAnAnswerThatWasCutForTheClientToSee(Engine engine) throws Exception {
        Answer half = Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                .thenClose();
        try (Origin origin = Origin.start(request -> half);
                TlsProxy parley = http(engine, origin.endpoint());
                RawClient client = TlsClient.trusting(pki).connect(parley.port("edge"))) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            // The reset may overtake what came of it.
            assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
        }
    }

    private static TlsProxy http(Engine engine, String endpoint) throws IOException {
        return TlsProxy.start(engine, """
                listeners: { edge: { port: 0, tls: { certificates: %s } } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(server.yaml(), endpoint));
    }
}
