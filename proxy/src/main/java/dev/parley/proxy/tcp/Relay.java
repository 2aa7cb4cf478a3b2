package dev.parley.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
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

    /** How long a side may take to accept what was read before the other side went away. */
    private static final int LAST_WRITES_SECONDS = 10;

    private final Channel client;
    private final Channel endpoint;
    private final Watcher watcher;
    private long fromClientBytes;
    private long fromEndpointBytes;
    private boolean clientFinished;
    private boolean endpointFinished;
    private boolean ended;
    private boolean moved;

    public Relay(Channel client, Channel endpoint, Watcher watcher) {
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
        to.flush();
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
        to.writeAndFlush(to.alloc().buffer(0)).addListener(written -> ((DuplexChannel) to).shutdownOutput());
    }

    /** One side is gone. */
    public void inactive(boolean ofClient) {
        end(ofClient, ofClient ? clientFinished : endpointFinished);
    }

    /** Ends it from outside: an idle limit, a drain's deadline. */
    public void cut() {
        if (!ended) {
            ended = true;
            client.close();
            endpoint.close();
            watcher.relayEnded(false, false);
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
            var _ = channel.eventLoop().schedule(() -> channel.close(), LAST_WRITES_SECONDS, TimeUnit.SECONDS);
        }
    }
}
