package dev.parley.proxy.http2;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.exchange.UpstreamOwner;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.tcp.Relay;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http2.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** A request to an endpoint on a stream, and its answer. It serves one request and is gone. */
final class ClientStream extends Http2Stream implements Upstream {
    /** Informational answers before the final one; more is an endpoint gone wrong. */
    private static final int MOST_INFORMATIONAL = 32;

    private final ClientSession client;
    private final Deadline deadline = new Deadline();
    private @Nullable UpstreamOwner owner;
    private @Nullable Service settings;
    private @Nullable RequestShape shape;
    private int method = Method.GET;
    private boolean upgrade;
    private boolean resetAlone;
    private boolean answering;
    private boolean requestComplete;
    private boolean silentFor;
    private int informational;
    private long announced = -1;
    private boolean bodiless;
    private long receivedBytes;
    private long bytesWhenAsked;

    ClientStream(ClientSession session, int id) {
        super(session, id);
        client = session;
    }

    // ---- the request ----

    @Override
    public void begin(UpstreamOwner borrower, Service current, RequestShape of) {
        owner = borrower;
        settings = current;
        shape = of;
        method = of.method();
        upgrade = of.upgrade();
    }

    @Override
    public void head(ByteBuf image, boolean last) {
        if (shape == null) {
            throw new AssertionError("a request has begun");
        }
        if (upgrade && !client.takesTunnels()) {
            fail(Failure.INVALID, "it takes no tunnels over HTTP/2 (RFC 8441)");
            reset(ErrorCode.CANCEL);
            return;
        }
        client.lines().encode(session.encode(), image, shape, client.tls());
        shape = null;
        sendHead(last && !upgrade);
    }

    @Override
    public void body(ByteBuf from, int length, boolean last) {
        send(from, length, last);
    }

    @Override
    public void trailers(FieldBlock fields) {
        sendTrailers(fields);
    }

    @Override
    public void flush() {}

    @Override
    public boolean isWritable() {
        return sendsFreely();
    }

    @Override
    public void requestComplete() {
        requestComplete = true;
        if (!answering && !over() && settings != null) {
            bytesWhenAsked = session.bytesRead();
            setDeadline(settings.timeouts().response().toNanos());
        }
    }

    @Override
    public void reading(boolean on) {
        receiving(on);
        startStallClock();
    }

    @Override
    public void abandon() {
        owner = null;
        if (!over()) {
            reset(ErrorCode.CANCEL);
        }
    }

    @Override
    public boolean reused() {
        // A connection that rested may have been closed meanwhile; an endpoint that resets one stream of it was there
        // to do so.
        return id() > 1 && !resetAlone;
    }

    @Override
    public @Nullable Channel tunnelSocket() {
        return null;
    }

    @Override
    public void tunnel(Relay relay) {
        throw new AssertionError("a stream has no socket of its own");
    }

    // ---- the answer ----

    int method() {
        return method;
    }

    /** Whether the final head has come, so that the next one is trailers. */
    boolean answering() {
        return answering;
    }

    void head(ResponseHead head, boolean endStream) {
        UpstreamOwner to = owner;
        if (to == null) {
            return;
        }
        if (head.status() < 200) {
            if (++informational > MOST_INFORMATIONAL) {
                session.streamFault(id(), ErrorCode.ENHANCE_YOUR_CALM, "it sends informational answers without end");
            } else {
                to.informational(head);
            }
            return;
        }
        answering = true;
        silentFor = upgrade || GrpcStatus.isGrpc(head.fields());
        announced = head.contentLength();
        bodiless = method == Method.HEAD || head.status() == 204 || head.status() == 304;
        if (endStream) {
            endRemote();
        }
        startStallClock();
        if (upgrade && head.status() < 300 && !endStream) {
            announced = -1;
            to.upgraded(head);
        } else {
            to.answerHead(head, endStream, true);
        }
        client.turnsOf(this);
        if (endStream) {
            complete();
        }
    }

