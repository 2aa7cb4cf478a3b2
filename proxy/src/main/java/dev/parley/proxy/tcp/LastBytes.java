package dev.parley.proxy.tcp;

import dev.parley.proxy.tls.TlsHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.concurrent.TimeUnit;

/** How a channel of a relay ends: behind the last byte that was written to it, or with a reset. */
final class LastBytes {
    private LastBytes() {}

    /** An empty write completes after all that is queued, so the FIN follows the last byte. */
    static void endOutput(Channel to) {
        to.writeAndFlush(to.alloc().buffer(0)).addListener(written -> TlsHandler.shutdownOutput(to));
    }

    /** Has the close be a reset: an orderly end would make what is cut short look whole. */
    static void breakOff(Channel channel) {
        if (channel.isOpen() && channel.config() instanceof SocketChannelConfig socket) {
            socket.setSoLinger(0);
        }
    }

    /** Closes behind the last byte; where it does not go out, once it has not for so long as a side may take none. */
    static void closeAfterWrites(Channel channel) {
        if (!channel.isActive()) {
            channel.close();
            return;
        }
        channel.writeAndFlush(channel.alloc().buffer(0)).addListener(written -> channel.close());
        if (channel.isOpen()) {
            closeWhenStuck(channel, waiting(channel));
        }
    }

    /** A slow reader is waited for as long as it reads at all. */
    private static void closeWhenStuck(Channel channel, long before) {
        var _ = channel.eventLoop()
                .schedule(
                        () -> {
                            long now = waiting(channel);
                            if (now == before) {
                                channel.close();
                            } else if (channel.isOpen()) {
                                closeWhenStuck(channel, now);
                            }
                        },
                        Relay.LAST_WRITES_SECONDS,
                        TimeUnit.SECONDS);
    }

    /** A number that changes with each byte that leaves the queue, since nothing is added to it any more. */
    private static long waiting(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        if (queue == null) {
            return 0;
        }
        long partly = queue.current() instanceof ByteBuf first ? first.readableBytes() : 0;
        return queue.totalPendingWriteBytes() + partly;
    }
}
