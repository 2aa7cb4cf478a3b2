package dev.parley.proxy.http1;

import dev.parley.proxy.loop.FlushQueue;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** What goes to a client: a head waits for the body that follows at once, so that both leave in one buffer. */
final class ClientOutput {
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

    /** Bytes that follow; takes ownership. */
    void body(ByteBuf bytes) {
        if (waiting != null && bytes.readableBytes() <= waiting.writableBytes()) {
            waiting.writeBytes(bytes);
            bytes.release();
            return;
        }
        writeWaiting();
        write(bytes);
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
