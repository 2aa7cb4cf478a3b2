package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.util.List;

/**
 * One thing that RFC 9113 or RFC 7541 says of a server: what a client does, and what must come of it. Written without
 * regard to which server it is, so that servers that nobody here wrote can show whether the rule itself is sound.
 *
 * @param name the section and the rule
 * @param begins whether preface and settings have been exchanged before the act
 */
record Rule(String name, boolean begins, Act act, Expected expected) {
    /** What the client does. */
    @FunctionalInterface
    interface Act {
        void on(Http2Client client) throws IOException;
    }

    /** What the server does then. */
    sealed interface Expected {
        /** It ends the connection with GOAWAY and one of these codes. */
        record ConnectionError(List<ErrorCode> codes) implements Expected {}

        /** It resets this stream with one of these codes, and the connection lives on. */
        record StreamError(int stream, List<ErrorCode> codes) implements Expected {}

        /** It resets this stream or ends the connection, with one of these codes: the RFC leaves it to the server. */
        record EitherError(int stream, List<ErrorCode> codes) implements Expected {}

        /** It resets this stream or answers 4xx or 501 (RFC 9113, section 8.1.1), and the connection lives on. */
        record Malformed(int stream) implements Expected {}

        /** The connection lives on: the act says what else. */
        record Fine() implements Expected {}

        /** The connection ends, in whichever way. */
        record End() implements Expected {}
    }

    /** How exact a server has to be. */
    enum Strictness {
        /** As Parley should: no more than what is broken ends, and its reason is said. */
        EXACT,
        /** As the RFCs allow: a stream's error may end the connection, and a connection may end without a word. */
        ALLOWED
    }

    static Rule endsConnection(String name, Act act, ErrorCode... codes) {
        return new Rule(name, true, act, new Expected.ConnectionError(List.of(codes)));
    }

    static Rule endsStream(String name, int stream, Act act, ErrorCode... codes) {
        return new Rule(name, true, act, new Expected.StreamError(stream, List.of(codes)));
    }

    static Rule endsEither(String name, int stream, Act act, ErrorCode... codes) {
        return new Rule(name, true, act, new Expected.EitherError(stream, List.of(codes)));
    }

    static Rule malformed(String name, Act act) {
        return new Rule(name, true, act, new Expected.Malformed(1));
    }

    static Rule fine(String name, Act act) {
        return new Rule(name, true, act, new Expected.Fine());
    }

    static Rule raw(String name, Act act, Expected expected) {
        return new Rule(name, false, act, expected);
    }

    /** The same act, with which the connection ends. */
    Rule thenEnds() {
        return new Rule(name, begins, act, new Expected.End());
    }

    void check(int port, Strictness strictness) throws IOException {
        try (Http2Client client = Http2Client.silent(port)) {
            if (begins) {
                client.begin();
            }
            try {
                act.on(client);
            } catch (java.net.SocketException broken) {
                // A server may end the connection before all was sent; what it said is still to be read.
                assertThat(expected).isNotInstanceOf(Expected.Fine.class);
            }
            switch (expected) {
                case Expected.ConnectionError(var codes) -> connectionError(client, codes, strictness);
                case Expected.StreamError(var stream, var codes) -> streamError(client, stream, codes, strictness);
                case Expected.EitherError(var stream, var codes) ->
                    streamError(client, stream, codes, Strictness.ALLOWED);
                case Expected.Malformed(var stream) -> malformed(client, stream, strictness);
                case Expected.Fine() -> client.roundTrip();
                case Expected.End() -> client.expectEnd();
            }
        }
    }

    private static void connectionError(Http2Client client, List<ErrorCode> codes, Strictness strictness)
            throws IOException {
        if (strictness == Strictness.EXACT) {
            client.expectGoAway(codes.toArray(ErrorCode[]::new));
        } else {
            client.expectEnd();
        }
    }

    private static void streamError(Http2Client client, int stream, List<ErrorCode> codes, Strictness strictness)
            throws IOException {
        Frame end = endOf(client, stream, strictness);
        if (strictness == Strictness.EXACT || end.type() == Frame.RST_STREAM || end.type() == Frame.GOAWAY) {
            assertThat(end.type()).as("%s", end).isIn(types(strictness));
            assertThat(end.errorCode()).as("%s", end).isIn(codes);
        }
        if (strictness == Strictness.EXACT) {
            client.roundTrip();
        }
    }

    private static List<Integer> types(Strictness strictness) {
        return strictness == Strictness.EXACT ? List.of(Frame.RST_STREAM) : List.of(Frame.RST_STREAM, Frame.GOAWAY);
    }

    /** The frame that resets the stream or ends the connection; an end without one is shown as a PING. */
    private static Frame endOf(Http2Client client, int stream, Strictness strictness) throws IOException {
        try {
            return client.awaitFrame(frame ->
                    frame.type() == Frame.GOAWAY || (frame.type() == Frame.RST_STREAM && frame.stream() == stream));
        } catch (AssertionError ended) {
            if (strictness == Strictness.EXACT || !(ended.getCause() instanceof java.io.EOFException)) {
                throw ended;
            }
            return Frame.ping(Frame.NONE, 0);
        }
    }

    private static void malformed(Http2Client client, int stream, Strictness strictness) throws IOException {
        try {
            Message message = client.await(
                    stream, each -> each.isWhole() || each.resetWith().isPresent());
            if (message.isWhole()) {
                assertThat(message.status()).as("%s", message).matches(status -> status / 100 == 4 || status == 501);
            } else {
                assertThat(message.resetWith()).contains(ErrorCode.PROTOCOL_ERROR);
            }
            client.roundTrip();
        } catch (AssertionError ended) {
            if (strictness == Strictness.EXACT || !(ended.getCause() instanceof IOException)) {
                throw ended;
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
