package dev.parley.proxy.upstream;

import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.proxy.tls.TlsFailure;
import dev.parley.proxy.tls.TlsHandler;
import dev.parley.telemetry.metrics.HandshakeResult;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;

/** The handshake of a connection that is being opened: the protocol's handler is made of what it agrees on. */
final class TlsOpening<H extends ChannelHandler> extends Timer implements TlsHandler.Waiter {
    private final Worker worker;
    private final Channel channel;
    private final long deadlineNs;
    private final Connecting.Opening<H> opening;

    TlsOpening(Worker worker, Channel channel, long deadlineNs, Connecting.Opening<H> opening) {
        this.worker = worker;
        this.channel = channel;
        this.deadlineNs = deadlineNs;
        this.opening = opening;
    }

    /** The socket is connected. What has to go before TLS is to be written by now. */
    void begin() {
        worker.timers().set(this, deadlineNs);
        tls().begin();
    }

    private TlsHandler tls() {
        return channel.pipeline().get(TlsHandler.class);
    }

    @Override
    public void handshakeDone(TlsFacts facts) {
        worker.beginEvent();
        worker.timers().remove(this);
        H handler = opening.handler(facts.protocol());
        channel.pipeline().addLast(handler);
        opening.opened(channel, handler);
        ChannelHandlerContext tls = channel.pipeline().context(TlsHandler.class);
        if (tls != null && channel.isActive()) {
            tls.fireChannelActive();
        }
    }

    @Override
    public void handshakeFailed(TlsFailure why) {
        worker.beginEvent();
        worker.timers().remove(this);
        channel.close();
        opening.failed("TLS handshake: " + why.detail() + " (" + why.result().code() + ")");
    }

    @Override
    protected void expired(long nowNs) {
        tls().fail(new TlsFailure(HandshakeResult.TIMEOUT, "it was not done in time (timeouts.connect)"));
    }
}
