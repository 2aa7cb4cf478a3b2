package dev.parley.proxy.http2;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.SharedConnection;
import dev.parley.wire.http2.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to an endpoint as a socket: when it can be used, how long it may rest or be silent, and how it ends. What is
 * said on it is {@link ClientSession}'s.
 */
public final class Http2Upstream extends ChannelInboundHandlerAdapter
        implements SharedConnection, ClientSession.Connection {
    /** A connection on which nothing was read for so long while streams are open is asked whether its endpoint lives. */
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(60);
    /** How long the answer to that may take. gRPC's keepalive timeout. */
    private static final long PROBE_NS = TimeUnit.SECONDS.toNanos(20);

    private static final long PROBE = 0x7061726C65790003L;

    private enum Phase {
        OPENING,
        IDLE,
        OPEN,
        PROBED,
        CLOSED
    }

    private final LoopState loop;
    private final ConnectionPool pool;
    private final Clock clock = new Clock();
    private Service settings;
    private Phase phase = Phase.OPENING;
    private @Nullable Channel channel;
    private @Nullable ClientSession session;
    private @Nullable Readiness waiting;
    private boolean opened;
    private boolean ending;
    private long readBefore;

    public Http2Upstream(LoopState loop, ConnectionPool pool, Service settings) {
        this.loop = loop;
        this.pool = pool;
        this.settings = settings;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        // A failed write says nothing of what is still to be read.
        channel.config().setAutoClose(false);
        session = new ClientSession(loop, channel, settings.http2(), this);
        opened = channel.isActive();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        opened = true;
    }

    @Override
    public void awaitReady(Service current, Readiness told) {
        settings = current;
        waiting = told;
        session().start(pool.endpoint().tls() != null);
        phase(Phase.OPENING, current.timeouts().connect().toNanos());
    }

    @Override
    public void settled() {
        Readiness told = waiting;
        waiting = null;
        phase(Phase.IDLE, settings.timeouts().idle().toNanos());
        if (told != null) {
            // Who waits for it uses it, even where the endpoint was found to be down meanwhile; the pool closes what is
            // not wanted.
            told.ready(this);
        }
    }

    @Override
    public @Nullable Upstream open() {
        if (ending || phase == Phase.CLOSED) {
            return null;
        }
        Upstream stream = session().open();
        if (stream == null && session().exhausted()) {
            close();
        }
        return stream;
    }

    @Override
    public int capacity() {
        return session().capacity();
    }

    @Override
    public boolean ending() {
        return ending;
    }

    // ---- what arrives ----

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        loop.worker().beginEvent();
        session().read((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        session().turnEnded();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        loop.worker().beginEvent();
        if (channel().isWritable()) {
            session().pump();
            session().becameWritable();
        }
    }

    @Override
    public void goAway() {
        endSoon();
    }

    /** Nothing new begins; what is open is finished. */
    private void endSoon() {
        ending = true;
        pool.unshare(this);
    }

    @Override
    public void streamsChanged(int open) {
        if (phase == Phase.CLOSED) {
            return;
        }
        if (open > 0) {
            readBefore = session().bytesRead();
            phase(Phase.OPEN, SILENCE_NS);
        } else if (ending || pool.endpoint().retired() || !pool.endpoint().available()) {
            close();
        } else {
            phase(Phase.IDLE, settings.timeouts().idle().toNanos());
        }
    }

    @Override
    public void pingAnswered() {}

    // ---- the ends ----

    @Override
    public void close() {
        endSoon();
        if (phase != Phase.CLOSED && session().streams.isEmpty()) {
            end(ErrorCode.NO_ERROR, "");
        }
    }

    @Override
    public void end(ErrorCode code, String why) {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        loop.worker().timers().remove(clock);
        endSoon();
        ClientSession ended = session();
        ended.output().goAway(0, code, why);
        ended.output().flush();
        tellUnusable(why);
        ended.lost(Failure.INVALID, "it broke the rules of HTTP/2: " + why);
        channel().close();
    }

    private void tellUnusable(String why) {
        Readiness told = waiting;
        waiting = null;
        if (told != null) {
            told.unusable("it does not speak HTTP/2 here: " + why);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            loop.worker().beginEvent();
            context.channel().close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.socketFailed("endpoint", cause);
        context.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.worker().beginEvent();
        phase = Phase.CLOSED;
        loop.worker().timers().remove(clock);
        endSoon();
        if (opened) {
            opened = false;
            pool.closed(context.channel());
        }
        tellUnusable("it closed the connection without saying what it takes");
        session().lost(Failure.RESET, "it closed the connection without an answer");
    }

    private void phase(Phase next, long fromNow) {
        phase = next;
        loop.worker().timers().set(clock, loop.worker().nowNs() + fromNow);
    }

    @Override
    public Channel channel() {
        if (channel == null) {
            throw new AssertionError("a connection is used only once it is made");
        }
        return channel;
    }

    private ClientSession session() {
        if (session == null) {
            throw new AssertionError("a connection is used only once it is made");
        }
        return session;
    }

    @Override
    public void suspect() {
        endSoon();
    }

    private final class Clock extends Timer {
        @Override
        protected void expired(long nowNs) {
            switch (phase) {
                case OPENING -> end(ErrorCode.SETTINGS_TIMEOUT, "no SETTINGS in time (timeouts.connect)");
                case IDLE -> close();
                case OPEN -> listenForLife();
                case PROBED -> giveUp();
                case CLOSED -> {}
            }
        }

        private void listenForLife() {
            if (session().bytesRead() == readBefore) {
                session().output().ping(PROBE, false);
                phase(Phase.PROBED, PROBE_NS);
            } else {
                streamsChanged(session().streams.size());
            }
        }

        private void giveUp() {
            if (session().bytesRead() == readBefore) {
                channel().close();
            } else {
                streamsChanged(session().streams.size());
            }
        }
    }
}
