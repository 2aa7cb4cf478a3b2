package dev.parley.proxy.tls;

import dev.parley.telemetry.metrics.HandshakeResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannelConfig;
import org.jspecify.annotations.Nullable;

/**
 * TLS between a socket and its protocol, which sees a connection as if there were none: bytes, an end of input where the peer
 * sent its close_notify, writability. What one turn writes is encrypted together when it is flushed, into records as full as
 * they can be and one buffer for the socket; sooner only where a record's worth waits, so that the socket's writability
 * tells of it.
 *
 * <p>A protocol ends its output with {@link #shutdownOutput}. Where the peer closes without a close_notify,
 * {@link TruncatedException} is fired before the end of input, for what came may be a part of what was sent.
 */
public final class TlsHandler extends ChannelDuplexHandler {
    /** As much plaintext as a record holds is encrypted at once. */
    private static final int RECORD_BYTES = 16 * 1024;

    /** Who waits for the handshake. Called on the loop, once. */
    public interface Waiter {
        void handshakeDone(TlsFacts facts);

        /** The alert that tells the peer is being sent; the waiter closes the channel. */
        void handshakeFailed(TlsFailure why);
    }

    private final TlsSession session;
    private final PlainQueue plain = new PlainQueue();
    private @Nullable Waiter waiter;
    private @Nullable ChannelHandlerContext context;
    private boolean outputEnded;
    private boolean inputEnded;
    private boolean freed;
    private boolean wrote;

    TlsHandler(TlsSession session, Waiter waiter) {
        this.session = session;
        this.waiter = waiter;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    /** Begins the handshake, with what the peer has sent already; takes ownership of it. */
    public void begin(ByteBuf received) {
        ChannelHandlerContext at = requireContext();
        try {
            shake(at, received);
        } finally {
            received.release();
        }
    }

    /** A client's handshake begins by itself. */
    public void begin() {
        begin(Unpooled.EMPTY_BUFFER);
    }

    private void shake(ChannelHandlerContext at, ByteBuf in) {
        Waiter waiting = waiter;
        if (waiting == null || freed) {
            return;
        }
        try {
            boolean done = session.handshake(at.alloc(), in);
            sendOutput(at);
            if (!done) {
                return;
            }
            waiter = null;
            // Leaves with the first bytes.
            ByteBuf tickets = session.afterHandshake(at.alloc());
            if (tickets != null) {
                wrote = true;
                at.write(tickets, at.voidPromise());
            }
            waiting.handshakeDone(session.facts());
        } catch (TlsFailure failed) {
            sendOutput(at);
            waiter = null;
            waiting.handshakeFailed(failed);
            return;
        }
        decrypt(at, in);
        at.fireChannelReadComplete();
    }

    private void sendOutput(ChannelHandlerContext at) {
        ByteBuf out = session.pollOutput();
        if (out == null) {
            return;
        }
        for (; out != null; out = session.pollOutput()) {
            at.write(out, at.voidPromise());
        }
        at.flush();
    }

    // ---- what arrives ----

    @Override
    public void channelActive(ChannelHandlerContext active) {
        // The protocol is told when the handshake is done, by who made it.
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (freed || inputEnded) {
                return;
            }
            if (waiter == null) {
                decrypt(read, in);
            } else {
                shake(read, in);
            }
        } finally {
            in.release();
        }
    }

