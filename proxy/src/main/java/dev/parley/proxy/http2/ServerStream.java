package dev.parley.proxy.http2;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.ClientSide;
import dev.parley.proxy.exchange.Exchange;
import dev.parley.proxy.exchange.LocalAnswer;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.Pending;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.Refusal;
import dev.parley.wire.http1.Trailers;
import dev.parley.wire.http2.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * A request of a client on a stream, and its answer.
 *
 * <p>The exchange ends when the answer is complete; the stream goes on until what waits of it has been sent. What the client sends
 * while the exchange has nobody to hand it to is kept here, at most the stream's window.
 */
final class ServerStream extends Http2Stream implements ClientSide {
    private static final int SWITCHING_PROTOCOLS = 101;

    private final ServerSession server;
    private @Nullable Exchange exchange;
    private boolean pausedByExchange;
    private boolean grpc;
    private boolean isHead;
    private boolean headSent;
    private boolean byEndpoint;
    private boolean tunnel;
    private boolean lingering;
    private @Nullable ErrorCode fault;
    private long announced = -1;
    private long receivedBytes;
    private @Nullable ByteBuf stash;
    private boolean stashEnds;
    private @Nullable Trailers stashedTrailers;
    private @Nullable StreamClock clock;

    ServerStream(ServerSession session, int id) {
        super(session, id);
        server = session;
    }

    // ---- the request ----

    void begin(RequestHead head, ListenerView listener, ClientFacts facts, boolean endStream) {
        grpc = GrpcStatus.isGrpc(head.fields());
        isHead = head.method() == Method.HEAD;
        announced = head.contentLength();
        if (endStream) {
            endRemote();
        }
        if (head.protocolFrom() >= 0) {
            // What comes before the tunnel is there waits for it.
            pauseReading();
        }
        Exchange begun = session.loop.obtainExchange();
        exchange = begun;
        long limit = listener.settings().limits().bodyBytes().isPresent()
                ? listener.settings().limits().bodyBytes().get().bytes()
                : Long.MAX_VALUE;
        begun.begin(
                this,
                listener,
                head,
                facts,
                endStream,
                limit,
                session.loop.worker().nowNs());
        if (exchange != null && !endStream && head.protocolFrom() < 0 && !grpc) {
            watch().bodyDue();
        }
    }

    /** The head was no request, or one that is over the limits. A malformed one is reset, without an answer. */
    void refuse(
            Refusal refusal,
            boolean endStream,
            ListenerView listener,
            ClientFacts facts,
            boolean answerable,
            boolean ofGrpc) {
        grpc = ofGrpc;
        fault = answerable ? null : ErrorCode.PROTOCOL_ERROR;
        if (endStream) {
            endRemote();
        }
        Exchange begun = session.loop.obtainExchange();
        exchange = begun;
        begun.refuse(this, listener, facts, refusal);
    }

    @Override
    void data(ByteBuf in, int length, boolean endStream) {
        receivedBytes += length;
        consumed(length);
        boolean mismatch = announced >= 0 && (receivedBytes > announced || (endStream && receivedBytes < announced));
        if (mismatch) {
            in.skipBytes(length);
            session.streamFault(id(), ErrorCode.PROTOCOL_ERROR, "DATA is not what content-length says");
            return;
        }
        if (endStream) {
            endRemote();
        }
        Exchange to = exchange;
        if (to == null) {
            in.skipBytes(length);
        } else if (pausedByExchange || stash != null) {
            keep(in, length, endStream);
        } else {
            hand(to, in, length, endStream);
        }
        if (endStream) {
            closeWhenDone();
        }
    }

    private void hand(Exchange to, ByteBuf in, int length, boolean last) {
        if (clock != null) {
            clock.bodyCame(length, last);
        }
        server.turnsOf(this);
        to.requestBody(in, length, last);
    }

    /** All that came in one read was handed over. */
    void turnEnded() {
        if (exchange != null) {
            exchange.requestTurnEnded();
        }
    }

    private void keep(ByteBuf in, int length, boolean last) {
        ByteBuf copy =
                session.channel.alloc().directBuffer(Math.max(length, 512)).writeBytes(in, length);
        stash = stash == null ? copy : Pending.joined(stash, copy);
        stashEnds = last;
    }

