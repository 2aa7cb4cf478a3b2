package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.FieldBlock;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import dev.parley.testkit.http2.Settings;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How connections to endpoints that speak HTTP/2 are used: shared, left when they are full or going away, never trusted. */
class UpstreamTest {
    private static final int FEW = 4;

    @Test
    void manyStreamsShareOneConnection() throws Exception {
        try (Http2Server server = Http2Server.answering("hello");
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            for (int stream = 1; stream < 200; stream += 2) {
                client.get(stream, "/");
            }
            for (int stream = 1; stream < 200; stream += 2) {
                assertThat(client.response(stream).body()).isEqualTo("hello");
            }
            assertThat(server.connections()).isLessThanOrEqualTo(2);
            assertThat(server.faults()).isEmpty();
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void messagesPassWithTrailersBothWays() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.post(1, "/x", "te", "trailers", "x-custom", "1");
            client.data(1, Frame.NONE, "hello");
            client.headers(1, Frame.END_STREAM, "x-sum", "1");
            var endpoint = server.accept();
            Message request = endpoint.takeRequest();
            assertThat(request.value(":path")).isEqualTo("/x");
            assertThat(request.value("x-custom")).isEqualTo("1");
            assertThat(request.body()).isEqualTo("hello");
            assertThat(request.trailers().value("x-sum")).isEqualTo("1");
            endpoint.headers(request.stream(), Frame.NONE, ":status", "200", "x-answer", "2");
            endpoint.data(request.stream(), Frame.NONE, "wor");
            endpoint.data(request.stream(), Frame.NONE, "ld");
            endpoint.headers(request.stream(), Frame.END_STREAM, "x-sum", "2");
            Message response = client.response(1);
            assertThat(response.body()).isEqualTo("world");
            assertThat(response.value("x-answer")).isEqualTo("2");
            assertThat(response.trailers().value("x-sum")).isEqualTo("2");
        }
    }

    @Test
    void connectionThatIsFullIsNotGivenMoreStreams() throws Exception {
        AtomicInteger most = new AtomicInteger();
        try (Http2Server server = Http2Server.running(connection -> fewAtATime(connection, most));
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            // With its first answer the limit of the first connection is known.
            client.exchange(1, "/");
            for (int stream = 3; stream < 40; stream += 2) {
                client.get(stream, "/");
            }
            for (int stream = 3; stream < 40; stream += 2) {
                Message response = client.response(stream);
                assertThat(response.status()).as(response::body).isEqualTo(200);
            }
            assertThat(most).hasValueLessThanOrEqualTo(FEW);
            assertThat(server.faults()).isEmpty();
        }
    }

    /** Serves few streams at a time and refuses those beyond; counts how many the first connection was given at once. */
    private static void fewAtATime(Http2Server.Connection connection, AtomicInteger most) throws IOException {
        connection.begin(Settings.MAX_CONCURRENT_STREAMS, FEW);
        while (true) {
            Set<Integer> waiting = new TreeSet<>();
            waiting.add(connection.takeRequest().stream());
            connection.roundTrip();
            connection.streams().stream().filter(stream -> stream != 0).forEach(waiting::add);
            if (connection.number() == 0) {
                most.accumulateAndGet(waiting.size(), Math::max);
            }
            int taken = 0;
            for (int stream : waiting) {
                connection.forget(stream);
                if (taken++ < FEW) {
                    connection.answer(stream, 200, "x");
                } else {
                    connection.reset(stream, ErrorCode.REFUSED_STREAM);
                }
            }
        }
    }

