package dev.parley.proxy.listen;

import dev.parley.model.Listener;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.telemetry.metrics.ListenerMetrics.ConnectionRefusal;
import dev.parley.wire.proxyprotocol.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a connection where they are not the protocol's own business: the PROXY header where one is required,
 * then, on an {@code auto} listener, which protocol begins. It hands over to that protocol and is gone.
 */
final class ConnectionStart extends Downstream {
    /** A PROXY header with all of its TLVs (the wire module's own bound) and the first bytes behind it. */
    private static final int MOST_BYTES = 8 * 1024;
    /** A client that says nothing for so long on an auto listener waits for the server: that is TCP. */
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Deadline deadline = new Deadline();
    /** Who the PROXY header says that the client is; the socket's peer until then. */
    private @Nullable InetSocketAddress source;

    private @Nullable ChannelHandlerContext context;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private boolean headerDue;

    ConnectionStart(LoopState loop, ListenerSlot slot, @Nullable InetSocketAddress peer) {
        super(loop, slot, peer);
        source = peer;
        headerDue = slot.view().settings().proxyProtocol() == Listener.ProxyProtocol.REQUIRED;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        loop.worker().beginEvent();
        super.handlerAdded(added);
        long wait = headerDue ? slot.view().settings().timeouts().head().toNanos() : SILENCE_NS;
        loop.worker().timers().set(deadline, loop.worker().nowNs() + wait);
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (received.isReadable()) {
            ByteBuf both = read.alloc().directBuffer(received.readableBytes() + in.readableBytes());
            both.writeBytes(received).writeBytes(in);
            received.release();
            in.release();
            received = both;
        } else {
            received = in;
        }
        proceed(read);
    }

    private void proceed(ChannelHandlerContext at) {
        int length = Math.min(received.readableBytes(), MOST_BYTES);
        byte[] bytes = loop.headBytes(length);
        received.getBytes(received.readerIndex(), bytes, 0, length);
        if (headerDue && !readHeader(at, bytes, length)) {
            return;
        }
        length = Math.min(received.readableBytes(), MOST_BYTES);
        received.getBytes(received.readerIndex(), bytes, 0, length);
        ListenerView view = slot.view();
        switch (view.settings().protocol()) {
            case HTTP -> handOver(at, false);
            case TCP -> handOver(at, true);
            case UDP -> throw new AssertionError("a datagram socket has no connections");
            case AUTO -> {
                switch (Detection.of(bytes, length)) {
                    case HTTP -> handOver(at, false);
                    case TCP -> handOver(at, view.tcp() != null);
                    case UNDECIDED -> {}
                }
            }
        }
    }

    /** Reads the PROXY header; false where it is not whole, or is refused and the connection closed. */
    private boolean readHeader(ChannelHandlerContext at, byte[] bytes, int length) {
        return switch (ProxyHeader.parse(bytes, 0, length)) {
            case ProxyHeader.NeedMore() -> false;
            case ProxyHeader.Refused(String why) -> {
                slot.view().metrics().refused(loop.worker().index(), ConnectionRefusal.PROXY_PROTOCOL);
                loop.refusedConnection(slot.view().name(), why);
                at.channel().close();
                yield false;
            }
            case ProxyHeader.Accepted accepted -> {
                received.skipBytes(accepted.length());
                headerDue = false;
                if (accepted.source() != null) {
                    source = accepted.source();
                }
                loop.worker().timers().set(deadline, loop.worker().nowNs() + SILENCE_NS);
                yield true;
            }
        };
    }

    private void handOver(ChannelHandlerContext at, boolean tcp) {
        loop.worker().timers().remove(deadline);
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        Downstream downstream = Acceptor.downstream(tcp, loop, slot, source);
        at.pipeline().replace(this, null, downstream);
        if (slot.draining()) {
            downstream.drain();
        }
        if (rest.isReadable()) {
            at.pipeline().fireChannelRead(rest);
        } else {
            rest.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            triggered.channel().close();
        }
    }

    @Override
    protected void gone() {
        loop.worker().timers().remove(deadline);
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }

    /** What it is going to be is told when it is known; there is little time until then. */
    @Override
    public void drain() {}

    @Override
    public void cut() {
        if (context != null) {
            context.channel().close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        loop.socketFailed("client", cause);
        caught.channel().close();
    }

    private final class Deadline extends Timer {
        @Override
        protected void expired(long nowNs) {
            ChannelHandlerContext at = context;
            if (at == null) {
                return;
            }
            if (headerDue) {
                slot.view().metrics().refused(loop.worker().index(), ConnectionRefusal.PROXY_PROTOCOL);
                at.channel().close();
                return;
            }
            boolean tcp = slot.view().settings().protocol() == Listener.Protocol.TCP
                    || slot.view().tcp() != null;
            handOver(at, tcp);
        }
    }
}