    private void decrypt(ChannelHandlerContext at, ByteBuf in) {
        try {
            if (!freed) {
                session.decrypt(at.alloc(), in, at::fireChannelRead);
            }
        } catch (TlsFailure broken) {
            if (!freed) {
                sendOutput(at);
                at.fireExceptionCaught(broken);
                at.close();
            }
            return;
        }
        if (!freed) {
            sendOutput(at);
            if (session.inputEnded() && !inputEnded) {
                inputEnded = true;
                at.fireChannelReadComplete();
                at.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (!(event instanceof ChannelInputShutdownEvent)) {
            triggered.fireUserEventTriggered(event);
            return;
        }
        if (inputEnded) {
            return;
        }
        inputEnded = true;
        if (waiter != null) {
            fail(new TlsFailure(HandshakeResult.CLOSED, "the peer closed the connection in the handshake"));
            return;
        }
        triggered.fireExceptionCaught(new TruncatedException());
        // Whoever closed for it is not to take it for an end after all.
        if (triggered.channel().isOpen()) {
            triggered.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        if (waiter != null) {
            fail(new TlsFailure(HandshakeResult.CLOSED, "the peer closed the connection in the handshake"));
        }
        inactive.fireChannelInactive();
        free();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (waiter != null) {
            fail(new TlsFailure(
                    HandshakeResult.CLOSED, "the connection failed in the handshake: " + cause.getMessage()));
        } else {
            caught.fireExceptionCaught(cause);
        }
    }

    /** The handshake is given up, because of something that happened outside of it: its time is over. */
    public void fail(TlsFailure why) {
        Waiter waiting = waiter;
        waiter = null;
        if (waiting != null) {
            waiting.handshakeFailed(why);
        }
    }

    // ---- what is sent ----

    @Override
    public void write(ChannelHandlerContext to, Object message, ChannelPromise promise) {
        ByteBuf bytes = (ByteBuf) message;
        if (outputEnded || freed) {
            bytes.release();
            if (!promise.isVoid()) {
                promise.tryFailure(new java.nio.channels.ClosedChannelException());
            }
            return;
        }
        if (bytes.isReadable()) {
            plain.add(bytes);
        } else {
            bytes.release();
        }
        if (!promise.isVoid()) {
            // Kept after all that was written before it.
            encrypt(to);
            to.write(Unpooled.EMPTY_BUFFER, promise);
            wrote = true;
        } else if (plain.bytes() >= RECORD_BYTES) {
            encrypt(to);
        }
    }

    private void encrypt(ChannelHandlerContext to) {
        if (plain.count() == 0) {
            return;
        }
        try {
            ByteBuf records = session.encrypt(to.alloc(), plain);
            wrote = true;
            to.write(records, to.voidPromise());
        } catch (TlsFailure broken) {
            to.fireExceptionCaught(broken);
            to.close();
        } finally {
            plain.releaseAll();
        }
    }

    @Override
    public void flush(ChannelHandlerContext to) {
        if (!freed && !outputEnded) {
            encrypt(to);
        }
        if (wrote || outputEnded) {
            wrote = false;
            to.flush();
        }
    }

    // ---- the ends ----

    /** Ends the output of a connection, whether or not it has TLS: what is queued is sent first, and input goes on. */
    public static ChannelFuture shutdownOutput(Channel channel) {
        ChannelHandler first = channel.pipeline().first();
        if (first instanceof TlsHandler tls) {
            return tls.endOutput();
        }
        return ((DuplexChannel) channel).shutdownOutput();
    }

    private ChannelFuture endOutput() {
        ChannelHandlerContext at = requireContext();
        DuplexChannel channel = (DuplexChannel) at.channel();
        if (freed || outputEnded) {
            return channel.shutdownOutput();
        }
        ChannelPromise ended = at.newPromise();
        sendClose(at).addListener(sent -> channel.shutdownOutput(ended));
        return ended;
    }

    private ChannelFuture sendClose(ChannelHandlerContext at) {
        encrypt(at);
        outputEnded = true;
        return at.writeAndFlush(session.close(at.alloc()));
    }

    /** An orderly close says so to the peer first. One that is to be a reset, for the peer is to see that something was cut, does not. */
    @Override
    public void close(ChannelHandlerContext at, ChannelPromise promise) {
        if (!freed && waiter == null && !outputEnded && at.channel().isActive() && !resets(at.channel())) {
            var _ = sendClose(at);
        }
        at.close(promise);
    }

    private static boolean resets(Channel channel) {
        return channel.config() instanceof SocketChannelConfig socket && socket.getSoLinger() == 0;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        free();
    }

    private void free() {
        if (!freed) {
            freed = true;
            plain.releaseAll();
            session.free();
        }
    }

    private ChannelHandlerContext requireContext() {
        if (context == null) {
            throw new AssertionError("TLS begins only once its handler is there");
        }
        return context;
    }

    /** Closes a channel after an alert that is on its way; for who refuses a connection before there is a session. */
    static void sendAlert(Channel channel, int description) {
        byte[] alert = {21, 3, 3, 0, 2, 2, (byte) description};
        channel.writeAndFlush(Unpooled.wrappedBuffer(alert)).addListener(ChannelFutureListener.CLOSE);
    }
}