    @Test
    void limitThatIsLoweredHoldsForTheStreamsToCome() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var first = server.accept(Settings.MAX_CONCURRENT_STREAMS, 100);
            Message request = first.takeRequest();
            first.send(Frame.settings(Settings.MAX_CONCURRENT_STREAMS, 1));
            first.awaitFrame(frame -> frame.type() == Frame.SETTINGS && frame.isAck());
            first.roundTrip();
            client.get(3, "/");
            var second = server.accept();
            Message other = second.takeRequest();
            second.answer(other.stream(), 200, "second");
            assertThat(client.response(3).body()).isEqualTo("second");
            first.answer(request.stream(), 200, "first");
            assertThat(client.response(1).body()).isEqualTo("first");
        }
    }

    @Test
    void streamsThatAnEndpointGoingAwayDidNotTakeAreTriedElsewhere() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/taken");
            var first = server.accept();
            Message taken = first.takeRequest();
            client.get(3, "/left");
            first.takeRequest();
            first.send(Frame.goAway(taken.stream(), ErrorCode.NO_ERROR));
            var second = server.accept();
            Message again = second.takeRequest();
            assertThat(again.value(":path")).isEqualTo("/left");
            second.answer(again.stream(), 200, "elsewhere");
            assertThat(client.response(3).body()).isEqualTo("elsewhere");
            first.answer(taken.stream(), 200, "here");
            assertThat(client.response(1).body()).isEqualTo("here");
            client.get(5, "/new");
            Message fresh = second.takeRequest();
            second.answer(fresh.stream(), 200, "new");
            assertThat(client.response(5).body()).isEqualTo("new");
            // The connection that goes away is closed once its last stream has ended.
            first.expectEnd();
        }
    }

    @Test
    void postThatWasNotTakenIsTriedElsewhereToo() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.post(1, "/", "content-length", "5");
            client.data(1, Frame.END_STREAM, "hello");
            var first = server.accept();
            first.takeRequest();
            first.send(Frame.goAway(0, ErrorCode.NO_ERROR));
            var second = server.accept();
            Message again = second.takeRequest();
            assertThat(again.body()).isEqualTo("hello");
            second.answer(again.stream(), 200, "taken");
            assertThat(client.response(1).body()).isEqualTo("taken");
        }
    }

    @Test
    void streamThatIsRefusedIsTriedAgain() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var endpoint = server.accept();
            endpoint.reset(endpoint.takeRequest().stream(), ErrorCode.REFUSED_STREAM);
            Message again = endpoint.takeRequest();
            endpoint.answer(again.stream(), 200, "at last");
            assertThat(client.response(1).body()).isEqualTo("at last");
        }
    }

    @Test
    void goingAwayInTwoStepsLosesNothing() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var first = server.accept();
            Message request = first.takeRequest();
            first.send(Frame.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR));
            first.roundTrip();
            client.get(3, "/");
            var second = server.accept();
            Message other = second.takeRequest();
            first.send(Frame.goAway(request.stream(), ErrorCode.NO_ERROR));
            first.answer(request.stream(), 200, "first");
            second.answer(other.stream(), 200, "second");
            assertThat(client.response(1).body()).isEqualTo("first");
            assertThat(client.response(3).body()).isEqualTo("second");
        }
    }

    @Test
    void connectionThatBreaksFailsItsStreamsAndNoOther() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server, "", "retries: 0", "");
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var first = server.accept();
            first.takeRequest();
            first.close();
            assertThat(client.response(1).status()).isEqualTo(502);
            client.get(3, "/");
            var second = server.accept();
            second.answer(second.takeRequest().stream(), 200, "again");
            assertThat(client.response(3).body()).isEqualTo("again");
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void clientThatResetsItsStreamResetsTheEndpoints() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            client.get(3, "/");
            var endpoint = server.accept();
            int gone = endpoint.takeRequest().stream();
            int kept = endpoint.takeRequest().stream();
            client.reset(1, ErrorCode.CANCEL);
            Frame reset = endpoint.awaitFrame(Frame.RST_STREAM);
            assertThat(reset.stream()).isEqualTo(gone);
            assertThat(reset.errorCode()).isEqualTo(ErrorCode.CANCEL);
            // An answer that was under way is no error.
            endpoint.answer(gone, 200, "too late");
            endpoint.answer(kept, 200, "kept");
            assertThat(client.response(3).body()).isEqualTo("kept");
            endpoint.roundTrip();
        }
    }

    @Test
    void answerBeforeTheBodyIsWholeIsGivenAndTheRestIsNotWaitedFor() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.post(1, "/");
            client.data(1, Frame.NONE, "the beginning");
            var endpoint = server.accept();
            int stream = endpoint.awaitHead().stream();
            endpoint.answer(stream, 413, "no");
            endpoint.reset(stream, ErrorCode.NO_ERROR);
            Message response = client.response(1);
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.body()).isEqualTo("no");
            client.data(1, Frame.NONE, "nobody reads that");
            client.get(3, "/");
            Message next = endpoint.await(stream + 2, Message::isWhole);
            endpoint.answer(next.stream(), 200, "next");
            assertThat(client.response(3).body()).isEqualTo("next");
        }
    }

    /** What an endpoint must not say, and as which the connection to it ends. */
    record Breach(String name, Act act) {
        @FunctionalInterface
        interface Act {
            void on(Http2Server.Connection endpoint, int stream) throws IOException;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Breach> breaches() {
        return Stream.of(
                new Breach("a head without :status", (e, s) -> e.headers(s, Frame.END_STREAM, "x", "y")),
                new Breach("a :status that is no number", (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "2x0")),
                new Breach("two :status", (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", ":status", "200")),
                new Breach(
                        "a request's pseudo-field",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", ":path", "/")),
                new Breach(
                        "a name in upper case",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", "X-Up", "y")),
                new Breach(
                        "a value with CR LF",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", "x", "y\r\nz: 1")),
                new Breach(
                        "Connection",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", "connection", "close")),
                new Breach(
                        "Transfer-Encoding",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", "transfer-encoding", "chunked")),
                new Breach("101", (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "101")),
                new Breach(
                        "an informational answer that ends the stream",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "103")),
                new Breach(
                        "a length that is no number",
                        (e, s) -> e.headers(s, Frame.END_STREAM, ":status", "200", "content-length", "abc")),
                new Breach(
                        "two lengths",
                        (e, s) -> e.headers(
                                s, Frame.NONE, ":status", "200", "content-length", "1", "content-length", "2")),
                new Breach("DATA before a head", (e, s) -> e.data(s, Frame.END_STREAM, "x")),
                new Breach(
                        "a field block that cannot be decoded",
                        (e, s) -> e.send(new Frame(Frame.HEADERS, Frame.END, s, new byte[] {0x40}))),
                new Breach(
                        "a frame that is too long",
                        (e, s) -> e.send(new Frame(Frame.HEADERS, Frame.END, s, new byte[20_000]))),
                new Breach(
                        "a push",
                        (e, s) -> e.send(new Frame(
                                Frame.PUSH_PROMISE, Frame.END_HEADERS, s, new byte[] {0, 0, 0, 2, (byte) 0x82}))),
                new Breach("a PING of three bytes", (e, s) -> e.send(new Frame(Frame.PING, 0, 0, new byte[3]))),
                new Breach("SETTINGS that are none", (e, s) -> e.send(Frame.settings(Settings.MAX_FRAME_SIZE, 1))),
                new Breach("a window beyond 2^31", (e, s) -> e.send(Frame.windowUpdate(0, Integer.MAX_VALUE))),
                new Breach("DATA on a stream that nobody opened", (e, s) -> e.data(99, Frame.END_STREAM, "x")),
                new Breach(
                        "HEADERS on a stream of its own", (e, s) -> e.headers(2, Frame.END_STREAM, ":status", "200")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("breaches")
    void endpointThatBreaksTheRulesIsABadGateway(Breach breach) throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server, "", "retries: 0", "");
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var endpoint = server.accept();
            breach.act().on(endpoint, endpoint.takeRequest().stream());
            Message response = client.response(1);
            assertThat(response.status()).as("%s", response).isEqualTo(502);
            client.close();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void answerWhoseLengthIsWrongIsCut() throws Exception {
        try (Http2Server server = Http2Server.start();
                Front front = Front.before(server);
                Http2Client client = front.http2()) {
            client.get(1, "/");
            var endpoint = server.accept();
            int stream = endpoint.takeRequest().stream();
            endpoint.send(
                    new Frame(
                            Frame.HEADERS,
                            Frame.END_HEADERS,
                            stream,
                            FieldBlock.of(":status", "200", "content-length", "9")),
                    Frame.of(Frame.DATA, Frame.END_STREAM, stream, "short"));
            Message response = client.await(
                    1, message -> message.isWhole() || message.resetWith().isPresent());
            assertThat(response.isWhole() && response.status() == 200)
                    .as("%s", response)
                    .isFalse();
        }
    }

    @Test
    void endpointThatNeverBeginsIsNotWaitedForForEver() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (Http2Server server = Http2Server.running(connection -> over.await());
                Front front = Front.before(server, "", "timeouts: { connect: 300ms, response: 300ms }", "");
                Http2Client client = front.http2()) {
            front.parley();
            client.get(1, "/");
            assertThat(client.response(1).status()).isIn(502, 503, 504);
            over.countDown();
        }
    }

    @Test
    void eachLoopHasFewConnections() throws Exception {
        Set<Integer> connections = ConcurrentHashMap.newKeySet();
        try (Http2Server server = Http2Server.handling((connection, request) -> {
                    connections.add(connection.number());
                    connection.answer(request.stream(), 200, "x");
                });
                Front front = Front.before(server)) {
            for (int i = 0; i < 20; i++) {
                try (Http2Client client = front.http2()) {
                    assertThat(client.exchange(1, "/").status()).isEqualTo(200);
                }
            }
            front.parley();
            assertThat(connections).hasSizeLessThanOrEqualTo(2);
            Awaitility.await().atMost(Bounds.WAIT).until(() -> server.openConnections() <= 2);
        }
    }
}
