package dev.parley.proxy.listen;

import dev.parley.model.Listener;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.upstream.SocketOptions;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics.ConnectionRefusal;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the connections of one listening socket: turns away who is not let in, and hands the rest to its protocol, on the
 * loop of the socket itself where each loop has one.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    /** How long accepting rests when the process has no file descriptors left: trying at once would only burn the CPU. */
    private static final long REST_MS = 100;

    private final ListenerSlot slot;
    private final List<LoopState> loops;
    /** Of the loop that accepts, which is the first. */
    private final int index;

    private int turn;

    /** Connections go to the loops in turn: one where the socket is a loop's own, all where there is but one socket. */
    Acceptor(ListenerSlot slot, List<LoopState> loops) {
        this.slot = slot;
        this.loops = loops;
        this.index = loops.getFirst().worker().index();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel child = (Channel) message;
        LoopState loop = loops.get(turn);
        turn = (turn + 1) % loops.size();
        ListenerView view = slot.view();
        InetSocketAddress peer = child.remoteAddress() instanceof InetSocketAddress inet ? inet : null;
        // A listener that is renamed while the connection is open has other metrics by the time it closes.
        ListenerMetrics metrics = view.metrics();
        metrics.accepted(index);
        ConnectionRefusal refusal = refusal(view, peer);
        if (refusal != null) {
            metrics.refused(index, refusal);
            metrics.closed(index);
            child.unsafe().closeForcibly();
            return;
        }
        child.closeFuture().addListener(closed -> {
            slot.release();
            metrics.closed(loop.worker().index());
        });
        if (peer != null) {
            child.config().setOption(ChannelOption.TCP_NODELAY, true);
        }
        child.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        SocketOptions.data(child);
        child.pipeline().addLast(first(view, loop, peer));
        loop.worker().loop().register(child);
    }

    private @Nullable ConnectionRefusal refusal(ListenerView view, @Nullable InetSocketAddress peer) {
        if (!view.admits(peer == null ? null : peer.getAddress())) {
            return ConnectionRefusal.DENIED_RANGE;
        }
        return slot.tryOpen() ? null : ConnectionRefusal.LIMIT;
    }

    private ChannelHandler first(ListenerView view, LoopState loop, @Nullable InetSocketAddress peer) {
        boolean plain = view.settings().proxyProtocol() == Listener.ProxyProtocol.OFF
                && view.settings().tls().isEmpty();
        return switch (view.settings().protocol()) {
            case HTTP ->
                plain ? Spoken.HTTP_1.begin(loop, slot, peer, null, null) : new ConnectionStart(loop, slot, peer);
            case TCP -> plain ? Spoken.TCP.begin(loop, slot, peer, null, null) : new ConnectionStart(loop, slot, peer);
            case AUTO -> new ConnectionStart(loop, slot, peer);
            case UDP -> throw new AssertionError("a datagram socket has no connections");
        };
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.warn("accept failed listener={} cause={}", slot.view().name(), cause.toString());
        context.channel().config().setAutoRead(false);
        var _ = context.executor()
                .schedule(() -> context.channel().config().setAutoRead(true), REST_MS, TimeUnit.MILLISECONDS);
    }
}
