package dev.parley.app.http2;

import static dev.parley.app.http2.Attacker.MOST_FRAMES;
import static dev.parley.testkit.http2.Http2Client.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.FieldBlock;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import dev.parley.testkit.http2.Settings;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attacks on HTTP/2 by the names they are known by. While each goes on, others are served; when it is over, what Parley
 * holds is bounded and every count of what is open or in flight comes to zero.
 */
class Http2AttackTest {
    private static final long MEBIBYTE = 1 << 20;
    /** What Netty's pools may keep of a flood for the next connections. */
    private static final long MOST_HELD = 64 * MEBIBYTE;
    /** An attacker who makes a proxy work for nothing is not let ask an endpoint more often than this. */
    private static final int MOST_REQUESTS = 5_000;

    private static final Answer LARGE = Answer.ok("l".repeat(256 << 10));
    private static final byte[] GET = FieldBlock.of(request("GET", "/"));
    private static final byte[] POST = FieldBlock.of(request("POST", "/"));

    private final AtomicInteger attacking = new AtomicInteger();
    private Origin origin;
    private Front front;
    private Attacker attacker;
    private long before;

    @BeforeEach
    void start() throws IOException {
        origin = Origin.start(request -> {
            if (request.line().contains(" /other ")) {
                return Answer.ok("x");
            }
            attacking.incrementAndGet();
            return request.line().contains("/large") ? LARGE : Answer.never();
        });
        front = Front.before(origin, "timeouts: { head: 1s, idle: 1s, stall: 1s }", "", "");
        attacker = new Attacker(front);
        attacker.serveAnother();
        before = PlatformDependent.usedDirectMemory();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try {
            attacker.serveAnother();
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(MOST_HELD);
            assertThat(attacking).hasValueLessThan(MOST_REQUESTS);
            // A request that was cut off ends its connection, and nothing else that an origin could not read came.
            assertThat(origin.faults())
                    .allSatisfy(fault -> assertThat(fault).hasMessageStartingWith("The connection ended"));
            front.requireNothingIsLeft();
        } finally {
            front.close();
            origin.close();
        }
    }

    private static Frame get(int stream) {
        return new Frame(Frame.HEADERS, Frame.END, stream, GET);
    }

    private static Frame post(int stream) {
        return new Frame(Frame.HEADERS, Frame.END_HEADERS, stream, POST);
    }

    private static void nothing(Http2Client client) {}

    /** The flood was cut off, and where the reason got through it was its rate. */
    private static void requireCalm(Attacker.Outcome outcome) {
        assertThat(outcome.ended()).as("whether the flood was cut off").isTrue();
        requireCalmOrServed(outcome);
    }

    /** For frames that cost less to drop than to send: they may all be dealt with. */
    private static void requireCalmOrServed(Attacker.Outcome outcome) {
        outcome.goAway().ifPresent(frame -> assertThat(frame.errorCode()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM));
    }

    /** The flood was cut off, be it for its first frame. */
    private static void requireEnd(Attacker.Outcome outcome) {
        assertThat(outcome.ended()).as("whether the flood was cut off").isTrue();
    }

    /** CVE-2020-11080. */
    @Test
    void largeSettings() throws IOException {
        long[] pairs = new long[2 * 33];
        for (int i = 0; i < pairs.length; i += 2) {
            pairs[i] = 4;
            pairs[i + 1] = 65_535;
        }
        try (Http2Client client = front.http2()) {
            client.send(Frame.settings(pairs));
            client.expectGoAway(ErrorCode.ENHANCE_YOUR_CALM);
        }
    }

