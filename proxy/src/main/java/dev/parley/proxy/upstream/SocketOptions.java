package dev.parley.proxy.upstream;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;

/** Bounds on what is buffered for one socket, the same on both sides. */
public final class SocketOptions {
    /** What may wait to be written: above the high mark the other side is read no more, until it is below the low one. */
    private static final WriteBufferWaterMark WAITING = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private static final int FIRST_READ_BYTES = 2048;
    /** A flow that fills its reads is read in up to this much at once; one that does not shrinks back. */
    private static final int MOST_READ_BYTES = 256 * 1024;

    /** Reads in one turn, so that a busy socket does not starve its neighbours on the loop. */
    private static final int READS_A_TURN = 4;

    private SocketOptions() {}

    /** Sets them on a socket that carries data. */
    public static void data(Channel channel) {
        AdaptiveRecvByteBufAllocator sizes = new AdaptiveRecvByteBufAllocator(512, FIRST_READ_BYTES, MOST_READ_BYTES);
        sizes.maxMessagesPerRead(READS_A_TURN);
        channel.config().setRecvByteBufAllocator(sizes);
        channel.config().setWriteBufferWaterMark(WAITING);
    }
}
