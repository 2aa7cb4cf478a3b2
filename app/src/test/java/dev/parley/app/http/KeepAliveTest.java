package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Connections that are used again, on both sides, and what ends them. */
class KeepAliveTest {
    private static final String GET = "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n";

    private static Origin telling() throws Exception {
        return Origin.start(request -> Answer.ok(request.line() + " on " + request.connection()));
    }

    @Test
    void manyRequestsOfOneClientUseOneConnectionToTheOrigin() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET.formatted(i)).readReply().body())
                        .isEqualTo("GET /%d HTTP/1.1 on 0".formatted(i));
            }
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    @Test
    void clientsThatComeAfterOneAnotherShareAConnectionToTheOrigin() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin)) {
            for (int i = 0; i < 5; i++) {
                try (RawClient client = parley.connect()) {
                    client.send(GET.formatted(i)).readReply();
                }
            }
            assertThat(origin.connections()).isEqualTo(1);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                all.append(
                        i % 3 == 0
                                ? "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".formatted(i)
                                : GET.formatted(i));
            }
            client.send(all.toString());
            for (int i = 0; i < 200; i++) {
                assertThat(client.readReply().body()).contains(" /%d HTTP".formatted(i));
            }
        }
    }

    @Test
    void readsNoMoreAheadThanItsBacklog() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (Origin origin = Origin.answering(Answer.after(answer).then(Answer.ok("x")));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            long before = Memory.direct();
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send(GET.formatted("x").repeat(1_000_000));
                } catch (java.io.IOException ended) {
                    // The test is over.
                }
            });
            origin.takeRequest();
            Awaitility.await().atMost(Bounds.WAIT).until(() -> sender.getState() != Thread.State.RUNNABLE);
            assertThat(Memory.direct() - before).isLessThan(4L << 20);
            client.reset();
            answer.countDown();
        }
    }

    @Test
    void closesAfterTheAnswerWhenTheClientAsksForIt() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            Reply reply = client.readReply();
            assertThat(reply.value("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(origin.takeRequest().value("connection")).isEmpty();
        }
    }

    @Test
    void goesOnWithTheClientWhenTheOriginCloses() throws Exception {
        try (Origin origin = Origin.answering(
                        Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                                .thenClose());
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            for (int i = 0; i < 3; i++) {
                Reply reply = client.send(GET.formatted(i)).readReply();
                assertThat(reply.body()).isEqualTo("ok");
                assertThat(reply.values("connection")).isEmpty();
            }
            assertThat(origin.connections()).isEqualTo(3);
        }
    }

    @Test
    void halfClosedClientGetsItsAnswer() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (Origin origin = Origin.answering(Answer.after(answer).then(Answer.ok("late")));
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(GET.formatted("")).shutdownOutput();
            origin.takeRequest();
            answer.countDown();
            assertThat(client.readToEnd()).endsWith("\r\n\r\nlate");
        }
    }

    /** The body waits in Parley while the origin is connected to, and the end of the client's side comes first. */
    @Test
    void halfClosedClientGetsItsAnswerToABody() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                    .shutdownOutput();
            assertThat(client.readToEnd()).endsWith("POST /body HTTP/1.1 on 0");
        }
    }

    @Test
    void clientThatEndsWithinABodyGetsTheAnswersToWhatCameBefore() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            String half = "POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na";
            client.send(GET.formatted(1) + half).shutdownOutput();
            assertThat(client.readToEnd()).endsWith("GET /1 HTTP/1.1 on 0");
            assertThat(parley.closeAndReadLog()).hasSize(2);
        }
    }

    @Test
    void halfClosedClientGetsTheAnswersToAllThatItPipelined() throws Exception {
        try (Origin origin = telling();
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(GET.formatted(1) + GET.formatted(2) + GET.formatted(3)).shutdownOutput();
            String told = client.readToEnd();
            assertThat(told).contains("GET /1 HTTP/1.1 on", "GET /2 HTTP/1.1 on", "GET /3 HTTP/1.1 on");
        }
    }

    @Test
    void closesTheOriginsConnectionWhenTheClientAborts() throws Exception {
        try (Origin origin = Origin.answering(Answer.never());
                ParleyFixture parley = ParleyFixture.before(origin)) {
            try (RawClient client = parley.connect()) {
                client.send(GET.formatted(""));
                origin.takeRequest();
                client.reset();
            }
            Awaitility.await().atMost(Bounds.WAIT).until(() -> origin.openConnections() == 0);
            assertThat(parley.awaitLog(1)).singleElement().asString().contains("\"outcome\":\"client_gone\"");
        }
    }
}
