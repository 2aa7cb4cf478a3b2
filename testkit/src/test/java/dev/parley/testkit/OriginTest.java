package dev.parley.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OriginTest {
    @Test
    void keepsExactBytesOfPipelinedRequests() throws Exception {
        String first = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        String second = "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n";
        try (Origin origin = Origin.start(request -> Answer.ok(request.line()));
                RawClient client = RawClient.connect(origin.port())) {
            client.send(first + second);

            assertThat(client.readReply().body()).isEqualTo("POST /a HTTP/1.1");
            assertThat(client.readReply().body()).isEqualTo("POST /b HTTP/1.1");
            assertThat(origin.takeRequest().raw()).isEqualTo(first);
            OriginRequest chunked = origin.takeRequest();
            assertThat(chunked.raw()).isEqualTo(second);
            assertThat(chunked.body()).isEqualTo("hi");
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    @Test
    void waitsForLatchAndThenCloses() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        Answer answer = Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                .thenAwait(latch)
                .thenBytes("ab")
                .thenClose();
        try (Origin origin = Origin.answering(answer);
                RawClient client = RawClient.connect(origin.port())) {
            client.send("GET / HTTP/1.1\r\n\r\n").readUntil("\r\n\r\n");
            latch.countDown();

            assertThat(client.readToEnd()).isEqualTo("ab");
        }
    }

    @Test
    void resetsWhereTheScriptSaysSo() throws Exception {
        try (Origin origin = Origin.answering(Answer.bytes("").thenReset());
                RawClient client = RawClient.connect(origin.port())) {
            client.send("GET / HTTP/1.1\r\n\r\n");

            assertThatThrownBy(client::readToEnd)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void remembersWhatItCouldNotRead() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok(""));
                RawClient client = RawClient.connect(origin.port())) {
            client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");

            assertThat(client.readToEnd()).isEmpty();
            assertThat(origin.faults()).singleElement().asString().contains("'zz' is not the size of a chunk");
        }
    }

    @Test
    void echoesAndClosesAfterHalfClose() throws Exception {
        try (EchoServer echo = EchoServer.start();
                RawClient client = RawClient.connect(echo.port())) {
            client.send("\u0000\u00ffhello").shutdownOutput();

            assertThat(client.readToEnd()).isEqualTo("\u0000\u00ffhello");
        }
    }
}
