package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Answers that come before the request's body is sent, informational ones among them. */
class EarlyAnswersTest {
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    @Test
    void clientThatExpectsContinueHearsItFromTheOrigin() throws Exception {
        try (Continuing origin = new Continuing();
                ParleyFixture parley = origin.parley();
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 Continue\r\n");
            client.send("hello");
            assertThat(client.readReply().body()).isEqualTo("hello");
        }
    }

    @Test
    void oldClientIsNotToldOfContinue() throws Exception {
        try (Continuing origin = new Continuing();
                ParleyFixture parley = origin.parley();
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.readReply().status()).isEqualTo(200);
        }
    }

    @Test
    void earlyHintsArePassedOnWithTheirFields() throws Exception {
        Answer hinted = Answer.bytes("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
                .then(Answer.ok("page"));
        try (Origin origin = Origin.answering(hinted);
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Reply hints = client.readReply();
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.value("link")).isEqualTo("</a.css>; rel=preload");
            assertThat(client.readReply().body()).isEqualTo("page");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                            .readReply()
                            .status())
                    .isEqualTo(103);
        }
    }

    @Test
    void endlessInformationalAnswersAreABadGateway() throws Exception {
        try (Origin origin =
                        Origin.answering(Answer.bytes(CONTINUE.repeat(1000)).thenNever());
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Reply reply = client.readReply();
            int informational = 0;
            while (reply.status() == 100) {
                informational++;
                reply = client.readReply();
            }
            assertThat(reply.status()).isEqualTo(502);
            assertThat(informational).isLessThan(100);
        }
    }

    /** The origin resets the connection as soon as it has refused, since it leaves bytes unread: its answer is still given. */
    @RepeatedTest(20)
    void originThatRefusesABodyAndClosesIsStillHeard() throws Exception {
        try (Refusing origin = new Refusing();
                ParleyFixture parley = origin.parley();
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
            Thread body = Thread.ofVirtual().start(() -> sendMuch(client));
            Reply reply = client.readReply();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.body()).isEqualTo("no");
            assertThat(reply.value("connection")).isEqualTo("close");
            client.close();
            body.join();
        }
    }

    @Test
    void clientThatReadsOnlyOnceItHasSentEverythingSeesTheRefusal() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "limits: { body_bytes: 1MiB }", "", "");
                RawClient client = parley.connect()) {
            byte[] piece = new byte[1 << 20];
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(64L << 20));
            for (int i = 0; i < 64; i++) {
                client.send(piece);
            }
            assertThat(client.readReply().status()).isEqualTo(413);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(origin.connections()).isZero();
        }
    }

    @Test
    void chunkedBodyIsRefusedOnceItIsOverTheLimit() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "limits: { body_bytes: 10B }", "", "");
                RawClient client = parley.connect();
                RawClient other = parley.connect()) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n");
            assertThat(client.readReply().status()).isEqualTo(200);
            other.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n678901\r\n0\r\n\r\n");
            assertThat(other.readReply().status()).isEqualTo(413);
            assertThat(other.readToEnd()).isEmpty();
            assertThat(parley.closeAndReadLog()).hasSize(2);
            assertThat(origin.waitingRequests()).isEqualTo(1);
        }
    }

    private static void sendMuch(RawClient client) {
        byte[] piece = new byte[1 << 16];
        try {
            for (int i = 0; i < 1000; i++) {
                client.send(piece);
            }
        } catch (IOException closed) {
            // What the test waits for is the answer.
        }
    }

    /** An origin that is one thread and takes one connection after another. */
    private abstract static class OneByOne implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());

        OneByOne() throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try (Socket socket = server.accept()) {
                        serve(socket);
                    } catch (IOException ended) {
                        // The test is over, or Parley closed the connection.
                    }
                }
            });
        }

        abstract void serve(Socket socket) throws IOException;

        ParleyFixture parley() throws IOException {
            return ParleyFixture.start("""
                    admin: { enabled: false }
                    listeners: { edge: { port: 0 } }
                    services: { s: { endpoints: ["127.0.0.1:%d"] } }
                    routes: { r: { listener: edge, to: s } }
                    """.formatted(server.getLocalPort()));
        }

        static String head(Socket socket) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
            }
            return head.toString();
        }

        static void say(Socket socket, String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** Says 100 where it is expected, then 200 with the five bytes that it is sent. */
    private static final class Continuing extends OneByOne {
        Continuing() throws IOException {}

        @Override
        void serve(Socket socket) throws IOException {
            if (head(socket).contains("Expect: 100-continue\r\n")) {
                say(socket, CONTINUE);
            }
            byte[] body = socket.getInputStream().readNBytes(5);
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + new String(body, StandardCharsets.ISO_8859_1));
        }
    }

    /** Answers 413 once the body begins, and closes with the rest of it unread. */
    private static final class Refusing extends OneByOne {
        Refusing() throws IOException {}

        @Override
        void serve(Socket socket) throws IOException {
            head(socket);
            socket.getInputStream().readNBytes(100_000);
            say(socket, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        }
    }
}
