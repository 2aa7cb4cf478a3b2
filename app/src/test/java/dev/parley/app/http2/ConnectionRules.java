package dev.parley.app.http2;

import static dev.parley.app.http2.Rule.endsConnection;
import static dev.parley.app.http2.Rule.endsEither;
import static dev.parley.app.http2.Rule.endsStream;
import static dev.parley.app.http2.Rule.fine;
import static dev.parley.app.http2.Rule.raw;
import static dev.parley.testkit.http2.Http2Client.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.FieldBlock;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Settings;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Sections 3 to 5 of RFC 9113: how a connection begins, what a frame is, what a stream goes through. */
final class ConnectionRules {
    /** A server's frame may be at most this long, for none here says otherwise. */
    private static final int MOST_PAYLOAD = 16_384;

    private ConnectionRules() {}

    static Stream<Rule> all() {
        return Stream.of(beginning(), frames(), blocks(), idle(), halfClosed(), reset(), closed(), identifiers())
                .flatMap(rules -> rules);
    }

    private static Stream<Rule> beginning() {
        return Stream.of(
                raw(
                        "3.4: what is no preface is no HTTP/2",
                        client -> client.sendRaw("INVALID CONNECTION PREFACE\r\n\r\n"),
                        new Rule.Expected.End()),
                raw(
                        "3.4: the preface has to be whole",
                        client -> client.sendRaw("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
                        new Rule.Expected.End()),
                raw("3.4: the server's first frame is SETTINGS", Http2Client::begin, new Rule.Expected.Fine()),
                raw(
                        "3.4: requests may come before the server's SETTINGS",
                        ConnectionRules::requestAtOnce,
                        new Rule.Expected.Fine()),
                raw(
                        "3.4: the client's first frame is SETTINGS",
                        ConnectionRules::pingFirst,
                        new Rule.Expected.ConnectionError(List.of(ErrorCode.PROTOCOL_ERROR))));
    }

    private static void requestAtOnce(Http2Client client) throws IOException {
        client.sendRaw(Http2Client.PREFACE);
        client.send(Frame.settings(), new Frame(Frame.HEADERS, Frame.END, 1, FieldBlock.of(request("GET", "/"))));
        assertThat(client.response(1).status()).isEqualTo(200);
    }

    private static void pingFirst(Http2Client client) throws IOException {
        client.sendRaw(Http2Client.PREFACE);
        client.send(Frame.ping(Frame.NONE, 1));
    }

    private static Stream<Rule> frames() {
        return Stream.of(
                fine("4.1: frames of unknown types are ignored", client -> {
                    client.send(new Frame(0xbe, 0xff, 0, new byte[8]), new Frame(0x16, 0, 1, new byte[0]));
                    served(client, 1);
                }),
                fine("4.1: unknown flags are ignored", client -> {
                    client.send(new Frame(Frame.PING, 0xfe, 0, new byte[8]));
                    client.awaitFrame(frame -> frame.type() == Frame.PING && frame.isAck());
                }),
                fine("4.1: the reserved bit is ignored", client -> {
                    client.send(new Frame(Frame.PING, 0, Integer.MIN_VALUE, new byte[8]));
                    client.awaitFrame(frame -> frame.type() == Frame.PING && frame.isAck());
                }),
                fine("4.2: DATA may be 2^14 bytes long", client -> {
                    client.post(1, "/");
                    client.send(new Frame(Frame.DATA, Frame.END_STREAM, 1, new byte[MOST_PAYLOAD]));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                endsEither(
                        "4.2: DATA is not longer than SETTINGS_MAX_FRAME_SIZE",
                        1,
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.DATA, Frame.END_STREAM, 1, new byte[MOST_PAYLOAD + 1]));
                        },
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "4.2: HEADERS is not longer than SETTINGS_MAX_FRAME_SIZE",
                        client ->
                                client.headers(1, Frame.END_STREAM, request("GET", "/", "x", "y".repeat(MOST_PAYLOAD))),
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "4.2: SETTINGS is not longer than SETTINGS_MAX_FRAME_SIZE",
                        client -> client.send(new Frame(Frame.SETTINGS, 0, 0, new byte[6 * 2731])),
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "4.2: an unknown frame is not longer than SETTINGS_MAX_FRAME_SIZE",
                        client -> client.send(new Frame(0xbe, 0, 0, new byte[MOST_PAYLOAD + 1])),
                        ErrorCode.FRAME_SIZE_ERROR));
    }

