package dev.parley.proxy.message;

import io.netty.buffer.ByteBuf;

/** Bytes of a message that is not whole yet. */
public final class Pending {
    private Pending() {}

    /** Both in one buffer; takes ownership of both. Doubles the room, so that many small reads do not copy much. */
    public static ByteBuf joined(ByteBuf first, ByteBuf second) {
        int length = first.readableBytes() + second.readableBytes();
        if (first.refCnt() == 1 && first.writableBytes() >= second.readableBytes()) {
            first.writeBytes(second);
            second.release();
            return first;
        }
        ByteBuf both = first.alloc().directBuffer(Math.max(512, length * 2));
        both.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return both;
    }
}
