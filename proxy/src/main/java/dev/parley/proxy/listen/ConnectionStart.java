package dev.parley.proxy.listen;

import dev.parley.model.Listener;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.Passthrough;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.tls.ServerTls;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.proxy.tls.TlsFailure;
import dev.parley.proxy.tls.TlsHandler;
import dev.parley.telemetry.metrics.HandshakeResult;
import dev.parley.telemetry.metrics.ListenerMetrics.ConnectionRefusal;
import dev.parley.wire.proxyprotocol.ProxyHeader;
import dev.parley.wire.tls.ClientHello;
import dev.parley.wire.tls.ClientHelloParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a connection where it is not the protocol's own business: the PROXY header where one is required, then TLS,
 * then, on an {@code auto} listener, which protocol begins. It hands over to that protocol and is gone.
 *
 * <p>States: HEADER → HELLO → HANDSHAKE → PROTOCOL, of which a listener skips those that it does not ask for. From HELLO a
 * connection that is not to be decrypted goes straight to its route.
 */
final class ConnectionStart extends Downstream {
    private enum State {
        HEADER,
        HELLO,
        HANDSHAKE,
        PROTOCOL,
        OVER
    }

    /** A PROXY header with all of its TLVs (the wire module's own bound) and the first bytes behind it. */
    private static final int MOST_BYTES = 8 * 1024;
    /** A client that says nothing for so long on an auto listener waits for the server: that is TCP. */
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Deadline deadline = new Deadline();
    /** Who the PROXY header says that the client is; the socket's peer until then. */
    private @Nullable InetSocketAddress source;

    private @Nullable ChannelHandlerContext context;
    private @Nullable TlsHandler handshake;
    private @Nullable TlsFacts agreed;
    private @Nullable String serverName;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private State state;
    /** As many bytes as are needed before it is worth looking again: a client may send them one by one. */
    private int needed = 1;

    ConnectionStart(LoopState loop, ListenerSlot slot, @Nullable InetSocketAddress peer) {
        super(loop, slot, peer, null);
        source = peer;
        state = slot.view().settings().proxyProtocol() == Listener.ProxyProtocol.REQUIRED
                ? State.HEADER
                : afterHeader(slot.view());
    }

    private static State afterHeader(ListenerView view) {
        return view.tls() == null && view.passthrough() == null ? State.PROTOCOL : State.HELLO;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        loop.worker().beginEvent();
        super.handlerAdded(added);
        startClock(slot.view());
    }

    /** How long the client may take for what comes next. */
    private void startClock(ListenerView view) {
        Listener settings = view.settings();
        long wait = switch (state) {
            case HEADER -> settings.timeouts().head().toNanos();
            case HELLO, HANDSHAKE ->
                auto(view) && !received.isReadable()
                        ? SILENCE_NS
                        : settings.tls()
                                .map(tls -> tls.handshakeTimeout().toNanos())
                                .orElse(SILENCE_NS);
            case PROTOCOL, OVER -> SILENCE_NS;
        };
        loop.worker().timers().set(deadline, loop.worker().nowNs() + wait);
    }

    private static boolean auto(ListenerView view) {
        return view.settings().protocol() == Listener.Protocol.AUTO;
    }

