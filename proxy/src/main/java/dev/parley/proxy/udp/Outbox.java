package dev.parley.proxy.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Answers of one turn of the loop, of any endpoints to any clients, on their way out through the listener's socket. */
final class Outbox {
    /** Datagrams sent at once. */
    static final int MOST = 64;

    /** Four of the largest, or as many small ones as there may be. */
    private static final int BYTES = 4 * Datagrams.MOST_BYTES;

    /** So that datagrams begin at cache lines. */
    private static final int ALIGNMENT = 64;

    final ByteBuf memory = UnpooledByteBufAllocator.DEFAULT.directBuffer(BYTES, BYTES);
    final int[] offsets = new int[MOST];
    final int[] lengths = new int[MOST];
    final @Nullable UdpSession[] to = new @Nullable UdpSession[MOST];
    private int count;
    private int end;

    int count() {
        return count;
    }

    /** Whether the largest datagram fits in behind what is here. */
    boolean hasRoom() {
        return count < MOST && BYTES - end >= Datagrams.MOST_BYTES;
    }

    /** Where the next datagram is to be put. */
    int end() {
        return end;
    }

    /** Takes what was put at {@link #end}. */
    void add(UdpSession session, int length) {
        offsets[count] = end;
        lengths[count] = length;
        to[count] = session;
        count++;
        end = (end + length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    UdpSession session(int i) {
        UdpSession session = to[i];
        if (session == null) {
            throw new AssertionError("each datagram goes to somebody");
        }
        return session;
    }

    void clear() {
        while (count > 0) {
            to[--count] = null;
        }
        end = 0;
    }

    void free() {
        memory.release();
    }
}