    @Override
    void data(ByteBuf in, int length, boolean endStream) {
        receivedBytes += length;
        consumed(length);
        UpstreamOwner to = owner;
        if (!answering || to == null) {
            in.skipBytes(length);
            if (to != null) {
                session.streamFault(id(), ErrorCode.PROTOCOL_ERROR, "DATA before the head of its answer");
            }
            return;
        }
        if (mismatch(endStream)) {
            in.skipBytes(length);
            session.streamFault(id(), ErrorCode.PROTOCOL_ERROR, "its DATA is not what its content-length says");
            return;
        }
        if (endStream) {
            endRemote();
        }
        startStallClock();
        if (length > 0 || endStream) {
            client.turnsOf(this);
            to.answerBody(in, length, endStream);
        }
        if (endStream) {
            complete();
        }
    }

    /** All that came in one turn was handed over. */
    void turnEnded() {
        if (owner != null) {
            owner.answerTurnEnded();
        }
    }

    private boolean mismatch(boolean end) {
        if (bodiless) {
            return receivedBytes > 0;
        }
        return announced >= 0 && (receivedBytes > announced || (end && receivedBytes < announced));
    }

    void answerTrailers(FieldBlock fields) {
        UpstreamOwner to = owner;
        if (to == null) {
            return;
        }
        if (mismatch(true)) {
            session.streamFault(id(), ErrorCode.PROTOCOL_ERROR, "its DATA is not what its content-length says");
            return;
        }
        endRemote();
        to.answerTrailers(fields);
        complete();
    }

    /** The answer is whole. Where the request is not, nobody will read the rest of it. */
    private void complete() {
        UpstreamOwner to = owner;
        owner = null;
        if (!over()) {
            if (localEnded()) {
                finish(false);
            } else {
                reset(ErrorCode.CANCEL);
            }
        }
        if (to != null) {
            to.answerComplete();
        }
    }

    // ---- the ends ----

    @Override
    void drained() {
        if (owner != null) {
            owner.upstreamWritable();
        }
    }

    @Override
    void localEndSent() {
        if (remoteEnded() && owner == null && !over()) {
            finish(false);
        }
    }

    @Override
    void failedByPeer(ErrorCode code, String why) {
        UpstreamOwner to = owner;
        owner = null;
        reset(code);
        if (to != null) {
            to.upstreamFailed(Failure.INVALID, "its answer is refused: " + why);
        }
    }

    /** The endpoint says that it did nothing with the request. */
    void refused(String why) {
        fail(Failure.REFUSED, why);
    }

    void resetByEndpoint(ErrorCode code) {
        if (code == ErrorCode.REFUSED_STREAM && !answering) {
            refused("it refused the stream");
        } else {
            resetAlone = true;
            fail(Failure.RESET, "it reset the stream (" + code + ")");
        }
    }

    void fail(Failure failure, String why) {
        UpstreamOwner to = owner;
        owner = null;
        finish(false);
        if (to != null) {
            to.upstreamFailed(failure, why);
        }
    }

    @Override
    void connectionLost(String why) {
        fail(Failure.RESET, why);
    }

    void closed() {
        session.loop.worker().timers().remove(deadline);
    }

    private void startStallClock() {
        if (!answering || over() || settings == null) {
            return;
        }
        long stall = settings.timeouts().stall().toNanos();
        // While the client is slow nothing is credited, and the endpoint is not to blame for the silence.
        if (stall > 0 && receiving() && !silentFor) {
            setDeadline(stall);
        } else {
            session.loop.worker().timers().clear(deadline);
        }
    }

    private void setDeadline(long fromNow) {
        session.loop.worker().timers().set(deadline, session.loop.worker().nowNs() + fromNow);
    }

    /** Whether the endpoint is silent on the whole connection since the request was sent. */
    private boolean connectionSilent() {
        return requestComplete && session.bytesRead() == bytesWhenAsked;
    }

    /** What happens when the endpoint let a deadline pass. */
    private final class Deadline extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (over()) {
                return;
            }
            UpstreamOwner to = owner;
            owner = null;
            boolean dead = !answering && connectionSilent();
            String why = answering
                    ? "its answer stopped half-way (timeouts.stall)"
                    : "it gave no answer in time (timeouts.response)";
            reset(ErrorCode.CANCEL);
            if (dead) {
                client.suspect();
            }
            if (to != null) {
                to.upstreamFailed(Failure.TIMEOUT, why);
            }
        }
    }
}