    private static Stream<Rule> blocks() {
        return Stream.of(
                endsConnection(
                        "4.3: a field block that cannot be decoded",
                        client -> client.send(new Frame(Frame.HEADERS, Frame.END, 1, new byte[] {0x40})),
                        ErrorCode.COMPRESSION_ERROR),
                inABlock("PRIORITY", Frame.priority(1, 0)),
                inABlock("PRIORITY of another stream", Frame.priority(3, 0)),
                inABlock("DATA", Frame.of(Frame.DATA, Frame.END_STREAM, 1, "x")),
                inABlock("PING", Frame.ping(Frame.NONE, 1)),
                inABlock("SETTINGS", Frame.settings()),
                inABlock("WINDOW_UPDATE", Frame.windowUpdate(0, 1)),
                inABlock("a frame of an unknown type", new Frame(0xbe, 0, 1, new byte[1])),
                inABlock("RST_STREAM of the stream itself", Frame.reset(1, ErrorCode.CANCEL)),
                inABlock(
                        "HEADERS of another stream",
                        new Frame(Frame.HEADERS, Frame.END, 3, FieldBlock.of(request("GET", "/")))),
                inABlock(
                        "HEADERS of the same stream",
                        new Frame(Frame.HEADERS, Frame.END, 1, FieldBlock.of(request("GET", "/")))),
                inABlock(
                        "CONTINUATION of another stream",
                        new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 3, FieldBlock.of("x", "y"))));
    }

    private static Rule inABlock(String what, Frame frame) {
        return endsConnection(
                "4.3: nothing comes within a field block: " + what,
                client -> client.send(
                        new Frame(Frame.HEADERS, Frame.END_STREAM, 1, FieldBlock.of(request("GET", "/"))),
                        frame,
                        new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                ErrorCode.PROTOCOL_ERROR);
    }

    private static Stream<Rule> idle() {
        return Stream.of(
                endsConnection(
                        "5.1: DATA on an idle stream",
                        client -> client.data(1, Frame.END_STREAM, "test"),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1: RST_STREAM on an idle stream",
                        client -> client.reset(1, ErrorCode.CANCEL),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1: WINDOW_UPDATE on an idle stream",
                        client -> client.send(Frame.windowUpdate(1, 100)),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1: CONTINUATION on an idle stream",
                        client -> client.send(
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR),
                fine("5.1: PRIORITY on an idle stream is allowed", client -> {
                    client.send(Frame.priority(7, 0));
                    served(client, 1);
                }));
    }

    /** A request is whole, while its answer waits for a window. */
    private static void halfClosed(Http2Client client, Frame... then) throws IOException {
        client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 0));
        client.get(1, "/");
        client.head(1);
        client.send(then);
    }

    private static Stream<Rule> halfClosed() {
        return Stream.of(
                endsStream(
                        "5.1: DATA on a stream that the client ended",
                        1,
                        client -> halfClosed(client, Frame.of(Frame.DATA, Frame.END_STREAM, 1, "test")),
                        ErrorCode.STREAM_CLOSED),
                endsEither(
                        "5.1: HEADERS on a stream that the client ended",
                        1,
                        client -> halfClosed(client, new Frame(Frame.HEADERS, Frame.END, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.STREAM_CLOSED),
                endsConnection(
                        "5.1: CONTINUATION on a stream that the client ended",
                        client -> halfClosed(
                                client, new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorCode.STREAM_CLOSED),
                fine("5.1: WINDOW_UPDATE and PRIORITY on a stream that the client ended", client -> {
                    halfClosed(client, Frame.priority(1, 0), Frame.windowUpdate(1, 1000));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                fine("5.1: RST_STREAM on a stream that the client ended", client -> {
                    halfClosed(client, Frame.reset(1, ErrorCode.CANCEL));
                    client.roundTrip();
                    assertThat(client.message(1).isWhole()).isFalse();
                }));
    }

    /** A stream that the client reset. */
    private static void reset(Http2Client client, Frame then) throws IOException {
        client.post(1, "/");
        client.send(Frame.reset(1, ErrorCode.CANCEL), then);
    }

    private static Stream<Rule> reset() {
        return Stream.of(
                endsEither(
                        "5.1: DATA after the client's RST_STREAM",
                        1,
                        client -> reset(client, Frame.of(Frame.DATA, Frame.END_STREAM, 1, "test")),
                        ErrorCode.STREAM_CLOSED),
                endsConnection(
                        "5.1: HEADERS after the client's RST_STREAM",
                        client -> reset(
                                client, new Frame(Frame.HEADERS, Frame.END, 1, FieldBlock.of(request("GET", "/")))),
                        ErrorCode.STREAM_CLOSED,
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1: CONTINUATION after the client's RST_STREAM",
                        client -> reset(
                                client, new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorCode.STREAM_CLOSED),
                fine("5.1: PRIORITY, WINDOW_UPDATE and RST_STREAM after the client's RST_STREAM", client -> {
                    reset(client, Frame.priority(1, 0));
                    client.send(Frame.windowUpdate(1, 1), Frame.reset(1, ErrorCode.CANCEL));
                    served(client, 3);
                }));
    }

    private static Stream<Rule> closed() {
        return Stream.of(
                endsEither(
                        "5.1: DATA on a stream that both ended",
                        1,
                        client -> {
                            served(client, 1);
                            client.data(1, Frame.END_STREAM, "test");
                        },
                        ErrorCode.STREAM_CLOSED),
                endsConnection(
                        "5.1: HEADERS on a stream that both ended",
                        client -> {
                            served(client, 1);
                            client.get(1, "/");
                        },
                        ErrorCode.STREAM_CLOSED,
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1: CONTINUATION on a stream that both ended",
                        client -> {
                            served(client, 1);
                            client.send(new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y")));
                        },
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorCode.STREAM_CLOSED),
                fine("5.1: PRIORITY, WINDOW_UPDATE and RST_STREAM on a stream that both ended", client -> {
                    served(client, 1);
                    client.send(Frame.priority(1, 0), Frame.windowUpdate(1, 1), Frame.reset(1, ErrorCode.CANCEL));
                    served(client, 3);
                }));
    }

    private static Stream<Rule> identifiers() {
        return Stream.of(
                endsConnection(
                        "5.1.1: a client's stream has an odd number",
                        client -> client.get(2, "/"),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "5.1.1: a new stream has a higher number",
                        client -> {
                            client.get(5, "/");
                            client.get(3, "/");
                        },
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorCode.STREAM_CLOSED),
                fine("5.1.2: streams beyond SETTINGS_MAX_CONCURRENT_STREAMS are refused", ConnectionRules::tooMany),
                fine("5.3: a stream that depends on itself does not end the connection", client -> {
                    client.send(Frame.priority(1, 1));
                    served(client, 3);
                }),
                fine("5.4.1: GOAWAY names the last stream that was taken", client -> {
                            served(client, 1);
                            served(client, 3);
                            client.send(Frame.windowUpdate(0, 0));
                            assertThat(client.awaitFrame(Frame.GOAWAY).lastStream())
                                    .isEqualTo(3);
                        })
                        .thenEnds(),
                fine("5.5: unknown settings are ignored", client -> {
                    client.send(Frame.settings(0xff, 7, 0xfafa, 0xffffffffL));
                    served(client, 1);
                }));
    }

    private static void tooMany(Http2Client client) throws IOException {
        long most =
                client.peerSettings().setting(Settings.MAX_CONCURRENT_STREAMS).orElseThrow();
        assertThat(most).isBetween(1L, 2000L);
        int stream = 1;
        for (int i = 0; i < most; i++) {
            client.post(stream, "/");
            stream += 2;
        }
        client.get(stream, "/");
        client.expectReset(stream, ErrorCode.REFUSED_STREAM, ErrorCode.PROTOCOL_ERROR);
        client.data(1, Frame.END_STREAM, "");
        assertThat(client.response(1).status()).isEqualTo(200);
    }

    /** The connection and the server work on: a request is answered. */
    static void served(Http2Client client, int stream) throws IOException {
        assertThat(client.exchange(stream, "/").status()).isEqualTo(200);
    }
}
