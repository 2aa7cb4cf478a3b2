package dev.parley.proxy.exchange;

import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.upstream.Connecting;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request, whose answer nobody reads. It never holds the original back: where its endpoint is slower than the
 * request arrives, the copy is dropped and counted.
 */
final class Mirrored implements UpstreamOwner, Connecting.Waiter {
    /** What may wait for a connection. */
    private static final int WAITING_BYTES = 64 * 1024;

    private final LoopState loop;
    private final ServiceView service;
    private final Endpoint endpoint;
    private final RequestShape shape = new RequestShape();
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private @Nullable Upstream upstream;
    private @Nullable Connecting connecting;
    private boolean requestComplete;
    private boolean over;

    private Mirrored(LoopState loop, ServiceView service, Endpoint endpoint, RequestShape original) {
        this.loop = loop;
        this.service = service;
        this.endpoint = endpoint;
        shape.copyOf(original);
    }

    /** What it is a copy of, as far as endpoints are told. */
    record Of(Origin origin, Decision decision) {}

    /** Begins a copy with the head that the original is sent with; null where no endpoint takes it. */
    static @Nullable Mirrored start(
            LoopState loop,
            ServiceView service,
            Of original,
            RequestShape shape,
            long keyHash,
            ByteBuf head,
            boolean whole) {
        Endpoint picked = service.balancer().pick(keyHash, loop.worker().nowNs(), loop.random(), new Tried());
        if (picked == null) {
            head.release();
            service.metrics().mirrorDropped(loop.worker().index());
            return null;
        }
        Mirrored copy = new Mirrored(loop, service, picked, shape);
        picked.begin();
        ConnectionPool pool = loop.pools().of(picked);
        Upstream idle = pool.take(service.settings());
        copy.waiting.add(head);
        copy.requestComplete = whole;
        Connecting joined = idle == null ? pool.join(service.settings(), copy) : null;
        if (idle != null) {
            copy.connected(idle);
        } else if (joined != null) {
            copy.connecting = joined;
        } else if (picked.tryOpen(service.settings().connectionsPerEndpoint())) {
            copy.connecting = pool.connect(service.settings(), original.origin(), original.decision(), copy);
        } else {
            copy.drop();
        }
        return copy;
    }

    /** A part of the body; takes ownership. */
    void body(ByteBuf part, boolean last) {
        requestComplete = last;
        if (over) {
            part.release();
        } else if (upstream == null) {
            waiting.add(part);
            waitingBytes += part.readableBytes();
            if (waitingBytes > WAITING_BYTES) {
                drop();
            }
        } else if (!upstream.isWritable()) {
            part.release();
            drop();
        } else {
            upstream.body(part, part.readableBytes(), last);
            part.release();
            upstream.flush();
            if (last) {
                upstream.requestComplete();
            }
        }
    }

    /** Trailers end the request; they are copied only where nothing waits. */
    void trailers(FieldBlock fields) {
        requestComplete = true;
        if (over || upstream == null) {
            drop();
            return;
        }
        upstream.trailers(fields);
        upstream.flush();
        upstream.requestComplete();
    }

    /** The original is over; a copy that is not whole by now never will be. */
    void requestEnded() {
        if (!requestComplete) {
            drop();
        }
    }

    @Override
    public void connected(Upstream made) {
        connecting = null;
        upstream = made;
        made.begin(this, service.settings(), shape);
        boolean isHead = true;
        for (ByteBuf part = waiting.poll(); part != null; part = waiting.poll()) {
            boolean last = requestComplete && waiting.isEmpty();
            if (isHead) {
                made.head(part, last);
                isHead = false;
            } else {
                made.body(part, part.readableBytes(), last);
            }
            part.release();
        }
        made.flush();
        if (requestComplete) {
            made.requestComplete();
        }
    }

    @Override
    public void placeTaken() {
        connecting = null;
        drop();
    }

    @Override
    public void connectFailed(String why) {
        connecting = null;
        loop.connectFailures().connectFailed(endpoint, why);
        drop();
    }

    private void drop() {
        if (!over) {
            service.metrics().mirrorDropped(loop.worker().index());
            end();
        }
    }

    private void end() {
        over = true;
        endpoint.end();
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        if (connecting != null) {
            connecting.abandon();
            connecting = null;
        }
        if (upstream != null) {
            upstream.abandon();
            upstream = null;
        }
    }

    @Override
    public boolean takesChunks() {
        return true;
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void upgraded(ResponseHead head) {
        drop();
    }

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {}

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        from.skipBytes(length);
    }

    @Override
    public void answerTrailers(FieldBlock fields) {}

    @Override
    public void answerTurnEnded() {}

    @Override
    public void answerComplete() {
        upstream = null;
        if (!over) {
            service.metrics().mirrorSent(loop.worker().index());
            end();
        }
    }

    @Override
    public void upstreamFailed(Failure failure, String why) {
        upstream = null;
        drop();
    }

    @Override
    public void upstreamWritable() {}
}