    /** Trailers end the request. */
    void trailers(FieldBlock fields) {
        if (announced >= 0 && receivedBytes < announced) {
            session.streamFault(id(), ErrorCode.PROTOCOL_ERROR, "less DATA than content-length says");
            return;
        }
        endRemote();
        Exchange to = exchange;
        if (to == null) {
            closeWhenDone();
        } else if (pausedByExchange || stash != null) {
            stashedTrailers = kept(fields);
        } else {
            if (clock != null) {
                clock.bodyCame(0, true);
            }
            to.requestTrailers(fields);
            closeWhenDone();
        }
    }

    boolean grpc() {
        return grpc;
    }

    // ---- the answer: called by the exchange ----

    @Override
    public Origin origin() {
        return server.origin();
    }

    @Override
    public Decision.Protocol protocol() {
        return Decision.Protocol.HTTP_2;
    }

    @Override
    public void informational(ResponseHead head) {
        if (head.status() != SWITCHING_PROTOCOLS) {
            Answers.head(session.encode(), head, head.status(), FieldEdits.NONE);
            sendHead(false);
        }
    }

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {
        headSent = true;
        byEndpoint = true;
        Answers.head(session.encode(), head, head.status(), requireExchange().responseEdits());
        sendHead(last);
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        if (tunnel && clock != null) {
            clock.moved();
        }
        send(from, length, last);
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        sendTrailers(fields);
    }

    @Override
    public boolean takesChunks() {
        return false;
    }

    @Override
    public void flush() {}

    @Override
    public boolean isWritable() {
        return sendsFreely();
    }

    @Override
    public void answered() {
        exchange = null;
        pausedByExchange = false;
        dropStash();
        if (over()) {
            return;
        }
        if (byEndpoint && fault == null) {
            server.answeredWhole();
        }
        if (fault != null) {
            reset(fault);
            return;
        }
        if (!localEnded()) {
            send(Unpooled.EMPTY_BUFFER, 0, true);
        }
        // No more of the request is wanted: its sender gets no further window, and what has left is dropped as it
        // comes.
        receiving(remoteEnded());
        closeWhenDone();
    }

    @Override
    public void answerLocally(LocalAnswer answer, Decision decision) {
        if (fault != null) {
            return;
        }
        headSent = true;
        FieldEdits edits = requireExchange().responseEdits();
        if (grpc) {
            Answers.grpc(session.encode(), answer, decision, edits);
            sendHead(true);
            return;
        }
        byte[] id = new byte[32];
        decision.writeId(id, 0);
        byte[] body = answer.content(id);
        Answers.local(session.encode(), answer, body, decision, edits);
        boolean bodiless = isHead || !answer.hasBody() || body.length == 0;
        sendHead(bodiless);
        if (!bodiless) {
            ByteBuf bytes = Unpooled.wrappedBuffer(body);
            send(bytes, body.length, true);
        }
    }

    @Override
    public void upgraded(ResponseHead head, RequestShape asked) {
        headSent = true;
        tunnel = true;
        // An extended CONNECT is agreed to with 200 where HTTP/1.1 has 101 (RFC 8441 section 5).
        Answers.tunnel(session.encode(), head, requireExchange().responseEdits());
        sendHead(false);
    }

    @Override
    public @Nullable Channel tunnelSocket() {
        return null;
    }

    @Override
    public void tunnel(Upstream upstream) {
        throw new AssertionError("a stream has no socket of its own");
    }

    @Override
    public void stream() {
        watch().tunnel();
        resumeReading();
    }

    @Override
    public void cutShort(int callStatus, String callMessage) {
        exchange = null;
        dropStash();
        if (over()) {
            return;
        }
        if (grpc && headSent && !localEnded() && fault == null && !hasQueued()) {
            Answers.grpcStatus(session.encode(), callStatus, callMessage);
            sendHead(true);
            closeWhenDone();
        } else {
            reset(fault != null ? fault : ErrorCode.INTERNAL_ERROR);
        }
    }

    @Override
    public void pauseReading() {
        pausedByExchange = true;
        receiving(false);
    }

    @Override
    public void resumeReading() {
        pausedByExchange = false;
        Exchange to = exchange;
        if (to != null && (stash != null || stashedTrailers != null)) {
            handStash(to);
        }
        if (!pausedByExchange && !over()) {
            receiving(true);
            if (clock != null && !remoteEnded()) {
                clock.bodyDue();
            }
        }
    }

