package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Endpoints that break off, talk nonsense, or say more than they were asked. */
class BrokenAnswersTest {
    private static final String GET = "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void cutsClientVisiblyWhenOriginDiesWithinBody() throws Exception {
        Answer half = Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                .thenReset();
        try (Origin origin = Origin.answering(half);
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(GET.formatted(""));
            assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
        }
    }

    @Test
    void cutsClientVisiblyWhenOriginEndsWithinChunks() throws Exception {
        Answer half = Answer.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                .thenClose();
        try (Origin origin = Origin.answering(half);
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(GET.formatted(""));
            assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
        }
    }

    @Test
    void cutsClientVisiblyWhenOriginResetsAnAnswerThatLastsUntilTheClose() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        Answer half =
                Answer.bytes("HTTP/1.1 200 OK\r\n\r\nhalf").thenAwait(seen).thenReset();
        try (Origin origin = Origin.answering(half);
                ParleyFixture parley = ParleyFixture.before(origin);
                RawClient client = parley.connect()) {
            client.send(GET.formatted("")).readUntil("half");
            seen.countDown();
            assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
        }
    }

    /** An exchange that ended twice would be lent to two requests at once, and one client would get the other's answer. */
    @Test
    void endsEachExchangeOnceWhenAnswersAreCutShort() throws Exception {
        CountDownLatch both = new CountDownLatch(1);
        try (Origin origin = Origin.start(request -> request.line().contains("/cut")
                        ? Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                                .thenReset()
                        : Answer.after(both).then(Answer.ok(request.line())));
                ParleyFixture parley = ParleyFixture.before(origin)) {
            try (RawClient client = parley.connect()) {
                client.send(GET.formatted("cut"));
                assertThatThrownBy(client::readToEnd).isInstanceOf(IOException.class);
            }
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(parley.connect().send(GET.formatted(i)));
                origin.takeRequest();
            }
            both.countDown();
            for (int i = 0; i < 4; i++) {
                Reply reply = clients.get(i).readReply();
                assertThat(reply.body()).isEqualTo("GET /%d HTTP/1.1".formatted(i));
                clients.get(i).close();
            }
            assertThat(parley.closeAndReadLog()).hasSize(5);
        }
    }
}
