package dev.parley.proxy.exchange;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A request as it was sent, held until an answer begins so that it can be sent again. The head always; the body only where all
 * of it came at once and is small.
 */
final class Replay {
    /** How much of a body is held. Linkerd's bound for retries. */
    private static final int BODY_BYTES = 64 * 1024;

    private @Nullable ByteBuf head;
    private @Nullable ByteBuf body;
    private boolean bodyLost;

    /** Begins to hold a request; takes ownership of its head. */
    void hold(ByteBuf encodedHead) {
        head = encodedHead;
        bodyLost = false;
    }

    /** The next {@code length} bytes of a buffer go by as part of the body; none is read here. */
    void bodyPart(ByteBuf from, int length, boolean last) {
        if (head == null) {
            return;
        }
        if (last && body == null && !bodyLost && length <= BODY_BYTES) {
            body = from.retainedSlice(from.readerIndex(), length);
        } else {
            bodyLost = true;
            release();
        }
    }

    /** Whether a head is held, and with it all of the body that has gone by. */
    boolean held() {
        return head != null;
    }

    /** Writes what is held; it goes on being held. */
    void writeTo(Upstream upstream, boolean whole) {
        if (head == null) {
            throw new AssertionError("only a request that is held is sent");
        }
        // A connection that failed has let go of it by now, so one buffer with its index set back serves each attempt.
        upstream.head(head.readerIndex(0), whole && body == null);
        if (body != null) {
            upstream.body(body.readerIndex(0), body.readableBytes(), whole);
        }
    }

    /** Lets go of it: it will not be sent again. */
    void release() {
        if (head != null) {
            head.release();
            head = null;
        }
        if (body != null) {
            body.release();
            body = null;
        }
    }
}