    /** CVE-2023-44487. */
    @Test
    void rapidReset() throws IOException {
        requireCalm(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n ->
                new Frame[] {get(2 * n + 1), Frame.reset(2 * n + 1, ErrorCode.CANCEL)}));
    }

    /** What makes a server reset a stream itself, on a stream that has been opened. */
    record Provocation(String name, boolean wholeRequest, Attacker.Flood breach) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Frame[] one(Frame frame) {
        return new Frame[] {frame};
    }

    static Stream<Provocation> provocations() {
        return Stream.of(
                new Provocation("WINDOW_UPDATE by 0", true, n -> one(Frame.windowUpdate(n, 0))),
                new Provocation("WINDOW_UPDATE beyond 2^31", true, n -> one(Frame.windowUpdate(n, Integer.MAX_VALUE))),
                new Provocation("DATA after END_STREAM", true, n -> one(Frame.of(Frame.DATA, 0, n, "x"))),
                new Provocation("HEADERS after END_STREAM", true, n -> one(get(n))),
                new Provocation("PRIORITY of four bytes", true, n -> one(new Frame(Frame.PRIORITY, 0, n, new byte[4]))),
                new Provocation(
                        "trailers without END_STREAM",
                        false,
                        n -> one(new Frame(Frame.HEADERS, Frame.END_HEADERS, n, FieldBlock.of("x", "y")))),
                new Provocation(
                        "trailers with a pseudo-field",
                        false,
                        n -> one(new Frame(Frame.HEADERS, Frame.END, n, FieldBlock.of(":path", "/")))));
    }

    /** CVE-2025-8671: the same as rapid reset, but it is the server that is made to reset. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("provocations")
    void madeYouReset(Provocation provocation) throws IOException {
        requireEnd(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> new Frame[] {
            provocation.wholeRequest() ? get(2 * n + 1) : post(2 * n + 1),
            provocation.breach().frames(2 * n + 1)[0]
        }));
    }

    /** A request that is refused costs more to refuse than to send. */
    @Test
    void malformedRequestFlood() throws IOException {
        byte[] malformed = FieldBlock.of(request("GET", "/", "connection", "close"));
        requireCalm(attacker.flood(
                MOST_FRAMES,
                Http2AttackTest::nothing,
                n -> one(new Frame(Frame.HEADERS, Frame.END, 2 * n + 1, malformed))));
    }

    /** The CVE-2024-27316 family: a field block that never ends. */
    @Test
    void continuationFlood() throws IOException {
        byte[] fields = FieldBlock.of("x", "y".repeat(16_000));
        requireEnd(attacker.flood(
                10_000,
                client -> client.send(new Frame(Frame.HEADERS, Frame.END_STREAM, 1, GET)),
                n -> one(new Frame(Frame.CONTINUATION, 0, 1, fields))));
    }

    @Test
    void emptyContinuationFlood() throws IOException {
        requireEnd(attacker.flood(
                MOST_FRAMES,
                client -> client.send(new Frame(Frame.HEADERS, Frame.END_STREAM, 1, GET)),
                n -> one(new Frame(Frame.CONTINUATION, 0, 1, new byte[0]))));
    }

    /** CVE-2019-9515. */
    @Test
    void settingsFlood() throws IOException {
        requireCalmOrServed(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.settings())));
    }

    @Test
    void settingsFloodUnread() throws IOException {
        attacker.floodUnread(10 * MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.settings()));
    }

    /** CVE-2019-9512. */
    @Test
    void pingFlood() throws IOException {
        requireCalmOrServed(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.ping(Frame.NONE, n))));
    }

    @Test
    void pingFloodUnread() throws IOException {
        attacker.floodUnread(10 * MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.ping(Frame.NONE, n)));
    }

    /** CVE-2019-9518. */
    @Test
    void emptyDataFlood() throws IOException {
        requireCalmOrServed(
                attacker.flood(MOST_FRAMES, client -> client.send(post(1)), n -> one(Frame.of(Frame.DATA, 0, 1, ""))));
    }

    @Test
    void paddingFlood() throws IOException {
        byte[] padding = new byte[256];
        padding[0] = (byte) 255;
        // Nothing but padding uses up windows, whose return is the proxy's work.
        requireCalmOrServed(attacker.flood(
                MOST_FRAMES,
                client -> client.send(post(1)),
                n -> one(new Frame(Frame.DATA, Frame.PADDED, 1, padding))));
    }

    @Test
    void emptyHeadersFlood() throws IOException {
        requireEnd(attacker.flood(
                MOST_FRAMES,
                Http2AttackTest::nothing,
                n -> one(new Frame(Frame.HEADERS, Frame.END, 2 * n + 1, new byte[0]))));
    }

    @Test
    void resetFlood() throws IOException {
        requireCalmOrServed(
                attacker.flood(MOST_FRAMES, client -> client.send(get(1)), n -> one(Frame.reset(1, ErrorCode.CANCEL))));
    }

    /** CVE-2019-9513. */
    @Test
    void priorityFlood() throws IOException {
        requireCalmOrServed(attacker.flood(
                MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.priority(2 * n + 1, 2 * n + 3))));
    }

    @Test
    void windowUpdateFlood() throws IOException {
        requireCalmOrServed(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> one(Frame.windowUpdate(0, 1))));
    }

    @Test
    void unknownFrameFlood() throws IOException {
        // Each costs less to drop than to send, so that it need not end the connection.
        requireCalmOrServed(
                attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> one(new Frame(0xbe, 0, 0, new byte[0]))));
    }

    /** CVE-2016-6581: few bytes that decode to many. */
    @Test
    void hpackBomb() throws IOException {
        try (Http2Client client = front.http2()) {
            FieldBlock block = new FieldBlock().literal(request("GET", "/")).indexing("x", "y".repeat(4000));
            for (int i = 0; i < 16_000; i++) {
                block.indexed(62);
            }
            byte[] bytes = block.bytes();
            client.send(new Frame(Frame.HEADERS, Frame.END_STREAM, 1, java.util.Arrays.copyOf(bytes, 16_384)));
            client.send(new Frame(
                    Frame.CONTINUATION,
                    Frame.END_HEADERS,
                    1,
                    java.util.Arrays.copyOfRange(bytes, 16_384, bytes.length)));
            requireTooMuch(client);
        }
    }

    @Test
    void manyFields() throws IOException {
        try (Http2Client client = front.http2()) {
            FieldBlock block = new FieldBlock().literal(request("GET", "/"));
            for (int i = 0; i < 3_000; i++) {
                block.literal("x", "");
            }
            client.send(new Frame(Frame.HEADERS, Frame.END, 1, block.bytes()));
            requireTooMuch(client);
        }
    }

    private void requireTooMuch(Http2Client client) throws IOException {
        Frame frame = client.awaitFrame(each -> each.type() == Frame.HEADERS || each.type() == Frame.GOAWAY);
        if (frame.type() == Frame.GOAWAY) {
            assertThat(frame.errorCode()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
        } else {
            assertThat(client.message(1).status()).isEqualTo(431);
        }
        assertThat(attacking).hasValue(0);
    }

    /** CVE-2019-9511: many large answers, and windows that let hardly anything through. */
    @Test
    void dataDribble() throws IOException {
        try (Http2Client client = front.http2(Settings.INITIAL_WINDOW_SIZE, 0)) {
            client.granting(stream -> false);
            for (int stream = 1; stream < 200; stream += 2) {
                client.get(stream, "/large");
            }
            for (int stream = 1; stream < 200; stream += 2) {
                client.head(stream);
                client.send(Frame.windowUpdate(stream, 1));
            }
            attacker.serveAnother();
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(MOST_HELD);
            // Who takes nothing for as long as stall allows is cut.
            long since = System.nanoTime();
            while (!cut(client, 100)) {
                client.read();
                assertThat(Duration.ofNanos(System.nanoTime() - since))
                        .as("until all streams are cut")
                        .isLessThan(Duration.ofSeconds(10));
            }
        }
    }

    private static boolean cut(Http2Client client, int streams) {
        return client.streams().stream()
                        .filter(stream -> client.message(stream).resetWith().isPresent())
                        .count()
                == streams;
    }

    /** CVE-2019-9517: the windows of HTTP/2 are open, TCP's is closed. */
    @Test
    void internalDataBuffering() throws IOException {
        List<Http2Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                Http2Client client = Http2Client.withReceiveBuffer(
                        front.port(), 4096, Settings.INITIAL_WINDOW_SIZE, Integer.MAX_VALUE);
                clients.add(client);
                client.send(Frame.windowUpdate(0, Integer.MAX_VALUE - 65_535));
                for (int stream = 1; stream < 100; stream += 2) {
                    client.get(stream, "/large");
                }
            }
            for (int i = 0; i < 20; i++) {
                attacker.serveAnother();
            }
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(4 * MOST_HELD);
            // Nobody reads: each connection is ended once it has stood still for as long as stall allows.
            awaitNoClients();
        } finally {
            for (Http2Client client : clients) {
                client.abort();
            }
        }
    }

    private void awaitNoClients() {
        org.awaitility.Awaitility.await()
                .atMost(Bounds.WAIT)
                .until(() -> front.parley().listenerMetrics("edge").connectionsOpen() == 0);
    }

    @Test
    void slowPreface() throws IOException {
        try (Http2Client client = Http2Client.silent(front.port())) {
            client.sendRaw("PRI * HTTP/2.0\r\n\r\nS");
            requireEndWithin(client, Duration.ofSeconds(5));
        }
    }

    @Test
    void slowSettings() throws IOException {
        try (Http2Client client = Http2Client.silent(front.port())) {
            client.sendRaw(Http2Client.PREFACE);
            requireEndWithin(client, Duration.ofSeconds(5));
        }
    }

    /** Slowloris. */
    @Test
    void slowHeaders() throws IOException {
        try (Http2Client client = front.http2()) {
            client.send(new Frame(Frame.HEADERS, Frame.END_STREAM, 1, GET));
            requireEndWithin(client, Duration.ofSeconds(5));
        }
    }

    @Test
    void slowFrame() throws IOException {
        try (Http2Client client = front.http2()) {
            byte[] frame = get(1).bytes();
            client.sendRaw(java.util.Arrays.copyOf(frame, frame.length - 1));
            requireEndWithin(client, Duration.ofSeconds(5));
        }
    }

    /** A body that stops within it ends its stream, and pings keep nothing alive. */
    @Test
    void slowBody() throws IOException {
        try (Http2Client client = front.http2()) {
            client.post(1, "/body");
            client.data(1, Frame.NONE, "beginning");
            Message message =
                    client.await(1, each -> each.isWhole() || each.resetWith().isPresent());
            assertThat(message.status()).isIn(0, 408);
        }
    }

    @Test
    void idleConnection() throws IOException {
        try (Http2Client client = front.http2()) {
            client.exchange(1, "/other");
            requireEndWithin(client, Duration.ofSeconds(5));
        }
    }

    private static void requireEndWithin(Http2Client client, Duration time) throws IOException {
        long since = System.nanoTime();
        client.expectEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(time);
    }

    @Test
    void streamsBeyondTheLimit() throws IOException {
        requireCalm(attacker.flood(MOST_FRAMES, Http2AttackTest::nothing, n -> one(get(2 * n + 1))));
    }
}
