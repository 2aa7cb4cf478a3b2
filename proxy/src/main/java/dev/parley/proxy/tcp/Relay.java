package dev.parley.proxy.tcp;

import dev.parley.proxy.loop.RawSockets;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Outcome;
import dev.parley.wire.websocket.WebSocketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways between two sockets of one event loop, for TCP routes and for connections that were upgraded.
 *
 * <p>Each side is read only while the other takes what was read, so that a slow reader costs a bounded buffer and holds back its
 * own peer alone. A side that ends its output has that passed on once all that it sent is through (RFC 9293 section 3.6); the
 * relay is over when both have. A side that breaks off has the other reset. Two bare sockets are left to a {@link RawRelay};
 * what is here carries the others, through Netty's buffers: TLS, NIO.
 */
public final class Relay {
    /** What the owner of a relay wants to know. Called on the loop. */
    public interface Watcher {
        /** The first byte of the endpoint's came. */
        default void endpointSpoke() {}

        /** Both directions have ended, or one side is gone: both channels are being closed. */
        void relayEnded(End how);
    }

    /** How a relay ends. */
    public enum End {
        /** Both sides ended their output, one after the other. */
        ORDERLY(Outcome.TUNNELLED, ""),
        /** The client's connection broke. */
        CLIENT(Outcome.TUNNELLED, "client-ended"),
        /** The endpoint's connection broke. */
        ENDPOINT(Outcome.TUNNELLED, "endpoint-ended"),
        /** No byte went either way for as long as the listener allows. */
        IDLE(Outcome.TUNNELLED, "idle-limit"),
        /** Draining: both sides of a WebSocket were told to go, and went. */
        GOING_AWAY(Outcome.TUNNELLED, "going-away"),
        /** It was ended in order, to begin anew at an endpoint that has less. */
        REBALANCED(Outcome.TUNNELLED, "rebalanced"),
        /** It outlived the time that draining allows, of its listener or of its endpoint. */
        DRAINED(Outcome.DRAINED, "drained");

        private final Outcome outcome;
        private final String reason;

        End(Outcome outcome, String reason) {
            this.outcome = outcome;
            this.reason = reason;
        }

        /** What is recorded of it. */
        public Outcome outcome() {
            return outcome;
        }

        /** The code of why; empty where nothing is to be said. */
        public String reason() {
            return reason;
        }
    }

    /** How long a side may take no byte of what was read before the other side went away. */
    static final int LAST_WRITES_SECONDS = 10;

    private static final IntSupplier MASKING_KEYS = new SecureRandom()::nextInt;

    private final Channel client;
    private final Channel endpoint;
    private final Worker worker;
    private final Watcher watcher;
    private final @Nullable WebSocketTunnel frames;
    private @Nullable RawRelay raw;
    private long fromClientBytes;
    private long fromEndpointBytes;
    private boolean clientFinished;
    private boolean clientEndedFirst;
    private boolean endpointEndedFirst;
    private boolean endpointFinished;
    private boolean ended;
    private boolean moved;
    private long movedNs;
    private boolean draining;
    private boolean leaving;

    public Relay(Channel client, Channel endpoint, Worker worker, Watcher watcher) {
        this(client, endpoint, worker, watcher, false);
    }

    /** @param webSocket whether frames of WebSocket are carried, so that {@link #drain} can end it between two of them */
    public Relay(Channel client, Channel endpoint, Worker worker, Watcher watcher, boolean webSocket) {
        this.frames = webSocket ? new WebSocketTunnel(MASKING_KEYS) : null;
        this.worker = worker;
        this.client = client;
        this.endpoint = endpoint;
        this.watcher = watcher;
    }

    /** Begins to read both sides. What Netty had read before is given to {@link #read}, after this. */
    public void start() {
        // What was written before has to be out before anything is written past it.
        client.flush();
        endpoint.flush();
        if (ended) {
            return;
        }
        RawSockets sockets = worker.rawSockets();
        if (sockets != null && RawSockets.takes(client) && RawSockets.takes(endpoint)) {
            raw = new RawRelay(this, worker, sockets, client, endpoint);
        } else {
            client.config().setAutoRead(true);
            endpoint.config().setAutoRead(true);
        }
    }

    /** Bytes read from the client so far. */
    public long fromClientBytes() {
        return fromClientBytes;
    }

    /** Bytes read from the endpoint so far. */
    public long fromEndpointBytes() {
        return fromEndpointBytes;
    }

    /** Whether the client said first that it will send no more: an endpoint that ends after that did what it was asked to. */
    public boolean clientEndedFirst() {
        return clientEndedFirst;
    }

    /** Whether any byte went either way since the last call: what an idle limit asks. */
    public boolean takeMoved() {
        boolean was = moved;
        moved = false;
        return was;
    }

    /** Bytes came from one side: how many of {@code bytes[at..at + length)}, from the first, go on. */
    int carried(boolean fromClient, ByteBuffer bytes, int at, int length) {
        carried(fromClient, length);
        if (leaving && fromClient) {
            return 0;
        }
        return frames == null ? length : frames.pass(fromClient, bytes, at, at + length);
    }

    private void carried(boolean fromClient, int length) {
        moved = true;
        movedNs = worker.nowNs();
        if (fromClient) {
            fromClientBytes += length;
        } else {
            boolean first = fromEndpointBytes == 0;
            fromEndpointBytes += length;
            if (first && length > 0) {
                watcher.endpointSpoke();
            }
        }
    }

    boolean webSocket() {
        return frames != null;
    }

    /** Whether no byte went either way for so long. */
    public boolean rested(long nowNs, long forNs) {
        return nowNs - movedNs >= forNs;
    }

