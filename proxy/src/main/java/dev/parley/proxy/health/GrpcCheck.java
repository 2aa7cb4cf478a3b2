package dev.parley.proxy.health;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.wire.head.FieldId;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeaderBlock;
import dev.parley.wire.http2.HpackEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code grpc.health.v1.Health/Check} (grpc/grpc, doc/health-checking.md) on a connection of its own, over HTTP/2 by prior
 * knowledge. It says all that it has to say at once and then listens, to at most {@link #MOST_BYTES}; whatever is no answer fails
 * the check with what it was. Blocks; who waits closes the channel when time is up.
 */
final class GrpcCheck {
    /** What is read of an endpoint at most. An answer has a few hundred bytes. */
    private static final int MOST_BYTES = 128 * 1024;

    private static final int STREAM = 1;
    /** Eight digits are the most that grpc-timeout may have. */
    private static final long MOST_TIMEOUT_MS = 99_999_999;

    private static final byte[] PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static final byte[] POST = ascii("POST");
    private static final byte[] PATH = ascii("/grpc.health.v1.Health/Check");

    private final ByteChannel channel;
    private final GrpcReply reply;
    private final ByteBuffer in = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.LEAST_MAX_BYTES);
    private int readBytes;
    private boolean settled;

    private GrpcCheck(ByteChannel channel, GrpcReply reply) {
        this.channel = channel;
        this.reply = reply;
        in.flip();
    }

    /**
     * Asks and judges.
     *
     * @param channel connected, with TLS below where the endpoint wants it
     * @param service whose health is asked for; empty for the server as a whole
     * @param timeout how long the caller waits, which the endpoint is told
     * @throws IOException where the connection breaks
     */
    static Seen run(ByteChannel channel, String service, String authority, boolean tls, Duration timeout)
            throws IOException {
        GrpcCheck check = new GrpcCheck(channel, new GrpcReply(service));
        check.send(question(service, authority, tls, timeout));
        Seen seen = null;
        while (seen == null) {
            seen = check.readFrame();
        }
        return seen;
    }

    // ---- the question ----

    private static ByteBuffer question(String service, String authority, boolean tls, Duration timeout) {
        HeaderBlock block = head(authority, tls, timeout);
        byte[] message = GrpcReply.question(service);
        ByteBuffer out = ByteBuffer.allocate(
                PREFACE.length + 3 * Frame.HEADER_BYTES + Frame.SETTING_BYTES + block.length() + message.length);
        byte[] setting = new byte[Frame.SETTING_BYTES];
        Frame.writeSetting(setting, 0, Frame.SETTINGS_ENABLE_PUSH, 0);
        out.put(PREFACE);
        header(out, Frame.SETTING_BYTES, Frame.SETTINGS, 0, 0);
        out.put(setting);
        header(out, block.length(), Frame.HEADERS, Frame.END_HEADERS, STREAM);
        out.put(block.bytes(), 0, block.length());
        header(out, message.length, Frame.DATA, Frame.END_STREAM, STREAM);
        return out.put(message).flip();
    }

    private static HeaderBlock head(String authority, boolean tls, Duration timeout) {
        HeaderBlock block = new HeaderBlock();
        HpackEncoder encoder = new HpackEncoder();
        encoder.begin(block);
        encoder.method(POST, 0, POST.length);
        byte[] scheme = ascii(tls ? "https" : "http");
        encoder.scheme(scheme, 0, scheme.length);
        encoder.path(PATH, 0, PATH.length);
        byte[] host = ascii(authority);
        encoder.authority(host, 0, host.length);
        field(encoder, "content-type", "application/grpc");
        field(encoder, "te", "trailers");
        field(encoder, "user-agent", "parley-health");
        field(encoder, "grpc-timeout", Math.min(timeout.toMillis(), MOST_TIMEOUT_MS) + "m");
        return block;
    }

    private static void field(HpackEncoder encoder, String name, String value) {
        byte[] nameBytes = ascii(name);
        byte[] valueBytes = ascii(value);
        encoder.field(FieldId.of(nameBytes, 0, nameBytes.length), nameBytes, valueBytes, 0, valueBytes.length);
    }

    private static void header(ByteBuffer out, int length, int type, int flags, int stream) {
        byte[] header = new byte[Frame.HEADER_BYTES];
        Frame.write(header, 0, length, type, flags, stream);
        out.put(header);
    }

    // ---- what comes back ----

    /** Reads one frame; null while the answer is not whole. */
    private @Nullable Seen readFrame() throws IOException {
        if (!fill(Frame.HEADER_BYTES)) {
            return new Seen.Failed(settled ? "closed without an answer" : "closed without a word of HTTP/2");
        }
        byte[] bytes = in.array();
        int at = in.position();
        if (!settled && (Frame.type(bytes, at) != Frame.SETTINGS || (Frame.flags(bytes, at) & Frame.ACK) != 0)) {
            return new Seen.Failed("it does not speak HTTP/2, which gRPC needs");
        }
        int length = Frame.length(bytes, at);
        if (length > Frame.LEAST_MAX_BYTES) {
            return new Seen.Failed(
                    "it sent a frame of %d bytes, above the %d that it may".formatted(length, Frame.LEAST_MAX_BYTES));
        }
        if (!fill(Frame.HEADER_BYTES + length)) {
            return new Seen.Failed("closed within its answer");
        }
        at = in.position();
        Seen seen = frame(bytes, at, length);
        in.position(at + Frame.HEADER_BYTES + length);
        return seen == null && readBytes > MOST_BYTES
                ? new Seen.Failed("it sent more than %d bytes and no answer".formatted(MOST_BYTES))
                : seen;
    }

    private @Nullable Seen frame(byte[] bytes, int at, int length) throws IOException {
        int flags = Frame.flags(bytes, at);
        int stream = Frame.stream(bytes, at);
        int from = at + Frame.HEADER_BYTES;
        int type = Frame.type(bytes, at);
        if (reply.inHead() && type != Frame.CONTINUATION) {
            return new Seen.Failed("it broke the head of its answer off");
        }
        return switch (type) {
            case Frame.SETTINGS -> settings(flags);
            case Frame.PING -> ping(bytes, from, length, flags);
            case Frame.HEADERS, Frame.CONTINUATION ->
                stream == STREAM ? reply.head(type, flags, bytes, from, from + length) : unasked();
            case Frame.DATA -> stream == STREAM ? reply.data(flags, bytes, from, from + length) : unasked();
            case Frame.RST_STREAM -> length == 4 ? reset(ErrorCode.of(Frame.readInt(bytes, from))) : unasked();
            case Frame.GOAWAY -> length < 8 ? unasked() : goAway(bytes, from);
            case Frame.PUSH_PROMISE -> unasked();
            default -> null;
        };
    }

    private @Nullable Seen settings(int flags) throws IOException {
        settled = true;
        if ((flags & Frame.ACK) == 0) {
            ByteBuffer out = ByteBuffer.allocate(Frame.HEADER_BYTES);
            header(out, 0, Frame.SETTINGS, Frame.ACK, 0);
            send(out.flip());
        }
        return null;
    }

    private @Nullable Seen ping(byte[] bytes, int from, int length, int flags) throws IOException {
        if ((flags & Frame.ACK) == 0) {
            ByteBuffer out = ByteBuffer.allocate(Frame.HEADER_BYTES + length);
            header(out, length, Frame.PING, Frame.ACK, 0);
            send(out.put(bytes, from, length).flip());
        }
        return null;
    }

    private static Seen unasked() {
        return new Seen.Failed("it sent a frame that answers nothing that it was asked");
    }

    private static Seen reset(ErrorCode code) {
        return new Seen.Failed("it reset the stream (%s)".formatted(code));
    }

    /** A server that goes away may still answer what it has taken (RFC 9113 section 6.8). */
    private static @Nullable Seen goAway(byte[] bytes, int from) {
        int last = Frame.readInt(bytes, from) & Integer.MAX_VALUE;
        return last >= STREAM
                ? null
                : new Seen.Failed(
                        "it ended the connection (%s)".formatted(ErrorCode.of(Frame.readInt(bytes, from + 4))));
    }

    /** Reads until so many bytes are there; false where the endpoint ends before. */
    private boolean fill(int wanted) throws IOException {
        if (in.capacity() - in.position() < wanted) {
            in.compact().flip();
        }
        while (in.remaining() < wanted) {
            int position = in.position();
            int limit = in.limit();
            in.limit(in.capacity()).position(limit);
            int read = channel.read(in);
            in.limit(in.position()).position(position);
            if (read <= 0) {
                return false;
            }
            readBytes += read;
        }
        return true;
    }

    private void send(ByteBuffer out) throws IOException {
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }
}
