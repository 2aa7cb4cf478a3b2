package dev.parley.proxy.http2;

import dev.parley.proxy.loop.FlushQueue;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeaderBlock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The frames that go out on one connection: those of all its streams in one buffer, which is sent in one piece at the end of the
 * loop's turn. That is most of what HTTP/2 gains over HTTP/1.1 here: one system call for many messages.
 */
final class FrameOutput implements FlushQueue.Output {
    private static final int FIRST_BYTES = 4 * 1024;
    /** A buffer of this size is handed to the socket though the turn goes on. */
    private static final int FULL_BYTES = 32 * 1024;
    /** Data of up to this size is copied beside the other frames; larger goes by itself and is not copied. */
    private static final int COPIED_BYTES = 4 * 1024;

    private final Channel channel;
    private final FlushQueue flushes;
    private @Nullable ByteBuf buffer;
    private boolean queued;
    private boolean stopped;
    private int mostFrameBytes = Frame.LEAST_MAX_BYTES;

    FrameOutput(Channel channel, FlushQueue flushes) {
        this.channel = channel;
        this.flushes = flushes;
    }

    /** The largest payload that the peer takes; ours stays at 16 KiB, which keeps streams from waiting for each other. */
    int mostDataBytes() {
        return Frame.LEAST_MAX_BYTES;
    }

    void peerFrameBytes(int bytes) {
        mostFrameBytes = Math.min(bytes, Frame.LEAST_MAX_BYTES);
    }

    /** Whether more may be written without memory growing: else it waits until the socket takes it. */
    boolean isWritable() {
        return channel.isWritable();
    }

    void headers(int stream, HeaderBlock block, boolean endStream) {
        int length = block.length();
        int first = Math.min(length, mostFrameBytes);
        boolean whole = first == length;
        ByteBuf out = begin(
                first, Frame.HEADERS, (endStream ? Frame.END_STREAM : 0) | (whole ? Frame.END_HEADERS : 0), stream);
        out.writeBytes(block.bytes(), 0, first);
        for (int at = first; at < length; ) {
            int next = Math.min(length - at, mostFrameBytes);
            out = begin(next, Frame.CONTINUATION, at + next == length ? Frame.END_HEADERS : 0, stream);
            out.writeBytes(block.bytes(), at, next);
            at += next;
        }
        written(out);
    }

    /** The next {@code length} bytes, at most {@link #mostDataBytes}, as one DATA frame. */
    void data(int stream, ByteBuf from, int length, boolean endStream) {
        ByteBuf out = begin(length, Frame.DATA, endStream ? Frame.END_STREAM : 0, stream);
        if (length <= COPIED_BYTES) {
            out.writeBytes(from, length);
            written(out);
        } else {
            handOver();
            channel.write(from.readRetainedSlice(length), channel.voidPromise());
            queue();
        }
    }

    void reset(int stream, ErrorCode code) {
        written(begin(4, Frame.RST_STREAM, 0, stream).writeInt(code.code()));
    }

    void windowUpdate(int stream, int increment) {
        written(begin(4, Frame.WINDOW_UPDATE, 0, stream).writeInt(increment));
    }

    void ping(long opaque, boolean ack) {
        written(begin(8, Frame.PING, ack ? Frame.ACK : 0, 0).writeLong(opaque));
    }

    void settingsAck() {
        written(begin(0, Frame.SETTINGS, Frame.ACK, 0));
    }

    /** Identifiers and values in turn. */
    void settings(int... pairs) {
        ByteBuf out = begin(pairs.length / 2 * Frame.SETTING_BYTES, Frame.SETTINGS, 0, 0);
        for (int i = 0; i < pairs.length; i += 2) {
            out.writeShort(pairs[i]).writeInt(pairs[i + 1]);
        }
        written(out);
    }

    void goAway(int lastStream, ErrorCode code, String why) {
        byte[] debug = why.getBytes(StandardCharsets.US_ASCII);
        written(begin(8 + debug.length, Frame.GOAWAY, 0, 0)
                .writeInt(lastStream)
                .writeInt(code.code())
                .writeBytes(debug));
    }

    /** What a client begins a connection with. */
    void preface() {
        written(buffer(Preface.BYTES.length).writeBytes(Preface.BYTES));
    }

    /** Gives all that was written to the socket. */
    @Override
    public void flush() {
        queued = false;
        handOver();
        channel.flush();
    }

    /** Writes nothing more. */
    void stop() {
        stopped = true;
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    private ByteBuf begin(int length, int type, int flags, int stream) {
        ByteBuf out = buffer(Frame.HEADER_BYTES + Math.min(length, COPIED_BYTES));
        return out.writeInt(length << 8 | type).writeByte(flags).writeInt(stream);
    }

    private ByteBuf buffer(int more) {
        ByteBuf out = buffer;
        if (out == null) {
            out = channel.alloc().directBuffer(Math.max(FIRST_BYTES, more));
            buffer = out;
        }
        return out;
    }

    private void written(ByteBuf out) {
        if (stopped) {
            out.release();
            buffer = null;
        } else if (out.readableBytes() >= FULL_BYTES) {
            handOver();
        }
        queue();
    }

    private void queue() {
        if (!queued && !stopped) {
            queued = true;
            flushes.add(this);
        }
    }

    private void handOver() {
        ByteBuf out = buffer;
        if (out != null) {
            buffer = null;
            channel.write(out, channel.voidPromise());
        }
    }
}