    // ---- what arrives ----

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        loop.worker().beginEvent();
        ByteBuf in = (ByteBuf) message;
        if (state == State.OVER) {
            in.release();
            return;
        }
        boolean first = !received.isReadable();
        if (first) {
            received.release();
            received = in;
        } else {
            ByteBuf both = read.alloc().directBuffer(received.readableBytes() + in.readableBytes());
            both.writeBytes(received).writeBytes(in);
            received.release();
            in.release();
            received = both;
        }
        if (first && state == State.HELLO && auto(slot.view())) {
            startClock(slot.view());
        }
        proceed(read);
    }

    private void proceed(ChannelHandlerContext at) {
        boolean goOn = true;
        while (goOn && received.readableBytes() >= needed) {
            goOn = switch (state) {
                case HEADER -> readHeader(at);
                case HELLO -> readHello(at, slot.view());
                case PROTOCOL -> {
                    detect(at, slot.view());
                    yield false;
                }
                case HANDSHAKE, OVER -> false;
            };
        }
    }

    private int peek(int most) {
        int length = Math.min(received.readableBytes(), most);
        received.getBytes(received.readerIndex(), loop.headBytes(length), 0, length);
        return length;
    }

    /** Reads the PROXY header; false where it is not whole, or is refused and the connection closed. */
    private boolean readHeader(ChannelHandlerContext at) {
        int length = peek(MOST_BYTES);
        return switch (ProxyHeader.parse(loop.headBytes(length), 0, length)) {
            case ProxyHeader.NeedMore() -> false;
            case ProxyHeader.Refused(String why) -> {
                slot.view().metrics().refused(loop.worker().index(), ConnectionRefusal.PROXY_PROTOCOL);
                loop.refusedConnection(slot.view().name(), why);
                close(at);
                yield false;
            }
            case ProxyHeader.Accepted accepted -> {
                received.skipBytes(accepted.length());
                if (accepted.source() != null) {
                    source = accepted.source();
                }
                state = afterHeader(slot.view());
                if (state == State.PROTOCOL && !auto(slot.view())) {
                    detect(at, slot.view());
                    yield false;
                }
                startClock(slot.view());
                yield true;
            }
        };
    }

    private void detect(ChannelHandlerContext at, ListenerView view) {
        switch (view.settings().protocol()) {
            case HTTP -> handOver(at, Spoken.HTTP_1, null);
            case TCP -> handOver(at, Spoken.TCP, null);
            case UDP -> throw new AssertionError("a datagram socket has no connections");
            case AUTO -> {
                int length = peek(MOST_BYTES);
                switch (Detection.of(loop.headBytes(length), length)) {
                    case HTTP_1 -> handOver(at, Spoken.HTTP_1, null);
                    case HTTP_2 -> handOver(at, Spoken.HTTP_2, null);
                    case TCP -> handOver(at, bytes(view), null);
                    case UNDECIDED -> needed = length + 1;
                }
            }
        }
    }

    /** What bytes are that are no HTTP: a connection for the route that takes any; else bad HTTP, which is answered as such. */
    private static Spoken bytes(ListenerView view) {
        return view.tcp() == null ? Spoken.HTTP_1 : Spoken.TCP;
    }

    // ---- TLS ----

    private boolean readHello(ChannelHandlerContext at, ListenerView view) {
        int length = peek(ClientHelloParser.MOST_INPUT);
        byte[] bytes = loop.headBytes(length);
        switch (ClientHelloParser.parse(bytes, 0, length)) {
            case ClientHelloParser.NeedMore(int more) -> {
                needed = more;
                return false;
            }
            case ClientHelloParser.NotTls() -> {
                if (auto(view)) {
                    state = State.PROTOCOL;
                    needed = 1;
                    return true;
                }
                notTls(at, Detection.of(bytes, length));
                return false;
            }
            case ClientHelloParser.Refused(String why) -> {
                failed(at, new TlsFailure(HandshakeResult.MALFORMED, why));
                return false;
            }
            case ClientHelloParser.Whole(ClientHello hello) -> {
                serverName = hello.serverName();
                RouteView route =
                        view.passthrough() == null ? null : view.passthrough().match(hello.serverName());
                if (route == null) {
                    shake(at, view, hello);
                } else {
                    handOver(at, Spoken.TCP, new Passthrough(route, serverName == null ? null : Label.of(serverName)));
                }
                return false;
            }
        }
    }

    private void notTls(ChannelHandlerContext at, Detection what) {
        if (what == Detection.TCP || what == Detection.UNDECIDED) {
            failed(at, new TlsFailure(HandshakeResult.NOT_TLS, "the first bytes are not TLS"));
            return;
        }
        failed(at, new TlsFailure(HandshakeResult.PLAIN_HTTP, "the client speaks HTTP without TLS"));
    }

    private void shake(ChannelHandlerContext at, ListenerView view, ClientHello hello) {
        ServerTls with = view.tls();
        try {
            if (with == null) {
                throw new TlsFailure(
                        HandshakeResult.UNKNOWN_NAME,
                        hello.serverName() == null
                                ? "the client asks for no name, and no route takes that"
                                : "the client asks for " + hello.serverName() + ", which no route has");
            }
            state = State.HANDSHAKE;
            TlsHandler tls = with.handler(hello, new HandshakeEnd(at));
            handshake = tls;
            ByteBuf first = received;
            received = Unpooled.EMPTY_BUFFER;
            at.pipeline().addFirst(tls);
            tls.begin(first);
        } catch (TlsFailure refused) {
            failed(at, refused);
        }
    }

    /** Hears how the handshake ended. */
    private final class HandshakeEnd implements TlsHandler.Waiter {
        private final ChannelHandlerContext at;

        HandshakeEnd(ChannelHandlerContext at) {
            this.at = at;
        }

        @Override
        public void handshakeDone(TlsFacts facts) {
            agreed = facts;
            slot.view()
                    .metrics()
                    .handshake(loop.worker().index(), facts.resumed() ? HandshakeResult.RESUMED : HandshakeResult.FULL);
            state = State.PROTOCOL;
            needed = 1;
            Spoken spoken = Spoken.of(facts.protocol());
            switch (slot.view().settings().protocol()) {
                case TCP -> handOver(at, Spoken.TCP, null);
                case UDP -> throw new AssertionError("a datagram socket has no connections");
                case HTTP -> handOver(at, spoken == null ? Spoken.HTTP_1 : spoken, null);
                case AUTO -> {
                    if (spoken == null) {
                        startClock(slot.view());
                    } else {
                        handOver(at, spoken, null);
                    }
                }
            }
        }

        @Override
        public void handshakeFailed(TlsFailure why) {
            failed(at, why);
        }
    }

    /** There will be no handshake: says why, to the log and the metrics, and to the client as far as it understands. */
    private void failed(ChannelHandlerContext at, TlsFailure why) {
        if (state == State.OVER) {
            return;
        }
        boolean refusedBefore = handshake == null;
        HandshakeFailures.record(loop, slot.view(), source, serverName, why);
        loop.worker().timers().remove(deadline);
        state = State.OVER;
        if (why.result() == HandshakeResult.PLAIN_HTTP) {
            HandshakeFailures.answerPlainHttp(at.channel());
        } else if (refusedBefore) {
            ServerTls.refuse(at.channel(), why);
        } else {
            at.channel().close();
        }
    }

    // ---- the ends ----

    private void handOver(ChannelHandlerContext at, Spoken spoken, @Nullable Passthrough undecrypted) {
        loop.worker().timers().remove(deadline);
        state = State.OVER;
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        Downstream downstream = spoken.begin(loop, slot, source, agreed, undecrypted);
        ChannelHandlerContext before = handshake == null ? null : at.pipeline().context(handshake);
        at.pipeline().replace(this, null, downstream);
        if (slot.draining()) {
            downstream.drain();
        }
        if (!rest.isReadable()) {
            rest.release();
        } else if (before == null) {
            at.pipeline().fireChannelRead(rest);
        } else {
            before.fireChannelRead(rest);
        }
    }

    private void close(ChannelHandlerContext at) {
        state = State.OVER;
        at.channel().close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (!(event instanceof ChannelInputShutdownEvent)) {
            return;
        }
        if (state == State.HELLO && received.isReadable()) {
            failed(
                    triggered,
                    new TlsFailure(HandshakeResult.CLOSED, "the client closed the connection in its first message"));
        } else {
            close(triggered);
        }
    }

    @Override
    protected void gone() {
        loop.worker().timers().remove(deadline);
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        state = State.OVER;
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
            ListenerView view = slot.view();
            switch (state) {
                case HEADER -> {
                    view.metrics().refused(loop.worker().index(), ConnectionRefusal.PROXY_PROTOCOL);
                    close(at);
                }
                case HELLO, HANDSHAKE -> {
                    if (auto(view) && state == State.HELLO && !received.isReadable()) {
                        handOver(at, bytes(view), null);
                    } else {
                        late(at);
                    }
                }
                case PROTOCOL -> handOver(at, silent(view), null);
                case OVER -> {}
            }
        }

        private Spoken silent(ListenerView view) {
            return view.settings().protocol() == Listener.Protocol.TCP ? Spoken.TCP : bytes(view);
        }

        private void late(ChannelHandlerContext at) {
            TlsFailure late = new TlsFailure(
                    HandshakeResult.TIMEOUT, "the handshake was not done in time (tls.handshake_timeout)");
            if (handshake == null) {
                failed(at, late);
            } else {
                handshake.fail(late);
            }
        }
    }
}
