package dev.parley.proxy.http1;

import dev.parley.model.Listener;
import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.ClientSide;
import dev.parley.proxy.exchange.Exchange;
import dev.parley.proxy.exchange.LocalAnswer;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.http2.Http2Downstream;
import dev.parley.proxy.http2.Preface;
import dev.parley.proxy.listen.Downstream;
import dev.parley.proxy.listen.ListenerSlot;
import dev.parley.proxy.message.Body;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.Pending;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.tcp.Relay;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.proxy.tls.TlsHandler;
import dev.parley.proxy.tls.TruncatedException;
import dev.parley.proxy.upstream.ClientSession;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.OptionList;
import dev.parley.wire.http1.RequestParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/1.1 connection: reads one request at a time, hands it to an {@link Exchange}, and writes the answer.
 *
 * <p>States: HEAD (between requests, or within a head) → BODY (where the request has one) → ANSWER (the request is whole) →
 * HEAD again, or LINGER → closed; from ANSWER also TUNNEL. Pipelined requests wait in {@link #pending} until their turn, and
 * reading stops while they are more than {@link #BACKLOG_BYTES}.
 */
public final class Http1Downstream extends Downstream implements ClientSide {
    private enum State {
        HEAD,
        BODY,
        ANSWER,
        TUNNEL,
        LINGER,
        CLOSED
    }

    /** How much of later requests is read ahead of their turn. */
    private static final int BACKLOG_BYTES = 64 * 1024;
    /** Room left beside a head for a body that comes with it, so that both leave in one buffer. */
    private static final int SMALL_BODY_BYTES = 4096;

    private final ClientFacts facts;
    private final ClientClock clock;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ClientOutput output;
    private State state = State.HEAD;
    private @Nullable ByteBuf pending;
    private @Nullable Exchange exchange;
    private @Nullable Relay relay;
    private Body body = Body.NONE;
    private boolean processing;
    private boolean pausedByExchange;
    private boolean inputShutdown;
    private boolean requestKeepAlive;
    private boolean keepAlive;
    private boolean oldClient;
    private boolean isHead;
    private boolean webSocket;
    /** Nothing but the beginning of the first request has come. */
    private boolean first = true;
    /** The answer comes as bare data and is put into chunks here. */
    private boolean framesChunks;
    /** Of a tunnel through the exchange: whether bytes went either way since this was looked at, and whether the client ended. */
    private boolean streamMoved;

    private boolean streamEnded;

    public Http1Downstream(
            LoopState loop, ListenerSlot slot, @Nullable InetSocketAddress client, @Nullable TlsFacts tls) {
        super(loop, slot, client, tls);
        boolean trusted = listener().trusts(client == null ? null : client.getAddress());
        facts = loop.clientFacts(client, trusted).over(tls);
        clock = new ClientClock(loop.worker(), slot, new Overdue());
    }

    // ---- what arrives ----

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        output = new ClientOutput(added.channel(), loop.worker().flushes());
        loop.worker().beginEvent();
        super.handlerAdded(added);
        clock.idle();
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        loop.worker().beginEvent();
        ByteBuf in = (ByteBuf) message;
        if (relay != null) {
            relay.read(true, in);
            return;
        }
        pending = pending == null ? in : Pending.joined(pending, in);
        process();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext complete) {
        if (relay != null) {
            relay.readComplete(true);
        } else if (exchange != null) {
            exchange.requestTurnEnded();
        }
    }

    /** Takes steps while there is something to take them with. An answer given within a step comes back here: no deeper. */
    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        boolean goOn = true;
        while (goOn && pending != null && pending.isReadable()) {
            goOn = step(pending);
        }
        processing = false;
        if (pending != null && !pending.isReadable()) {
            pending.release();
            pending = null;
        }
        if (inputShutdown) {
            endInput();
        }
        updateReading();
    }

    /** The client sends no more, and what it had sent has been looked at: what is not whole by now never will be. */
    private void endInput() {
        if (state == State.HEAD && (pending == null || channel().isWritable())) {
            closeWhenSent();
        } else if (state == State.BODY && pending == null) {
            // Answers to earlier requests may still be on their way.
            Exchange abandoned = requireExchange();
            exchange = null;
            abandoned.clientGone();
            closeWhenSent();
        } else if (state == State.TUNNEL && relay == null && exchange != null && pending == null && !streamEnded) {
            streamEnded = true;
            exchange.requestBody(Unpooled.EMPTY_BUFFER, 0, true);
        }
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case HEAD -> channel().isWritable() && readHead(in);
            case BODY -> readBody(in);
            case ANSWER -> false;
            case TUNNEL -> tunnelled(in);
            case LINGER, CLOSED -> {
                in.skipBytes(in.readableBytes());
                yield true;
            }
        };
    }

    /** What had come before the tunnel was there, or comes through one that is no relay of sockets. */
    private boolean tunnelled(ByteBuf in) {
        if (relay != null) {
            pending = null;
            relay.read(true, in);
            relay.readComplete(true);
            return false;
        }
        if (exchange == null || pausedByExchange) {
            return false;
        }
        streamMoved = true;
        exchange.requestBody(in, in.readableBytes(), false);
        return true;
    }

    private void updateReading() {
        // Where nothing more comes, epoll has let go of the socket, and asking it to read would fail.
        if (state == State.CLOSED || inputShutdown || !channel().isOpen()) {
            return;
        }
        boolean backlog = pending != null
                && (state == State.ANSWER || (state == State.HEAD && !channel().isWritable()))
                && pending.readableBytes() >= BACKLOG_BYTES;
        boolean wanted = !backlog && !(pausedByExchange && (state == State.BODY || state == State.TUNNEL));
        if (channel().config().isAutoRead() != wanted && relay == null) {
            channel().config().setAutoRead(wanted);
        }
    }

    // ---- the request ----

    private boolean readHead(ByteBuf in) {
        Listener.Limits limits = listener().settings().limits();
        int readable = Math.min(in.readableBytes(), limits.headBytes().toInt() + 4);
        byte[] bytes = loop.headBytes(readable);
        in.getBytes(in.readerIndex(), bytes, 0, readable);
        if (first && Preface.begins(bytes, 0, readable)) {
            clock.headBegun();
            return readable >= Preface.length() && becomeHttp2();
        }
        RequestHead head = loop.requestHead();
        int length = loop.requestParser().parse(bytes, 0, readable, listener().headLimits(), head);
        if (length > 0) {
            in.skipBytes(length);
            begin(head);
            return true;
        }
        if (length == RequestParser.REFUSED) {
            refuse();
            return true;
        }
        clock.headBegun();
        return false;
    }

    /** The client speaks HTTP/2 by prior knowledge (RFC 9113 section 3.3): hands the connection over with all that came. */
    private boolean becomeHttp2() {
        clock.remove();
        ByteBuf received = pending;
        pending = null;
        ChannelHandlerContext at = context;
        if (at == null || received == null) {
            throw new AssertionError("what was read came from a connection");
        }
        Http2Downstream successor = new Http2Downstream(loop, slot, client, tls);
        at.pipeline().replace(this, null, successor);
        if (slot.draining()) {
            successor.drain();
        }
        at.pipeline().fireChannelRead(received).fireChannelReadComplete();
        return false;
    }

    private void begin(RequestHead head) {
        first = false;
        long now = loop.worker().nowNs();
        clock.off();
        oldClient = head.minorVersion() == 0;
        webSocket = head.upgrade() >= 0 && OptionList.has(head.fields(), FieldId.UPGRADE, "websocket");
        isHead = head.method() == Method.HEAD;
        requestKeepAlive = head.keepAlive();
        keepAlive = false;
        Exchange begun = loop.obtainExchange();
        exchange = begun;
        body = begun.requestBody();
        body.begin(head.framing(), head.contentLength());
        state = body.done() ? State.ANSWER : State.BODY;
        if (state == State.BODY) {
            clock.bodyDue();
        }
        long limit = listener().settings().limits().bodyBytes().isPresent()
                ? listener().settings().limits().bodyBytes().get().bytes()
                : Long.MAX_VALUE;
        begun.begin(this, listener(), head, facts, body.done(), limit, now);
    }

    private void refuse() {
        beginWithoutHead().refuse(this, listener(), facts, loop.requestParser().refusal());
    }

    /** An exchange about what is no request; nothing that was said of the one before holds for it. */
    private Exchange beginWithoutHead() {
        Exchange begun = loop.obtainExchange();
        exchange = begun;
        requestKeepAlive = false;
        oldClient = false;
        isHead = false;
        state = State.ANSWER;
        clock.off();
        return begun;
    }

    private boolean readBody(ByteBuf in) {
        if (exchange == null || pausedByExchange) {
            return false;
        }
        if (body.framing() == Framing.CHUNKED && !exchange.takesRequestChunks()) {
            return readBare(in);
        }
        int length = body.pass(in);
        if (body.refused()) {
            requestKeepAlive = false;
            exchange.requestBroken(body.refusal());
            return state != State.BODY;
        }
        if (length == 0 && !body.done()) {
            return false;
        }
        boolean last = came(length);
        exchange.requestBody(in, length, last);
        return true;
    }

    /** Bytes of the body came; whether they were its last. */
    private boolean came(int length) {
        clock.bodyCame(length);
        if (body.done()) {
            state = State.ANSWER;
            clock.bodyComplete();
        }
        return body.done();
    }

    /** Hands over a chunked body without its framing, for endpoints that frame in another way. */
    private boolean readBare(ByteBuf in) {
        Exchange to = requireExchange();
        int before = in.readableBytes();
        ByteBuf data = channel().alloc().directBuffer(before);
        body.passData(in, data);
        if (body.refused()) {
            data.release();
            requestKeepAlive = false;
            to.requestBroken(body.refusal());
            return state != State.BODY;
        }
        boolean last = came(before - in.readableBytes());
        FieldBlock trailers = last ? body.trailers() : null;
        if (data.isReadable() || (last && trailers == null)) {
            to.requestBody(data, data.readableBytes(), last && trailers == null);
        }
        data.release();
        if (trailers != null && exchange != null) {
            exchange.requestTrailers(trailers);
        }
        return true;
    }

    @Override
    public Origin origin() {
        return Origin.of(client, channel(), ClientSession.of(tls));
    }

    // ---- the answer: called by the exchange ----

    @Override
    public void informational(ResponseHead head) {
        if (oldClient) {
            return;
        }
        HeadBuffer out = loop.headBuffer();
        ResponseWriter.write(out, head, FieldEdits.NONE, true, false);
        output().head(out, 0);
    }

    @Override
    public Decision.Protocol protocol() {
        return Decision.Protocol.HTTP_1_1;
    }

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {
        framesChunks = bare && head.framing() == Framing.CHUNKED && !oldClient;
        boolean bounded = head.framing() != Framing.UNTIL_CLOSE && !(oldClient && head.framing() == Framing.CHUNKED);
        keepAlive = requestKeepAlive && bounded && state == State.ANSWER && goesOn();
        HeadBuffer out = loop.headBuffer();
        ResponseWriter.write(out, head, requireExchange().responseEdits(), keepAlive, oldClient);
        int room = head.framing() == Framing.LENGTH && head.contentLength() <= SMALL_BODY_BYTES
                ? (int) head.contentLength()
                : head.framing() == Framing.NONE ? 0 : SMALL_BODY_BYTES;
        output().head(out, room);
    }

    /** Whether another request may follow: of a client that ended its side, those that it had sent before. */
    private boolean goesOn() {
        return !slot.draining() && (!inputShutdown || hasMore());
    }

    private boolean hasMore() {
        return pending != null && pending.isReadable();
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        streamMoved = true;
        if (framesChunks) {
            output().chunk(from, length, last);
            framesChunks = !last;
        } else {
            output().body(from, length);
        }
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        // Of a body that is not in chunks there is nowhere to put them, and they may be dropped (RFC 9110 section
        // 6.5.1).
        if (framesChunks) {
            framesChunks = false;
            output().trailers(fields);
        }
    }

    @Override
    public boolean takesChunks() {
        return !oldClient;
    }

    @Override
    public void flush() {
        output().flush();
    }

    @Override
    public boolean isWritable() {
        return channel().isWritable();
    }

    @Override
    public void answered() {
        boolean whole = state == State.ANSWER;
        if (framesChunks) {
            framesChunks = false;
            output().chunk(Unpooled.EMPTY_BUFFER, 0, true);
        }
        exchange = null;
        body = Body.NONE;
        pausedByExchange = false;
        flush();
        if (state == State.CLOSED) {
            return;
        }
        if (keepAlive) {
            state = State.HEAD;
            clock.idle();
            process();
        } else if (whole && !hasMore()) {
            closeWhenSent();
        } else {
            linger();
        }
    }

    @Override
    public void answerLocally(LocalAnswer answer, Decision decision) {
        keepAlive = requestKeepAlive && state == State.ANSWER && !answer.close() && goesOn();
        HeadBuffer out = loop.headBuffer();
        LocalAnswerWriter.write(out, answer, decision, requireExchange().responseEdits(), isHead, keepAlive, oldClient);
        output().head(out, 0);
    }

    /** Sends the end of our side and reads on for a while, lest a reset takes the answer from under the client's eyes. */
    private void linger() {
        state = State.LINGER;
        clock.closing();
        Channel closing = channel();
        closing.writeAndFlush(closing.alloc().buffer(0)).addListener(sent -> TlsHandler.shutdownOutput(closing));
        if (inputShutdown) {
            closeWhenSent();
            return;
        }
        process();
        updateReading();
    }

    private void closeWhenSent() {
        state = State.CLOSED;
        clock.closing();
        channel().writeAndFlush(channel().alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void upgraded(ResponseHead head, RequestShape asked) {
        // The endpoint may have switched to something else that it was offered.
        webSocket &= OptionList.has(head.fields(), FieldId.UPGRADE, "websocket");
        HeadBuffer out = loop.headBuffer();
        if (head.http2()) {
            ResponseWriter.writeTunnel(out, head, requireExchange().responseEdits(), asked);
        } else {
            ResponseWriter.write(out, head, requireExchange().responseEdits(), true, false);
        }
        output().head(out, 0);
        flush();
        state = State.TUNNEL;
        keepAlive = false;
    }

    @Override
    public Channel tunnelSocket() {
        return channel();
    }

    @Override
    public void stream() {
        clock.tunnel();
        process();
    }

    @Override
    public void tunnel(Upstream upstream) {
        Exchange behind = requireExchange();
        Channel other = upstream.tunnelSocket();
        if (other == null) {
            throw new AssertionError("a tunnel of sockets has two");
        }
        Relay made = new Relay(channel(), other, loop.worker(), behind, webSocket);
        relay = made;
        exchange = null;
        behind.tunnelled(made);
        upstream.tunnel(made);
        made.start();
        clock.tunnel();
        process();
        if (inputShutdown) {
            made.inputShutdown(true);
        }
        if (slot.draining()) {
            made.drain();
        }
    }

    @Override
    public void cutShort(int callStatus, String callMessage) {
        // It has been recorded, and may be another request's by the time that the socket is closed.
        exchange = null;
        cut();
    }

    @Override
    public void cut() {
        if (relay != null) {
            relay.cut(Relay.End.DRAINED);
            return;
        }
        if (exchange != null) {
            Exchange outlived = exchange;
            exchange = null;
            outlived.drained();
        }
        state = State.CLOSED;
        if (context != null) {
            output().discard();
            // A reset, not an orderly end: an answer that lasts until the close would otherwise look complete.
            channel().config().setOption(ChannelOption.SO_LINGER, 0);
            channel().close();
        }
    }

    @Override
    public void pauseReading() {
        pausedByExchange = true;
        updateReading();
    }

    @Override
    public void resumeReading() {
        if (!pausedByExchange) {
            return;
        }
        pausedByExchange = false;
        if (state == State.BODY) {
            clock.bodyDue();
        }
        updateReading();
        process();
        if (exchange != null) {
            exchange.requestTurnEnded();
        }
    }

    // ---- the ends ----

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        loop.worker().beginEvent();
        if (relay != null) {
            relay.writabilityChanged(true);
            return;
        }
        if (channel().isWritable()) {
            clock.answerFlows();
            if (exchange != null) {
                exchange.clientWritable();
            }
            process();
        } else if (exchange != null) {
            clock.answerBlocked();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (!(event instanceof ChannelInputShutdownEvent)) {
            return;
        }
        inputShutdown = true;
        switch (state) {
            case TUNNEL -> {
                if (relay != null) {
                    relay.inputShutdown(true);
                } else {
                    process();
                }
            }
            // A client may end its side once it has asked and still be told the answer (RFC 9112 section 9.6).
            case ANSWER, CLOSED -> {}
            case HEAD, BODY -> process();
            case LINGER -> closeWhenSent();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof TruncatedException) {
            // Requests say themselves how long they are, so the end of input that follows is judged as without TLS.
            return;
        }
        loop.socketFailed("client", cause);
        if (relay != null) {
            relay.broke(true);
        }
        channel().close();
    }

    @Override
    protected void gone() {
        loop.worker().beginEvent();
        state = State.CLOSED;
        clock.remove();
        if (pending != null && !processing) {
            pending.release();
            pending = null;
        }
        output().discard();
        if (relay != null) {
            relay.inactive(true);
        } else if (exchange != null) {
            Exchange abandoned = exchange;
            exchange = null;
            abandoned.clientGone();
        }
    }

    @Override
    public void drain() {
        if (relay != null) {
            relay.drain();
        } else if (state == State.TUNNEL && exchange != null) {
            exchange.askToGo();
        }
        if (state == State.HEAD && pending == null) {
            clock.idle();
        }
    }

    private ClientOutput output() {
        if (output == null) {
            throw new AssertionError("a connection acts only once it is there");
        }
        return output;
    }

    private Channel channel() {
        if (context == null) {
            throw new AssertionError("a connection acts only once it is there");
        }
        return context.channel();
    }

    private Exchange requireExchange() {
        if (exchange == null) {
            throw new AssertionError("an answer belongs to an exchange");
        }
        return exchange;
    }

    /** What happens when the client has let a deadline pass. */
    private final class Overdue implements ClientClock.Overdue {
        @Override
        public void close() {
            channel().close();
        }

        @Override
        public void head() {
            beginWithoutHead().headTimedOut(Http1Downstream.this, listener(), facts);
        }

        @Override
        public void body() {
            if (exchange != null) {
                requestKeepAlive = false;
                exchange.requestTimedOut();
            }
        }

        @Override
        public void answer() {
            if (exchange != null) {
                exchange.clientStalled();
            }
        }

        @Override
        public void tunnel() {
            if (relay == null ? streamMoved : relay.takeMoved()) {
                streamMoved = false;
                clock.tunnel();
            } else if (relay != null) {
                relay.cut(Relay.End.IDLE);
            } else if (exchange != null) {
                Exchange rested = exchange;
                exchange = null;
                rested.tunnelRested();
                Http1Downstream.this.cut();
            }
        }

        @Override
        public boolean bodyPaused() {
            return pausedByExchange;
        }

        @Override
        public long unsentBytes() {
            ChannelOutboundBuffer waiting = channel().unsafe().outboundBuffer();
            return waiting == null ? 0 : waiting.totalPendingWriteBytes();
        }

        @Override
        public void cut() {
            Http1Downstream.this.cut();
        }
    }
}
