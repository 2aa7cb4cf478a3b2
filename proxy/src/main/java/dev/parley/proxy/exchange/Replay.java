package dev.parley.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A request as it was sent, held until an answer begins so that it can be sent again. The head always; the body as far as it
 * is no larger than the service's retries allow.
 */
final class Replay {
    /** Pieces in which a body may come and still be held: each keeps the buffer that it came in. */
    private static final int MOST_PIECES = 64;

    private @Nullable ByteBuf head;
    private @Nullable ByteBuf body;
    private int mostBodyBytes;
    private int pieces;

    /** Begins to hold a request; takes ownership of its head. */
    void hold(ByteBuf encodedHead, int bodyBytes) {
        head = encodedHead;
        mostBodyBytes = bodyBytes;
        pieces = 0;
    }

    /** The next {@code length} bytes of a buffer go by as part of the body; none is read here. */
    void bodyPart(ByteBuf from, int length) {
        if (head == null || length == 0) {
            return;
        }
        int held = body == null ? 0 : body.writerIndex();
        if (held + length > mostBodyBytes || ++pieces > MOST_PIECES) {
            release();
            return;
        }
        ByteBuf piece = from.retainedSlice(from.readerIndex(), length);
        if (body == null) {
            body = piece;
        } else if (body instanceof CompositeByteBuf several && pieces > 2) {
            several.addComponent(true, piece);
        } else {
            body = UnpooledByteBufAllocator.DEFAULT
                    .compositeDirectBuffer(MOST_PIECES)
                    .addComponent(true, body)
                    .addComponent(true, piece);
        }
    }

    /** Whether a head is held, and with it all of the body that has gone by. */
    boolean held() {
        return head != null;
    }

    /** Writes what is held; it goes on being held. */
    void writeTo(Upstream upstream, boolean whole, LatencyBudget budget, long nowNs) {
        ByteBuf image = required();
        budget.say(image, nowNs);
        // A connection that failed has let go of it by now, so one buffer with its index set back serves each attempt.
        upstream.head(image.readerIndex(0), whole && body == null);
        if (body != null) {
            upstream.body(body.readerIndex(0), body.readableBytes(), whole);
        }
    }

    /** Writes a whole request once more, while another upstream may still be writing it. */
    void writeBeside(Upstream upstream, LatencyBudget budget, long nowNs) {
        ByteBuf image = required().copy(0, required().writerIndex());
        budget.say(image, nowNs);
        upstream.head(image, body == null);
        image.release();
        if (body != null) {
            ByteBuf same = body.duplicate().readerIndex(0);
            upstream.body(same, same.readableBytes(), true);
        }
    }

    /** The head, which stays this one's. */
    ByteBuf head() {
        return required();
    }

    private ByteBuf required() {
        if (head == null) {
            throw new AssertionError("only a request that is held is sent");
        }
        return head;
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
