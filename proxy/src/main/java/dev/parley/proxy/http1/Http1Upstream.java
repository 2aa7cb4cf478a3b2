package dev.parley.proxy.http1;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.exchange.UpstreamOwner;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.Body;
import dev.parley.proxy.message.Pending;
import dev.parley.proxy.tcp.Relay;
import dev.parley.proxy.tls.TlsFailure;
import dev.parley.proxy.tls.TlsHandler;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.LentConnection;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.ResponseParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection to an endpoint: carries one request at a time and reads its answer.
 *
 * <p>States: IDLE (in the pool, or just made) → HEAD → BODY → IDLE; from HEAD also TUNNEL. Bytes that arrive while nobody has
 * asked close it: they could be taken for the answer to the next request.
 */
public final class Http1Upstream extends ChannelInboundHandlerAdapter implements LentConnection {
    private enum State {
        IDLE,
        HEAD,
        BODY,
        TUNNEL,
        CLOSED
    }

    /** Heads of answers: Envoy's default of 60 KiB, and its 100 fields doubled, for endpoints are trusted further. */
    private static final HeadLimits LIMITS = new HeadLimits(60 * 1024, 60 * 1024, 200);
    /** Informational answers before the final one; more is an endpoint gone wrong. */
    private static final int MOST_INFORMATIONAL = 32;

    private final LoopState loop;
    private final ConnectionPool pool;
    private final Body body = new Body();
    private final Deadline deadline = new Deadline();
    private @Nullable Channel channel;
    private @Nullable UpstreamOwner owner;
    private @Nullable ByteBuf pending;
    private @Nullable Relay relay;
    private Service settings;
    private State state = State.IDLE;
    private int method = Method.GET;
    /** The body of the request is put into chunks here, as it comes without. */
    private boolean framesChunks;

    private boolean upgradeAsked;
    private int served;
    private int informational;
    private boolean keepAlive;
    private boolean requestComplete;
    private boolean opened;
    private boolean broken;

    public Http1Upstream(LoopState loop, ConnectionPool pool, Service settings) {
        this.loop = loop;
        this.pool = pool;
        this.settings = settings;
    }

    // ---- the request ----

    @Override
    public void begin(UpstreamOwner borrower, Service current, RequestShape shape) {
        owner = borrower;
        settings = current;
        method = shape.method();
        framesChunks = shape.framing() == Framing.CHUNKED && !shape.chunksFramed();
        upgradeAsked = shape.upgrade();
        state = State.HEAD;
        requestComplete = false;
        informational = 0;
    }

    @Override
    public void head(ByteBuf image, boolean last) {
        write(image.retain());
    }

    @Override
    public void body(ByteBuf from, int length, boolean last) {
        if (!framesChunks) {
            write(from.readRetainedSlice(length));
            return;
        }
        if (length > 0) {
            write(Unpooled.wrappedBuffer(Chunks.begin(length)));
            write(from.readRetainedSlice(length));
        }
        byte[] end = last ? length > 0 ? Chunks.END_AND_LAST : Chunks.LAST : Chunks.END;
        if (length > 0 || last) {
            write(Unpooled.wrappedBuffer(end));
        }
    }

    @Override
    public void trailers(FieldBlock fields) {
        // Of a body whose length was announced there is nowhere to put them (RFC 9110 section 6.5.1).
        if (framesChunks) {
            write(Unpooled.wrappedBuffer(Chunks.trailers(fields)));
        }
    }

    private void write(ByteBuf bytes) {
        channel().write(bytes, channel().voidPromise());
    }

    @Override
    public void flush() {
        loop.worker().flushes().add(channel());
    }

    @Override
    public boolean isWritable() {
        return channel().isWritable();
    }

