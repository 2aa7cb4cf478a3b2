package dev.parley.proxy.http2;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.listen.Downstream;
import dev.parley.proxy.listen.ListenerSlot;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.Pending;
import dev.parley.proxy.message.ProgressCheck;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.proxy.tls.TlsHandler;
import dev.parley.proxy.upstream.ClientSession;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.http2.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/2 connection as a socket: its preface, how long it may rest or be silent, and how it ends. What is said on it is
 * {@link ServerSession}'s.
 *
 * <p>A drain is told in two steps (RFC 9113 section 6.8): first that the connection will end, while streams that are on their way
 * are still taken; then, after the round trip of a PING, which stream was the last.
 */
public final class Http2Downstream extends Downstream implements ServerSession.Connection {
    /** A connection on which nothing was read for so long while streams are open is asked whether its client lives. */
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(60);
    /** How long the answer to that may take. gRPC's keepalive timeout. */
    private static final long PROBE_NS = TimeUnit.SECONDS.toNanos(20);
    /** How long the first step of a drain waits for the client to have heard of it. */
    private static final long GOODBYE_NS = TimeUnit.SECONDS.toNanos(1);
    /** How long a connection that ends may take its last bytes. */
    private static final long CLOSING_NS = TimeUnit.SECONDS.toNanos(5);

    private static final long PROBE = 0x7061726C65790001L;
    private static final long GOODBYE = 0x7061726C65790002L;

    private enum Phase {
        PREFACE,
        IDLE,
        OPEN,
        PROBED,
        GOODBYE,
        CLOSING
    }

    private final Clock clock = new Clock();
    private final Blocked blocked = new Blocked();
    private final ClientFacts facts;
    private @Nullable Channel channel;
    private @Nullable ServerSession session;
    private @Nullable ByteBuf preface;
    private boolean prefaceDue = true;
    private boolean draining;
    private boolean lastStreamTold;
    private boolean closing;
    private boolean inputEnded;
    private Phase phase = Phase.PREFACE;
    private long readBefore;

    public Http2Downstream(
            LoopState loop, ListenerSlot slot, @Nullable InetSocketAddress client, @Nullable TlsFacts tls) {
        super(loop, slot, client, tls);
        boolean trusted = listener().trusts(client == null ? null : client.getAddress());
        facts = loop.clientFacts(client, trusted).over(tls);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        loop.worker().beginEvent();
        channel = added.channel();
        ServerSession made = new ServerSession(loop, added.channel(), slot::view, facts, this);
        session = made;
        super.handlerAdded(added);
        made.start();
        phase(Phase.PREFACE, slot.view().settings().timeouts().head().toNanos());
    }

