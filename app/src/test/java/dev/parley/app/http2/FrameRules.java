package dev.parley.app.http2;

import static dev.parley.app.http2.ConnectionRules.served;
import static dev.parley.app.http2.Rule.endsConnection;
import static dev.parley.app.http2.Rule.endsEither;
import static dev.parley.app.http2.Rule.endsStream;
import static dev.parley.app.http2.Rule.fine;
import static dev.parley.testkit.http2.Http2Client.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.FieldBlock;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;

/** Section 6 of RFC 9113: each frame's stream, length, flags and content. */
final class FrameRules {
    private static final long MOST_WINDOW = Integer.MAX_VALUE;

    private FrameRules() {}

    static Stream<Rule> all() {
        return Stream.of(
                        data(),
                        headers(),
                        priorityAndReset(),
                        settings(),
                        pushAndPing(),
                        goAway(),
                        windows(),
                        continuation())
                .flatMap(rules -> rules);
    }

    private static byte[] padded(int padding, byte[] content) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.write(padding);
        payload.writeBytes(content);
        payload.writeBytes(new byte[padding]);
        return payload.toByteArray();
    }

    private static byte[] get(String... moreFields) {
        return FieldBlock.of(request("GET", "/", moreFields));
    }

    private static Stream<Rule> data() {
        int flags = Frame.PADDED | Frame.END_STREAM;
        return Stream.of(
                fine("6.1: DATA may be padded", client -> {
                    client.post(1, "/", "content-length", "4");
                    client.send(new Frame(Frame.DATA, flags, 1, padded(255, new byte[4])));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                fine("6.1: DATA may be nothing but padding", client -> {
                    client.post(1, "/", "content-length", "0");
                    client.send(new Frame(Frame.DATA, flags, 1, padded(10, new byte[0])));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                fine("6.1: DATA may be empty", client -> {
                    client.post(1, "/");
                    client.data(1, Frame.NONE, "");
                    client.data(1, Frame.END_STREAM, "");
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                endsConnection(
                        "6.1: DATA on stream 0",
                        client -> client.data(0, Frame.END_STREAM, "test"),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.1: padding as long as the payload of DATA",
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.DATA, flags, 1, new byte[] {6, 't', 'e', 's', 't'}));
                        },
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.1: padded DATA without the length of its padding",
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.DATA, flags, 1, new byte[0]));
                        },
                        ErrorCode.FRAME_SIZE_ERROR,
                        ErrorCode.PROTOCOL_ERROR));
    }

    private static Stream<Rule> headers() {
        byte[] withPriority = new byte[5 + get().length];
        System.arraycopy(get(), 0, withPriority, 5, get().length);
        return Stream.of(
                fine("6.2: HEADERS may be padded and have a priority", client -> {
                    int all = Frame.END | Frame.PADDED | Frame.WITH_PRIORITY;
                    client.send(new Frame(Frame.HEADERS, all, 1, padded(200, withPriority)));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                endsConnection("6.2: HEADERS on stream 0", client -> client.get(0, "/"), ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.2: padding as long as the payload of HEADERS",
                        client -> client.send(
                                new Frame(Frame.HEADERS, Frame.END | Frame.PADDED, 1, new byte[] {9, 0, 0})),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.2: padded HEADERS without the length of its padding",
                        client -> client.send(new Frame(Frame.HEADERS, Frame.END | Frame.PADDED, 1, new byte[0])),
                        ErrorCode.FRAME_SIZE_ERROR,
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.2: HEADERS whose priority is cut short",
                        client ->
                                client.send(new Frame(Frame.HEADERS, Frame.END | Frame.WITH_PRIORITY, 1, new byte[3])),
                        ErrorCode.FRAME_SIZE_ERROR,
                        ErrorCode.PROTOCOL_ERROR));
    }

    private static Stream<Rule> priorityAndReset() {
        return Stream.of(
                endsConnection(
                        "6.3: PRIORITY on stream 0",
                        client -> client.send(Frame.priority(0, 1)),
                        ErrorCode.PROTOCOL_ERROR),
                endsEither(
                        "6.3: PRIORITY is five bytes long",
                        1,
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.PRIORITY, 0, 1, new byte[4]));
                        },
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "6.4: RST_STREAM on stream 0",
                        client -> client.reset(0, ErrorCode.CANCEL),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.4: RST_STREAM is four bytes long",
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.RST_STREAM, 0, 1, new byte[3]));
                        },
                        ErrorCode.FRAME_SIZE_ERROR));
    }

    private static Stream<Rule> settings() {
        return Stream.of(
                fine("6.5: SETTINGS without any is agreed to", client -> agreed(client, Frame.settings())),
                fine(
                        "6.5: SETTINGS is agreed to",
                        client -> agreed(
                                client,
                                Frame.settings(
                                        Settings.HEADER_TABLE_SIZE,
                                        0,
                                        Settings.MAX_FRAME_SIZE,
                                        16_777_215,
                                        Settings.ENABLE_PUSH,
                                        0,
                                        Settings.MAX_CONCURRENT_STREAMS,
                                        0,
                                        Settings.MAX_HEADER_LIST_SIZE,
                                        1 << 20))),
                endsConnection(
                        "6.5: an ACK of SETTINGS with a payload",
                        client -> client.send(new Frame(Frame.SETTINGS, Frame.ACK, 0, new byte[6])),
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "6.5: SETTINGS on a stream",
                        client -> client.send(new Frame(Frame.SETTINGS, 0, 1, new byte[0])),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.5: SETTINGS are six bytes each",
                        client -> client.send(new Frame(Frame.SETTINGS, 0, 0, new byte[9])),
                        ErrorCode.FRAME_SIZE_ERROR),
                wrong("ENABLE_PUSH is 0 or 1", Settings.ENABLE_PUSH, 2, ErrorCode.PROTOCOL_ERROR),
                wrong(
                        "INITIAL_WINDOW_SIZE is below 2^31",
                        Settings.INITIAL_WINDOW_SIZE,
                        MOST_WINDOW + 1,
                        ErrorCode.FLOW_CONTROL_ERROR),
                wrong("MAX_FRAME_SIZE is at least 2^14", Settings.MAX_FRAME_SIZE, 16_383, ErrorCode.PROTOCOL_ERROR),
                wrong("MAX_FRAME_SIZE is below 2^24", Settings.MAX_FRAME_SIZE, 1 << 24, ErrorCode.PROTOCOL_ERROR),
                fine("6.5.3: of a setting that is given twice the last holds", client -> {
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 100, Settings.INITIAL_WINDOW_SIZE, 1));
                    client.granting(stream -> false);
                    client.get(1, "/");
                    client.roundTrip();
                    client.await(1, message -> message.bodyBytes() > 0);
                    client.roundTrip();
                    assertThat(client.message(1).bodyBytes()).isEqualTo(1);
                }));
    }

    private static Rule wrong(String name, int setting, long value, ErrorCode code) {
        return endsConnection("6.5.2: " + name, client -> client.send(Frame.settings(setting, value)), code);
    }

    private static void agreed(Http2Client client, Frame settings) throws IOException {
        client.send(settings);
        client.awaitFrame(frame -> frame.type() == Frame.SETTINGS && frame.isAck());
        served(client, 1);
    }

    private static Stream<Rule> pushAndPing() {
        return Stream.of(
                endsConnection(
                        "6.6: clients do not push",
                        client -> {
                            client.post(1, "/");
                            client.send(new Frame(Frame.PUSH_PROMISE, Frame.END_HEADERS, 1, new byte[] {0, 0, 0, 2}));
                        },
                        ErrorCode.PROTOCOL_ERROR),
                fine("6.7: PING is answered with what it holds", client -> {
                    byte[] content = {1, 2, 3, 4, 5, 6, 7, 8};
                    client.send(new Frame(Frame.PING, 0, 0, content));
                    client.awaitFrame(frame -> frame.isAck() && Arrays.equals(frame.payload(), content));
                }),
                fine("6.7: the answer to a PING is not answered", client -> {
                    byte[] unasked = {'n', 'o', 'b', 'o', 'd', 'y', 0, 0};
                    byte[] asked = {8, 7, 6, 5, 4, 3, 2, 1};
                    client.send(new Frame(Frame.PING, Frame.ACK, 0, unasked), new Frame(Frame.PING, 0, 0, asked));
                    Frame first = client.awaitFrame(Frame.PING);
                    assertThat(first.payload()).containsExactly(asked);
                }),
                endsConnection(
                        "6.7: PING on a stream",
                        client -> client.send(new Frame(Frame.PING, 0, 1, new byte[8])),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.7: PING is eight bytes long",
                        client -> client.send(new Frame(Frame.PING, 0, 0, new byte[6])),
                        ErrorCode.FRAME_SIZE_ERROR));
    }

    private static Stream<Rule> goAway() {
        return Stream.of(
                endsConnection(
                        "6.8: GOAWAY on a stream",
                        client -> client.send(new Frame(Frame.GOAWAY, 0, 1, new byte[8])),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.8: GOAWAY is at least eight bytes long",
                        client -> client.send(new Frame(Frame.GOAWAY, 0, 0, new byte[7])),
                        ErrorCode.FRAME_SIZE_ERROR),
                Rule.fine("6.8: after the client's GOAWAY its streams are still served", client -> {
                            client.send(
                                    new Frame(Frame.HEADERS, Frame.END, 1, get()), Frame.goAway(0, ErrorCode.NO_ERROR));
                            assertThat(client.response(1).status()).isEqualTo(200);
                            client.close();
                        })
                        .thenEnds());
    }

    private static Stream<Rule> windows() {
        return Stream.of(
                endsConnection(
                        "6.9: WINDOW_UPDATE of the connection by 0",
                        client -> client.send(Frame.windowUpdate(0, 0)),
                        ErrorCode.PROTOCOL_ERROR),
                endsStream(
                        "6.9: WINDOW_UPDATE of a stream by 0",
                        1,
                        client -> {
                            client.post(1, "/");
                            client.send(Frame.windowUpdate(1, 0));
                        },
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.9: WINDOW_UPDATE is four bytes long",
                        client -> client.send(new Frame(Frame.WINDOW_UPDATE, 0, 0, new byte[3])),
                        ErrorCode.FRAME_SIZE_ERROR),
                endsConnection(
                        "6.9.1: the connection's window stays below 2^31",
                        client -> client.send(
                                Frame.windowUpdate(0, Integer.MAX_VALUE), Frame.windowUpdate(0, Integer.MAX_VALUE)),
                        ErrorCode.FLOW_CONTROL_ERROR),
                endsStream(
                        "6.9.1: a stream's window stays below 2^31",
                        1,
                        client -> {
                            client.post(1, "/");
                            client.send(Frame.windowUpdate(1, Integer.MAX_VALUE));
                        },
                        ErrorCode.FLOW_CONTROL_ERROR),
                endsConnection(
                        "6.9.2: SETTINGS do not take a stream's window beyond 2^31",
                        client -> {
                            client.post(1, "/");
                            client.send(
                                    Frame.windowUpdate(1, Integer.MAX_VALUE - 65_535),
                                    Frame.settings(Settings.INITIAL_WINDOW_SIZE, 65_536));
                        },
                        ErrorCode.FLOW_CONTROL_ERROR),
                fine("6.9: no more data comes than the stream's window has room for", client -> {
                    client.granting(stream -> false);
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 3));
                    client.get(1, "/");
                    client.await(1, message -> message.bodyBytes() == 3);
                    client.send(Frame.windowUpdate(1, 2));
                    client.await(1, message -> message.bodyBytes() == 5);
                    client.send(Frame.windowUpdate(1, 1000));
                    assertThat(client.response(1).bodyBytes()).isGreaterThan(5);
                }),
                fine("6.9.2: SETTINGS open the windows of streams that are open", client -> {
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 0));
                    client.get(1, "/");
                    client.head(1);
                    client.roundTrip();
                    assertThat(client.message(1).bodyBytes()).isZero();
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 1000));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                fine("6.9.2: a window may become negative, and opens once it is positive", client -> {
                    client.granting(stream -> false);
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 3));
                    client.get(1, "/");
                    client.await(1, message -> message.bodyBytes() == 3);
                    client.send(Frame.settings(Settings.INITIAL_WINDOW_SIZE, 1), Frame.windowUpdate(1, 2));
                    client.roundTrip();
                    client.roundTrip();
                    assertThat(client.message(1).bodyBytes()).isEqualTo(3);
                    client.send(Frame.windowUpdate(1, 1));
                    client.await(1, message -> message.bodyBytes() == 4);
                    client.send(Frame.windowUpdate(1, 1000));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }));
    }

    private static Stream<Rule> continuation() {
        return Stream.of(
                fine("6.10: a field block may come in any pieces", client -> {
                    byte[] block = get("x", "y");
                    client.send(
                            new Frame(Frame.HEADERS, Frame.END_STREAM, 1, new byte[0]),
                            new Frame(Frame.CONTINUATION, 0, 1, Arrays.copyOfRange(block, 0, 1)),
                            new Frame(Frame.CONTINUATION, 0, 1, Arrays.copyOfRange(block, 1, 4)),
                            new Frame(Frame.CONTINUATION, 0, 1, new byte[0]));
                    client.send(new Frame(
                            Frame.CONTINUATION, Frame.END_HEADERS, 1, Arrays.copyOfRange(block, 4, block.length)));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                fine("6.10: the last piece may be empty", client -> {
                    client.send(
                            new Frame(Frame.HEADERS, Frame.END_STREAM, 1, get()),
                            new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, new byte[0]));
                    assertThat(client.response(1).status()).isEqualTo(200);
                }),
                endsConnection(
                        "6.10: CONTINUATION on stream 0",
                        client -> client.send(
                                new Frame(Frame.HEADERS, Frame.END_STREAM, 1, get()),
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 0, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.10: CONTINUATION after a block's end",
                        client -> client.send(
                                new Frame(Frame.HEADERS, Frame.END_HEADERS, 1, get()),
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.10: CONTINUATION after the end of a block that came in two",
                        client -> client.send(
                                new Frame(Frame.HEADERS, Frame.NONE, 1, get()),
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y")),
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR),
                endsConnection(
                        "6.10: CONTINUATION after DATA",
                        client -> client.send(
                                new Frame(Frame.HEADERS, Frame.END_HEADERS, 1, get()),
                                Frame.of(Frame.DATA, 0, 1, "x"),
                                new Frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, FieldBlock.of("x", "y"))),
                        ErrorCode.PROTOCOL_ERROR));
    }
}
