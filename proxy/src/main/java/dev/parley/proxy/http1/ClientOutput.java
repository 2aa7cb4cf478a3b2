package dev.parley.proxy.http1;

import dev.parley.proxy.loop.FlushQueue;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.wire.head.FieldBlock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** What goes to a client: a head waits for the body that follows at once, so that both leave in one buffer. */
final class ClientOutput {
    /** A new buffer for chunks' framing has room for the small chunks behind it. */
    private static final int SMALL_BYTES = 1024;

    private final Channel channel;
    private final FlushQueue flushes;
    private @Nullable ByteBuf waiting;
    private boolean written;

    ClientOutput(Channel channel, FlushQueue flushes) {
        this.channel = channel;
        this.flushes = flushes;
    }

    /** A whole head, and how many bytes of a body may join it. */
    void head(HeadBuffer head, int room) {
        writeWaiting();
        int capacity = head.end() + room;
        waiting = channel.alloc().directBuffer(capacity, capacity).writeBytes(head.bytes(), 0, head.end());
    }

    /** The next {@code length} bytes of {@code from} follow. */
    void body(ByteBuf from, int length) {
        if (waiting != null && length <= waiting.writableBytes()) {
            waiting.writeBytes(from, length);
            return;
        }
        writeWaiting();
        write(from.readRetainedSlice(length));
    }

    /** The next {@code length} bytes of {@code from} follow as a chunk (RFC 9112 section 7.1). */
    void chunk(ByteBuf from, int length, boolean last) {
        if (length > 0) {
            small(Chunks.begin(length));
            body(from, length);
        }
        small(last ? length > 0 ? Chunks.END_AND_LAST : Chunks.LAST : length > 0 ? Chunks.END : Chunks.NOTHING);
    }

    /** The last chunk and the trailers behind it. */
    void trailers(FieldBlock fields) {
        small(Chunks.trailers(fields));
    }

    private void small(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        if (waiting == null || waiting.writableBytes() < bytes.length) {
            writeWaiting();
            waiting = channel.alloc().directBuffer(Math.max(SMALL_BYTES, bytes.length));
        }
        waiting.writeBytes(bytes);
    }

    /** Sends it all at the end of this turn of the loop. */
    void flush() {
        writeWaiting();
        if (written) {
            written = false;
            flushes.add(channel);
        }
    }

    /** Forgets a head that was not sent. */
    void discard() {
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
    }

    private void writeWaiting() {
        if (waiting != null) {
            ByteBuf bytes = waiting;
            waiting = null;
            write(bytes);
        }
    }

    private void write(ByteBuf bytes) {
        written = true;
        channel.write(bytes, channel.voidPromise());
    }
}
