package dev.parley.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Clients that are slow, be it by nature or by intent. */
class SlowClientsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int MEBIBYTE = 1 << 20;

    @Test
    void headThatIsNotWholeInTimeIsAnswered408() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { head: 200ms }", "", "");
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
            Reply reply = client.readReply();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.body()).contains("\"code\":\"head-timeout\"");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(parley.awaitLog(1)).singleElement().asString().contains("\"outcome\":\"client_timeout\"");
        }
    }

    @Test
    void secondHeadThatIsNotWholeInTimeIsAnswered408Too() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { head: 200ms }", "", "");
                RawClient client = parley.connect()) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /");
            assertThat(client.readReplyToHead().status()).isEqualTo(200);
            assertThat(client.readReply().body()).contains("head-timeout");
        }
    }

    @Test
    void bodyThatStopsIsAnswered408() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { stall: 200ms }", "", "");
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
            Reply reply = client.readReply();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.body()).contains("\"code\":\"body-timeout\"");
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
            assertThat(origin.waitingRequests()).isZero();
        }
    }

    @Test
    void connectionThatIsIdleIsClosedWithoutAWord() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x"));
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { idle: 200ms }", "", "");
                RawClient fresh = parley.connect();
                RawClient used = parley.connect()) {
            used.send(GET).readReply();
            assertThat(fresh.readToEnd()).isEmpty();
            assertThat(used.readToEnd()).isEmpty();
            assertThat(parley.closeAndReadLog()).hasSize(1);
        }
    }

    @Test
    void readerThatStopsIsCutAndItsOriginSetFree() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("x".repeat(40 * MEBIBYTE)));
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { stall: 200ms }", "", "");
                RawClient client = parley.connect()) {
            client.send(GET);
            assertThat(parley.awaitLog(1))
                    .singleElement()
                    .asString()
                    .contains("\"outcome\":\"client_timeout\"", "\"reason\":\"slow-reader\"", "\"cut_short\":true");
            assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
        }
    }

    /** An origin that echoes lets a client hold both sides: it sends without end and takes nothing of the answer. */
    @Test
    void readerThatStopsIsCutWhileItStillSends() throws Exception {
        try (Echo origin = new Echo();
                ParleyFixture parley = origin.parley("timeouts: { stall: 300ms }");
                RawClient client = parley.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    byte[] piece = new byte[1 << 16];
                    while (true) {
                        client.send(piece);
                    }
                } catch (IOException cut) {
                    // As it should be.
                }
            });
            assertThat(parley.awaitLog(1)).singleElement().asString().contains("\"outcome\":\"client_timeout\"");
            assertThat(sender.join(Bounds.WAIT)).isTrue();
        }
    }

    /** All of the answer waits in Parley once the origin has closed, and its end is where the connection ends. */
    @Test
    void readerThatStopsBeforeTheEndOfAnAnswerSeesThatItIsCut() throws Exception {
        String answer = "HTTP/1.0 200 OK\r\n\r\n" + "x".repeat(6 * MEBIBYTE);
        try (Origin origin = Origin.answering(Answer.bytes(answer).thenClose());
                ParleyFixture parley = ParleyFixture.before(origin, "timeouts: { stall: 200ms }", "", "");
                Socket client = new Socket()) {
            client.setReceiveBufferSize(8192);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), parley.port()));
            client.getOutputStream().write(GET.getBytes(ISO_8859_1));
            parley.awaitLog(1);
            parley.awaitNoClients();
            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    /** Sends back what comes, without a length, from the first byte of a request on. */
    private static final class Echo implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());

        Echo() throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException ended) {
                    // The test is over, or Parley closed the connection.
                }
            });
        }

        ParleyFixture parley(String listener) throws IOException {
            return ParleyFixture.start("""
                    admin: { enabled: false }
                    listeners: { edge: { port: 0, %s } }
                    services: { s: { endpoints: ["127.0.0.1:%d"] } }
                    routes: { r: { listener: edge, to: s } }
                    """.formatted(listener, server.getLocalPort()));
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