    // ---- what arrives ----

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        loop.worker().beginEvent();
        ByteBuf in = (ByteBuf) message;
        if (closing) {
            in.release();
        } else if (prefaceDue) {
            readPreface(in);
        } else {
            session().read(in);
        }
    }

    private void readPreface(ByteBuf in) {
        ByteBuf bytes = preface == null ? in : Pending.joined(preface, in);
        preface = bytes;
        int length = Math.min(bytes.readableBytes(), Preface.length());
        byte[] begin = loop.headBytes(length);
        bytes.getBytes(bytes.readerIndex(), begin, 0, length);
        if (!Preface.begins(begin, 0, length)) {
            session().fault(ErrorCode.PROTOCOL_ERROR, "the preface of HTTP/2 is not there");
        } else if (length == Preface.length()) {
            prefaceDue = false;
            preface = null;
            bytes.skipBytes(length);
            session().read(bytes);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        session().turnEnded();
        updateReading();
        if (phase == Phase.IDLE && session().reader.midway()) {
            // A frame that was begun, or a head in parts, has as long as a head of HTTP/1.1 has.
            phase(Phase.PREFACE, slot.view().settings().timeouts().head().toNanos());
        } else if (phase == Phase.PREFACE
                && !prefaceDue
                && session().isSettled()
                && !session().reader.midway()) {
            streamsChanged(session().streams.size());
        }
    }

    private void updateReading() {
        Channel at = channel();
        boolean wanted = closing || at.isWritable();
        if (at.isOpen() && at.config().isAutoRead() != wanted) {
            at.config().setAutoRead(wanted);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        loop.worker().beginEvent();
        if (channel().isWritable()) {
            session().pump();
            session().becameWritable();
            session().reader.resume();
            session().turnEnded();
            loop.worker().timers().clear(blocked);
        } else {
            blocked.begin();
        }
        updateReading();
    }

    /**
     * The client takes nothing of what is sent on the connection as a whole, whatever its windows say: its streams have stopped, and
     * none of them can be blamed for it alone.
     */
    private final class Blocked extends Timer {
        private final ProgressCheck progress = new ProgressCheck();
        private long unsentBytes;
        private long takenBytes;

        void begin() {
            if (!isSet()) {
                unsentBytes = unsent();
                takenBytes = 0;
                progress.start(loop.worker().nowNs());
                set();
            }
        }

        private void set() {
            long stall = slot.view().settings().timeouts().stall().toNanos();
            loop.worker().timers().set(this, loop.worker().nowNs() + Math.min(stall, ProgressCheck.EVERY_NS));
        }

        private long unsent() {
            ChannelOutboundBuffer waiting = channel().unsafe().outboundBuffer();
            return waiting == null ? 0 : waiting.totalPendingWriteBytes();
        }

        @Override
        protected void expired(long nowNs) {
            long unsent = unsent();
            takenBytes += Math.max(0, unsentBytes - unsent);
            unsentBytes = unsent;
            if (progress.goesOn(nowNs, takenBytes, slot.view().settings().timeouts())) {
                set();
                return;
            }
            session().stallStreams();
            channel().config().setOption(ChannelOption.SO_LINGER, 0);
            channel().close();
        }
    }

    // ---- rest and silence ----

    @Override
    public void streamsChanged(int open) {
        if (closing || prefaceDue) {
            return;
        }
        if (open == 0 && lastStreamTold) {
            close();
        } else if (phase == Phase.GOODBYE) {
            // What comes next is told by the answer to the PING.
            return;
        } else if (open == 0) {
            phase(Phase.IDLE, slot.view().settings().timeouts().idle().toNanos());
        } else {
            readBefore = session().bytesRead();
            phase(Phase.OPEN, SILENCE_NS);
        }
    }

    @Override
    public void pingAnswered(long opaque) {
        if (opaque == GOODBYE && phase == Phase.GOODBYE) {
            tellLastStream();
        }
    }

    private final class Clock extends Timer {
        @Override
        protected void expired(long nowNs) {
            switch (phase) {
                case PREFACE -> session().fault(ErrorCode.NO_ERROR, "a preface or a head was not whole in time");
                case IDLE -> sayGoodbye("idle");
                case OPEN -> listenForLife();
                case PROBED -> giveUp();
                case GOODBYE -> tellLastStream();
                case CLOSING -> channel().close();
            }
        }
    }

    private void listenForLife() {
        if (session().streams.isEmpty()) {
            streamsChanged(0);
        } else if (session().bytesRead() == readBefore) {
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

    private void phase(Phase next, long fromNow) {
        phase = next;
        loop.worker().timers().set(clock, loop.worker().nowNs() + fromNow);
    }

    // ---- the end ----

    @Override
    public void drain() {
        if (!draining && !closing) {
            draining = true;
            sayGoodbye("draining");
            session().askTunnelsToGo();
        }
    }

    private void sayGoodbye(String why) {
        if (prefaceDue) {
            close();
            return;
        }
        session().output().goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, why);
        session().output().ping(GOODBYE, false);
        phase(Phase.GOODBYE, GOODBYE_NS);
    }

    private void tellLastStream() {
        lastStreamTold = true;
        int last = session().lastPeerStream();
        session().lastWelcome(last);
        session().output().goAway(last, ErrorCode.NO_ERROR, "");
        readBefore = session().bytesRead();
        phase(Phase.OPEN, SILENCE_NS);
        streamsChanged(session().streams.size());
    }

    @Override
    public void end(ErrorCode code, String why) {
        loop.refusedConnection(slot.view().name(), "HTTP/2 " + code + ": " + why);
        ServerSession ending = session();
        for (Http2Stream stream : ending.snapshot()) {
            stream.connectionLost(why);
        }
        ending.output().goAway(ending.lastPeerStream(), code, why);
        close();
    }

    /** Sends what is left and closes; what comes until then is read and dropped, lest a reset overtakes the last frames. */
    private void close() {
        if (closing) {
            return;
        }
        closing = true;
        Channel at = channel();
        session().output().flush();
        session().close();
        phase(Phase.CLOSING, CLOSING_NS);
        updateReading();
        at.writeAndFlush(at.alloc().buffer(0)).addListener(sent -> {
            if (!inputEnded && at.isActive()) {
                TlsHandler.shutdownOutput(at);
                phase(Phase.CLOSING, GOODBYE_NS);
            } else {
                at.close();
            }
        });
    }

    @Override
    public void cut() {
        if (channel == null) {
            return;
        }
        session().cutStreams();
        close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            loop.worker().beginEvent();
            inputEnded = true;
            if (closing) {
                context.channel().close();
            } else {
                // It is still told the answers to what it has asked, as far as its windows go.
                lastStreamTold = true;
                prefaceDue = false;
                streamsChanged(session().streams.size());
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.socketFailed("client", cause);
        context.channel().close();
    }

    @Override
    protected void gone() {
        loop.worker().beginEvent();
        closing = true;
        loop.worker().timers().remove(clock);
        loop.worker().timers().remove(blocked);
        if (preface != null) {
            preface.release();
            preface = null;
        }
        session().lost();
    }

    @Override
    public Origin origin() {
        return Origin.of(client, channel(), ClientSession.of(tls));
    }

    private Channel channel() {
        if (channel == null) {
            throw new AssertionError("a connection acts only once it is there");
        }
        return channel;
    }

    private ServerSession session() {
        if (session == null) {
            throw new AssertionError("a connection acts only once it is there");
        }
        return session;
    }
}