    private void handStash(Exchange to) {
        ByteBuf kept = stash;
        Trailers trailers = stashedTrailers;
        boolean last = stashEnds;
        stash = null;
        stashedTrailers = null;
        stashEnds = false;
        if (kept != null) {
            hand(to, kept, kept.readableBytes(), last);
            kept.release();
        }
        if (trailers != null && exchange != null) {
            to.requestTrailers(trailers.fields());
        }
        turnEnded();
        if (remoteEnded()) {
            closeWhenDone();
        }
    }

    private void dropStash() {
        if (stash != null) {
            stash.release();
            stash = null;
        }
        stashedTrailers = null;
    }

    // ---- the ends ----

    @Override
    void drained() {
        if (clock != null) {
            clock.answerFlows();
        }
        if (exchange != null) {
            exchange.clientWritable();
        } else {
            closeWhenDone();
        }
    }

    @Override
    void blocked() {
        watch().answerBlocked();
    }

    @Override
    void localEndSent() {
        closeWhenDone();
    }

    /** Both directions have ended; or ours has and nobody wants the rest of the other (RFC 9113 section 8.1). */
    private void closeWhenDone() {
        if (exchange != null || !localEnded() || over()) {
            return;
        }
        if (remoteEnded()) {
            finish(false);
        } else if (!lingering) {
            lingering = true;
            watch().linger();
        }
    }

    @Override
    void failedByPeer(ErrorCode code, String why) {
        fault = code;
        Exchange broken = exchange;
        if (broken == null) {
            reset(code);
        } else {
            broken.requestBroken(Refusal.STREAM_BROKEN);
            if (!over()) {
                reset(code);
            }
        }
    }

    /** The client gave the stream up. */
    void resetByClient() {
        Exchange abandoned = exchange;
        exchange = null;
        dropStash();
        finish(false);
        if (abandoned != null) {
            abandoned.clientGone();
        }
    }

    @Override
    void connectionLost(String why) {
        resetByClient();
    }

    /** The connection drains; a tunnel is asked to end. */
    void askToGo() {
        if (tunnel && exchange != null) {
            exchange.askToGo();
        }
    }

    /** Draining allows no more time. */
    void cut() {
        Exchange outlived = exchange;
        exchange = null;
        dropStash();
        if (outlived != null) {
            outlived.drained();
        }
        if (over()) {
            return;
        }
        if (grpc && headSent && !localEnded() && !hasQueued()) {
            Answers.grpcStatus(session.encode(), GrpcStatus.UNAVAILABLE, "drained: the proxy is going away");
            sendHead(true);
        }
        if (!over()) {
            reset(ErrorCode.CANCEL);
        }
    }

    /** The client takes too little of the answer, or nothing. */
    void stalled() {
        Exchange slow = exchange;
        if (slow != null) {
            slow.clientStalled();
        } else {
            reset(ErrorCode.CANCEL);
        }
    }

    /** Whether the answer, if there is one, has not been completed. */
    boolean unanswered() {
        return exchange != null;
    }

    void closed() {
        if (clock != null) {
            session.loop.worker().timers().remove(clock);
        }
    }

    private Exchange requireExchange() {
        if (exchange == null) {
            throw new AssertionError("an answer belongs to an exchange");
        }
        return exchange;
    }

    boolean tunnelled() {
        return tunnel;
    }

    boolean lingering() {
        return lingering;
    }

    boolean paused() {
        return pausedByExchange;
    }

    void lingeredEnough() {
        reset(ErrorCode.NO_ERROR);
    }

    /** Nothing went either way for as long as a tunnel may rest. */
    void tunnelRested() {
        Exchange rested = exchange;
        exchange = null;
        if (rested != null) {
            rested.tunnelRested();
        }
        reset(ErrorCode.CANCEL);
    }

    /** The body comes too slowly, or not at all. */
    void bodyOverdue() {
        if (exchange != null) {
            exchange.requestTimedOut();
        }
    }

    private StreamClock watch() {
        if (clock == null) {
            clock = new StreamClock(this, session.loop.worker(), server);
        }
        return clock;
    }
}
