package dev.parley.proxy.tcp;

import dev.parley.proxy.loop.FlushQueue;
import dev.parley.proxy.tls.TlsHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.concurrent.TimeUnit;

/**
 * Bytes both ways between two sockets of one event loop, for TCP routes and for connections that were upgraded.
 *
 * <p>Each side is read only while the other takes what was read: when its buffer is over the high-water mark, reading stops
 * until it has drained, so that a slow reader costs a bounded buffer and holds back its own peer alone. A side that ends its
 * output has that passed on once all that it sent is through (RFC 9293 section 3.6); the relay is over when both have.
 */
public final class Relay {
    /** What the owner of a relay wants to know. Called on the loop. */
    public interface Watcher {
        /** Both directions have ended, or one side is gone: both channels are being closed. */
        void relayEnded(boolean byClient, boolean orderly);
    }

    /** How long a side may take no byte of what was read before the other side went away. */
    private static final int LAST_WRITES_SECONDS = 10;

    private final Channel client;
    private final Channel endpoint;
    private final FlushQueue flushes;
    private final Watcher watcher;
    private long fromClientBytes;
    private long fromEndpointBytes;
    private boolean clientFinished;
    private boolean endpointFinished;
    private boolean ended;
    private boolean moved;

    public Relay(Channel client, Channel endpoint, FlushQueue flushes, Watcher watcher) {
        this.flushes = flushes;
        this.client = client;
        this.endpoint = endpoint;
        this.watcher = watcher;
    }

    /** Bytes read from the client so far. */
    public long fromClientBytes() {
        return fromClientBytes;
    }

    /** Bytes read from the endpoint so far. */
    public long fromEndpointBytes() {
        return fromEndpointBytes;
    }

    /** Whether any byte went either way since the last call: what an idle limit asks. */
    public boolean takeMoved() {
        boolean was = moved;
        moved = false;
        return was;
    }

    /** Takes over bytes that one side sent. */
    public void read(boolean fromClient, ByteBuf bytes) {
        moved = true;
        Channel to = fromClient ? endpoint : client;
        if (fromClient) {
            fromClientBytes += bytes.readableBytes();
        } else {
            fromEndpointBytes += bytes.readableBytes();
        }
        to.write(bytes, to.voidPromise());
    }

    /** The bytes of one turn are all read: sends them on, and stops reading where they do not fit. */
    public void readComplete(boolean fromClient) {
        Channel from = fromClient ? client : endpoint;
        Channel to = fromClient ? endpoint : client;
        flushes.add(to);
        if (!to.isWritable() && from.config().isAutoRead()) {
            from.config().setAutoRead(false);
        }
    }

    /** One side takes bytes again, or no longer. */
    public void writabilityChanged(boolean ofClient) {
        Channel writer = ofClient ? client : endpoint;
        Channel reader = ofClient ? endpoint : client;
        moved = true;
        boolean finished = ofClient ? endpointFinished : clientFinished;
        // Epoll has let go of a side that has finished, and asking it to read would fail.
        if (writer.isWritable() && !finished && !reader.config().isAutoRead()) {
            reader.config().setAutoRead(true);
        }
    }

    /** One side will send no more. */
    public void inputShutdown(boolean byClient) {
        if (byClient ? clientFinished : endpointFinished) {
            return;
        }
        if (byClient) {
            clientFinished = true;
        } else {
            endpointFinished = true;
        }
        if (clientFinished && endpointFinished) {
            end(byClient, true);
            return;
        }
        // An empty write completes after all that is queued, so the FIN follows the last byte.
        Channel to = byClient ? endpoint : client;
        to.writeAndFlush(to.alloc().buffer(0)).addListener(written -> TlsHandler.shutdownOutput(to));
    }

    /** One side is gone. Where it had not ended its output before, it broke off, and the other is told so by a reset. */
    public void inactive(boolean ofClient) {
        boolean orderly = ofClient ? clientFinished : endpointFinished;
        if (!orderly) {
            breakOff(ofClient ? endpoint : client);
        }
        end(ofClient, orderly);
    }

    /** Ends it from outside: an idle limit, a drain's deadline. */
    public void cut() {
        if (!ended) {
            ended = true;
            breakOff(client);
            breakOff(endpoint);
            client.close();
            endpoint.close();
            watcher.relayEnded(false, false);
        }
    }

    /** Has the close be a reset: an orderly end would make what is cut short look whole. */
    private static void breakOff(Channel channel) {
        if (channel.isOpen() && channel.config() instanceof SocketChannelConfig socket) {
            socket.setSoLinger(0);
        }
    }

    private void end(boolean byClient, boolean orderly) {
        if (ended) {
            return;
        }
        ended = true;
        closeAfterWrites(client);
        closeAfterWrites(endpoint);
        watcher.relayEnded(byClient, orderly);
    }

    private static void closeAfterWrites(Channel channel) {
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
                        LAST_WRITES_SECONDS,
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