    @Override
    public void requestComplete() {
        requestComplete = true;
        if (state == State.TUNNEL && relay == null) {
            channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> TlsHandler.shutdownOutput(channel()));
        } else if (state == State.HEAD) {
            setDeadline(settings.timeouts().response().toNanos());
        }
    }

    @Override
    public void reading(boolean on) {
        if (state == State.CLOSED || !channel().isOpen() || channel().config().isAutoRead() == on) {
            return;
        }
        channel().config().setAutoRead(on);
        if (on) {
            startStallClock();
        } else {
            loop.worker().timers().clear(deadline);
        }
    }

    @Override
    public void abandon() {
        owner = null;
        close();
    }

    @Override
    public boolean reused() {
        return served > 0;
    }

    // ---- what arrives ----

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        // A failed write says nothing of what is still to be read.
        channel.config().setAutoClose(false);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        opened = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        loop.worker().beginEvent();
        ByteBuf in = (ByteBuf) message;
        if (relay != null) {
            relay.read(false, in);
            return;
        }
        pending = pending == null ? in : Pending.joined(pending, in);
        process();
        if (owner != null) {
            owner.answerTurnEnded();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (relay != null) {
            relay.readComplete(false);
        }
    }

    private void process() {
        boolean goOn = true;
        while (goOn && pending != null && pending.isReadable()) {
            goOn = step(pending);
        }
        if (pending != null && (!pending.isReadable() || state == State.CLOSED)) {
            pending.release();
            pending = null;
        }
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case HEAD -> readHead(in);
            case BODY -> readBody(in);
            case TUNNEL -> tunnelled(in);
            case IDLE -> {
                close();
                yield false;
            }
            case CLOSED -> false;
        };
    }

    /** What comes once the protocol has changed: for the relay of the two sockets, or as the body of an answer without end. */
    private boolean tunnelled(ByteBuf in) {
        if (relay != null) {
            pending = null;
            relay.read(false, in);
            relay.readComplete(false);
            return false;
        }
        if (owner == null) {
            in.skipBytes(in.readableBytes());
            return false;
        }
        owner.answerBody(in, in.readableBytes(), false);
        return true;
    }

    private boolean readHead(ByteBuf in) {
        int readable = Math.min(in.readableBytes(), LIMITS.headBytes() + 4);
        byte[] bytes = loop.headBytes(readable);
        in.getBytes(in.readerIndex(), bytes, 0, readable);
        ResponseHead head = loop.responseHead();
        int length = loop.responseParser().parse(bytes, 0, readable, LIMITS, method, head);
        if (length == ResponseParser.INCOMPLETE) {
            return false;
        }
        if (length == ResponseParser.REFUSED) {
            fail(
                    Failure.INVALID,
                    "its answer is refused: " + loop.responseParser().refusal().explanation());
            return false;
        }
        in.skipBytes(length);
        if (head.status() < 200) {
            return readInformational(head);
        }
        keepAlive = head.keepAlive() && head.framing() != Framing.UNTIL_CLOSE;
        body.begin(head.framing(), head.contentLength());
        state = State.BODY;
        startStallClock();
        UpstreamOwner to = requireOwner();
        to.answerHead(head, body.done(), head.framing() == Framing.CHUNKED && !to.takesChunks());
        if (state == State.BODY && body.done()) {
            complete();
        }
        return true;
    }

    private boolean readInformational(ResponseHead head) {
        if (head.status() == 101) {
            if (!upgradeAsked) {
                fail(Failure.INVALID, "it switched protocols and nobody had asked");
                return false;
            }
            state = State.TUNNEL;
            loop.worker().timers().clear(deadline);
            requireOwner().upgraded(head);
            return true;
        }
        informational++;
        if (informational > MOST_INFORMATIONAL) {
            fail(Failure.INVALID, "it sends informational answers without end");
            return false;
        }
        requireOwner().informational(head);
        return state == State.HEAD;
    }

    private boolean readBody(ByteBuf in) {
        UpstreamOwner to = requireOwner();
        if (body.framing() == Framing.CHUNKED && !to.takesChunks()) {
            readBare(to, in);
        } else {
            int length = body.pass(in);
            if (length > 0) {
                to.answerBody(in, length, body.done());
            }
        }
        if (state != State.BODY) {
            return false;
        }
        if (body.refused()) {
            fail(Failure.INVALID, "the chunks of its answer are malformed");
            return false;
        }
        if (body.done()) {
            complete();
            return true;
        }
        startStallClock();
        return false;
    }

    /** Hands over a chunked body without its framing, for clients that frame in another way or not at all. */
    private void readBare(UpstreamOwner to, ByteBuf in) {
        ByteBuf data = channel().alloc().directBuffer(in.readableBytes());
        body.passData(in, data);
        FieldBlock trailers = body.done() ? body.trailers() : null;
        if (data.isReadable()) {
            to.answerBody(data, data.readableBytes(), body.done() && trailers == null);
        }
        data.release();
        if (trailers != null && state == State.BODY) {
            to.answerTrailers(trailers);
        }
    }

    private void complete() {
        UpstreamOwner to = requireOwner();
        boolean excess = pending != null && pending.isReadable();
        boolean reusable =
                keepAlive && requestComplete && !excess && !broken && channel().isActive();
        state = State.IDLE;
        owner = null;
        served++;
        loop.worker().timers().clear(deadline);
        if (reusable) {
            if (!channel().config().isAutoRead()) {
                channel().config().setAutoRead(true);
            }
            pool.release(this, settings);
        } else {
            close();
        }
        to.answerComplete();
    }

    // ---- the pool ----

    @Override
    public void rest(long idleNs) {
        setDeadline(idleNs);
    }

    @Override
    public void wake() {
        loop.worker().timers().clear(deadline);
    }

    @Override
    public void close() {
        if (state != State.CLOSED) {
            pool.forget(this);
            state = State.CLOSED;
            channel().close();
        }
    }

    // ---- the tunnel ----

    @Override
    public Channel tunnelSocket() {
        return channel();
    }

    @Override
    public Channel channel() {
        if (channel == null) {
            throw new AssertionError("a connection is used only once it is made");
        }
        return channel;
    }

    @Override
    public void tunnel(Relay through) {
        relay = through;
        owner = null;
    }

    // ---- the ends ----

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        loop.worker().beginEvent();
        if (relay != null) {
            relay.writabilityChanged(false);
        } else if (channel().isWritable()) {
            if (!requestComplete && state == State.HEAD) {
                loop.worker().timers().clear(deadline);
            }
            if (owner != null) {
                owner.upstreamWritable();
            }
        } else if (state == State.HEAD) {
            setDeadline(settings.timeouts().response().toNanos());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            if (relay != null) {
                relay.inputShutdown(false);
            } else {
                ended();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.socketFailed("endpoint", cause);
        broken = true;
        if (relay != null) {
            relay.broke(false);
        }
        if (cause instanceof TlsFailure why && (state == State.HEAD || state == State.BODY)) {
            // As where a server refuses our certificate: in TLS 1.3 that is heard of after the handshake only.
            fail(Failure.RESET, "TLS: " + why.detail());
        } else if (state == State.IDLE) {
            // At once, or it could be taken from the pool before its channel is told to be inactive.
            close();
        } else if (cause instanceof IOException && (state == State.HEAD || state == State.BODY)) {
            // An endpoint that closes with the request half read has often answered it, and that answer is still to be
            // read. The end of its side follows; the deadline is for the case that it does not.
            setDeadline(settings.timeouts().response().toNanos());
        } else {
            channel().close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.worker().beginEvent();
        if (opened) {
            opened = false;
            pool.closed(context.channel());
        }
        if (relay != null) {
            relay.inactive(false);
        } else {
            ended();
        }
        loop.worker().timers().remove(deadline);
        if (pending != null) {
            pending.release();
            pending = null;
        }
    }

    private void ended() {
        // A reset is no end of a body: what came of it may be a part (RFC 9112 section 8).
        if (state == State.BODY && body.framing() == Framing.UNTIL_CLOSE && !broken) {
            keepAlive = false;
            UpstreamOwner to = requireOwner();
            complete();
            to.answerTurnEnded();
            return;
        }
        if (state == State.TUNNEL && owner != null) {
            UpstreamOwner to = owner;
            owner = null;
            close();
            if (broken) {
                to.upstreamFailed(Failure.RESET, "it broke the tunnel off");
            } else {
                to.answerComplete();
                to.answerTurnEnded();
            }
            return;
        }
        if (state == State.HEAD || state == State.BODY) {
            String when = state == State.BODY
                    ? "it closed the connection within its answer"
                    : pending == null
                            ? "it closed the connection without an answer"
                            : "it closed the connection within the head of its answer";
            fail(Failure.RESET, when);
            return;
        }
        close();
    }

    private void fail(Failure failure, String why) {
        UpstreamOwner to = owner;
        owner = null;
        close();
        if (to != null) {
            to.upstreamFailed(failure, why);
        }
    }

    private void startStallClock() {
        long stall = settings.timeouts().stall().toNanos();
        // While the client is slow nothing is read, and the endpoint is not to blame for the silence.
        if (stall > 0 && state == State.BODY && channel().config().isAutoRead()) {
            setDeadline(stall);
        } else {
            loop.worker().timers().clear(deadline);
        }
    }

    private void setDeadline(long fromNow) {
        loop.worker().timers().set(deadline, loop.worker().nowNs() + fromNow);
    }

    private UpstreamOwner requireOwner() {
        if (owner == null) {
            throw new AssertionError("a connection that reads an answer is lent to somebody");
        }
        return owner;
    }

    /** What happens when the endpoint let a deadline pass. */
    private final class Deadline extends Timer {
        @Override
        protected void expired(long nowNs) {
            switch (state) {
                case HEAD -> fail(Failure.TIMEOUT, "it gave no answer in time (timeouts.response)");
                case BODY -> fail(Failure.TIMEOUT, "its answer stopped half-way (timeouts.stall)");
                case IDLE -> close();
                case TUNNEL, CLOSED -> {}
            }
        }
    }
}