    /**
     * Ends it in order and without a reset: a WebSocket as {@link #drain} does, anything else so: the endpoint is told that the client has sent its last, so that it says what it still
     * has to say and ends too, which is passed on to the client; what the client sends meanwhile has nowhere to go. Who does
     * not end within {@link #LAST_WRITES_SECONDS} is closed.
     */
    public void leave() {
        if (ended || leaving) {
            return;
        }
        if (frames != null) {
            drain();
            return;
        }
        leaving = true;
        var _ = client.eventLoop().schedule(() -> end(End.REBALANCED), LAST_WRITES_SECONDS, TimeUnit.SECONDS);
        if (raw != null) {
            raw.leave();
            return;
        }
        if (!clientFinished) {
            LastBytes.endOutput(endpoint);
            // What is dropped is read none the less, else it would be answered with a reset.
            client.config().setAutoRead(true);
        }
    }

    /** Asks both sides of a WebSocket to go, as soon as the frame is whole that is on its way; other tunnels go on. */
    public void drain() {
        if (frames != null && !ended) {
            draining = true;
            frames.beginClose();
            closeFrames(true);
            closeFrames(false);
        }
    }

    /** Sends the Close frame that is due behind what one side sent, and ends it all once both have sent theirs. */
    void closeFrames(boolean fromClient) {
        if (frames == null || !draining || ended) {
            return;
        }
        byte[] close = frames.takeClose(fromClient);
        if (close.length > 0 && raw != null) {
            raw.put(fromClient, close);
        } else if (close.length > 0) {
            Channel to = fromClient ? endpoint : client;
            to.writeAndFlush(Unpooled.wrappedBuffer(close), to.voidPromise());
        }
        if (frames.closed()) {
            end(End.GOING_AWAY);
        }
    }

    /** Takes over bytes that one side sent. */
    public void read(boolean fromClient, ByteBuf bytes) {
        int length = bytes.readableBytes();
        carried(fromClient, length);
        if (leaving && fromClient) {
            bytes.release();
            return;
        }
        if (frames != null) {
            int passing = frames.pass(fromClient, bytes.nioBuffer(), 0, length);
            bytes.writerIndex(bytes.readerIndex() + passing);
        }
        if (raw != null) {
            raw.read(fromClient, bytes);
        } else {
            Channel to = fromClient ? endpoint : client;
            to.write(bytes, to.voidPromise());
        }
        closeFrames(fromClient);
    }

    /** The bytes of one turn are all read: sends them on, and stops reading where they do not fit. */
    public void readComplete(boolean fromClient) {
        if (raw != null) {
            raw.readComplete(fromClient);
            return;
        }
        Channel from = fromClient ? client : endpoint;
        Channel to = fromClient ? endpoint : client;
        worker.flushes().add(to);
        if (!to.isWritable() && from.config().isAutoRead() && !(leaving && fromClient)) {
            from.config().setAutoRead(false);
        }
    }

    /** One side takes bytes again, or no longer. */
    public void writabilityChanged(boolean ofClient) {
        if (raw != null || ended) {
            return;
        }
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
        finished(byClient);
        if (raw != null) {
            raw.inputShutdown(byClient);
            return;
        }
        if (ended || (byClient ? clientFinished : endpointFinished)) {
            return;
        }
        if (byClient) {
            clientFinished = true;
        } else {
            endpointFinished = true;
        }
        if (clientFinished && endpointFinished) {
            end(End.ORDERLY);
            return;
        }
        if (!leaving || !byClient) {
            LastBytes.endOutput(byClient ? endpoint : client);
        }
    }

    /** A side will send no more: which is the first to say so? */
    void finished(boolean client) {
        clientEndedFirst |= client && !endpointEndedFirst;
        endpointEndedFirst |= !client && !clientEndedFirst;
    }

    /** One side is gone. Where it had not ended its output before, it broke off, and the other is told so by a reset. */
    public void inactive(boolean ofClient) {
        if (raw != null) {
            // A bare socket's end is read here first: somebody else has closed it, as a drain does.
            cut(End.DRAINED);
            return;
        }
        boolean orderly = ofClient ? clientFinished : endpointFinished;
        if (!orderly) {
            LastBytes.breakOff(ofClient ? endpoint : client);
        }
        end(orderly ? End.ORDERLY : ofClient ? End.CLIENT : End.ENDPOINT);
    }

    /** Ends it from outside: an idle limit, a drain's deadline. Both sides are reset. */
    public void cut(End why) {
        if (!ended) {
            ended = true;
            LastBytes.breakOff(client);
            LastBytes.breakOff(endpoint);
            close(why);
        }
    }

    /** A side's connection broke: the other is reset too. */
    public void broke(boolean ofClient) {
        cut(ofClient ? End.CLIENT : End.ENDPOINT);
    }

    /** Both bare sockets have ended their output, and all is sent. */
    void ended() {
        end(End.ORDERLY);
    }

    private void close(End how) {
        if (raw != null) {
            raw.over();
        }
        client.close();
        endpoint.close();
        watcher.relayEnded(how);
    }

    private void end(End told) {
        // A side that was told to go may just have ended.
        End how = told == End.ORDERLY && draining
                ? End.GOING_AWAY
                : told == End.ORDERLY && leaving ? End.REBALANCED : told;
        if (ended) {
            return;
        }
        if (raw != null) {
            raw.flush();
            ended = true;
            close(how);
            return;
        }
        ended = true;
        LastBytes.closeAfterWrites(client);
        LastBytes.closeAfterWrites(endpoint);
        watcher.relayEnded(how);
    }
}
