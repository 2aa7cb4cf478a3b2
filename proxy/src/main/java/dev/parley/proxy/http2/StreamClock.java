package dev.parley.proxy.http2;

import dev.parley.model.Listener;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.message.ProgressCheck;
import java.util.concurrent.TimeUnit;

/**
 * How long a client may take over one stream, to send its body or to take the answer; made for streams that have to wait. A call of
 * gRPC may be silent for as long as both sides like: that is what its streams are for, and PING finds out whether the client lives.
 */
final class StreamClock extends Timer {
    /** How long a client may take to end a request that has been answered already. */
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(1);

    private final ServerStream stream;
    private final Worker worker;
    private final ServerSession session;
    private final ProgressCheck body = new ProgressCheck();
    private final ProgressCheck answer = new ProgressCheck();
    private long bodyBytes;
    private long sentBefore;
    private boolean moved;

    StreamClock(ServerStream stream, Worker worker, ServerSession session) {
        this.stream = stream;
        this.worker = worker;
        this.session = session;
    }

    private Listener.Timeouts timeouts() {
        return session.listener().settings().timeouts();
    }

    /** The body is waited for, from its start or after it was not read for a while. */
    void bodyDue() {
        if (!stream.grpc() && !stream.tunnelled()) {
            bodyBytes = 0;
            body.start(worker.nowNs());
            check();
        }
    }

    void bodyCame(int bytes, boolean last) {
        moved = true;
        bodyBytes += bytes;
        if (last) {
            body.stop();
        }
    }

    /** Something went through a tunnel. */
    void moved() {
        moved = true;
    }

    /** Part of the answer has to wait for the client. */
    void answerBlocked() {
        if (!answer.running()) {
            sentBefore = stream.sentBytes();
            answer.start(worker.nowNs());
            check();
        }
    }

    void answerFlows() {
        answer.stop();
    }

    /**
     * The answer is whole and the request is not. A reset without an error asks the client to stop (RFC 9113 section 8.1), but some
     * clients drop an answer that they are about to read when they meet it while they send.
     */
    void linger() {
        body.stop();
        answer.stop();
        set(LINGER_NS);
    }

    /** The stream is a tunnel from now on. */
    void tunnel() {
        body.stop();
        long rest = timeouts().tunnel().toNanos();
        if (rest > 0) {
            set(rest);
        }
    }

    private void check() {
        set(Math.min(timeouts().stall().toNanos(), ProgressCheck.EVERY_NS));
    }

    private void set(long fromNow) {
        worker.timers().set(this, worker.nowNs() + fromNow);
    }

    @Override
    protected void expired(long nowNs) {
        if (stream.over()) {
            return;
        }
        if (stream.lingering()) {
            stream.lingeredEnough();
        } else if (answer.running() && !answer.goesOn(nowNs, stream.sentBytes() - sentBefore, timeouts())) {
            stream.stalled();
        } else if (stream.tunnelled() && !answer.running()) {
            rested();
        } else if (body.running() && !stream.paused() && !body.goesOn(nowNs, bodyBytes, timeouts())) {
            body.stop();
            stream.bodyOverdue();
        } else if (answer.running() || body.running()) {
            check();
        }
    }

    private void rested() {
        if (moved) {
            moved = false;
            tunnel();
        } else {
            stream.tunnelRested();
        }
    }
}
