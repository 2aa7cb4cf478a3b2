package dev.parley.proxy.http1;

import dev.parley.model.Listener;
import dev.parley.proxy.listen.ListenerSlot;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.message.ProgressCheck;
import java.util.concurrent.TimeUnit;

/**
 * How long a client may take, whatever it is to do next: one timer, set for the phase that the connection is in. The phases
 * of a request's body and of an answer that the client takes too slowly can go on at the same time, and are both looked after.
 */
final class ClientClock extends Timer {
    /**
     * How long a connection that is being closed may take the last bytes, or go on sending what nobody wants, which is read and
     * dropped so that its sender sees the answer (RFC 9112 section 9.6). Not how much of it: many clients send all before they
     * read anything. nginx has lingering_time alone, of 30 s.
     */
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(5);
    /** How long a connection that was lately busy is kept when its listener drains: a request may be on its way. */
    private static final long DRAIN_IDLE_NS = TimeUnit.SECONDS.toNanos(1);

    /** Who is told what the client has missed. */
    interface Overdue {
        /** Nothing came, or the last bytes were not taken: the connection ends without a word. */
        void close();

        /** A head was begun and not completed. */
        void head();

        /** The body does not come, or not fast enough. */
        void body();

        /** The answer is not taken, or not fast enough. */
        void answer();

        /** A tunnel may have rested for as long as it may. */
        void tunnel();

        /** Whether the body is not read at the moment, so that the client is not to blame. */
        boolean bodyPaused();

        /** How much of the answer waits for the client to take it. */
        long unsentBytes();

        /** The connection ends with a reset, for the client is owed bytes that it does not take. */
        void cut();
    }

    private enum Phase {
        OFF,
        IDLE,
        HEAD,
        PROGRESS,
        TUNNEL,
        CLOSING
    }

    private final Worker worker;
    private final ListenerSlot slot;
    private final Overdue overdue;
    private final ProgressCheck body = new ProgressCheck();
    private final ProgressCheck answer = new ProgressCheck();
    private Phase phase = Phase.OFF;
    private long bodyBytes;
    private long unsentBytes;
    private long takenBytes;

    ClientClock(Worker worker, ListenerSlot slot, Overdue overdue) {
        this.worker = worker;
        this.slot = slot;
        this.overdue = overdue;
    }

    private Listener.Timeouts timeouts() {
        return slot.view().settings().timeouts();
    }

    /** Between requests. */
    void idle() {
        set(Phase.IDLE, slot.draining() ? DRAIN_IDLE_NS : timeouts().idle().toNanos());
    }

    /** Part of a head is there. Its time starts with its first byte and is not moved by later ones. */
    void headBegun() {
        if (phase != Phase.HEAD) {
            set(Phase.HEAD, timeouts().head().toNanos());
        }
    }

    /** A request is there; nothing is waited for from the client. */
    void off() {
        phase = Phase.OFF;
        body.stop();
        answer.stop();
        worker.timers().clear(this);
    }

    /** The body is waited for, from its start or after it was not read for a while. */
    void bodyDue() {
        bodyBytes = 0;
        body.start(worker.nowNs());
        check();
    }

    void bodyCame(int bytes) {
        bodyBytes += bytes;
    }

    void bodyComplete() {
        body.stop();
        stopUnlessWaiting();
    }

    /** The client takes no more for now. */
    void answerBlocked() {
        if (!answer.running()) {
            watchAnswer();
            check();
        }
    }

    private void watchAnswer() {
        unsentBytes = overdue.unsentBytes();
        takenBytes = 0;
        answer.start(worker.nowNs());
    }

    void answerFlows() {
        answer.stop();
        if (body.running()) {
            // While the answer was blocked the body was not judged; its time starts anew.
            bodyDue();
        } else {
            stopUnlessWaiting();
        }
    }

    /** The connection is a tunnel now. */
    void tunnel() {
        long rest = timeouts().tunnel().toNanos();
        if (rest > 0) {
            set(Phase.TUNNEL, rest);
        } else {
            off();
        }
    }

    /**
     * The connection is being closed. Its last bytes may be many, and are the client's to take at its own pace, as those before
     * them were.
     */
    void closing() {
        if (!answer.running()) {
            watchAnswer();
        }
        set(Phase.CLOSING, LINGER_NS);
    }

    /** The connection is gone. */
    void remove() {
        phase = Phase.OFF;
        worker.timers().remove(this);
    }

    private void check() {
        set(Phase.PROGRESS, Math.min(timeouts().stall().toNanos(), ProgressCheck.EVERY_NS));
    }

    private void stopUnlessWaiting() {
        if (phase == Phase.PROGRESS && !body.running() && !answer.running()) {
            phase = Phase.OFF;
            worker.timers().clear(this);
        }
    }

    private void set(Phase next, long fromNow) {
        phase = next;
        worker.timers().set(this, worker.nowNs() + fromNow);
    }

    @Override
    protected void expired(long nowNs) {
        switch (phase) {
            case OFF -> {}
            case IDLE -> overdue.close();
            case CLOSING -> checkEnd(nowNs);
            case HEAD -> overdue.head();
            case PROGRESS -> checkProgress(nowNs);
            case TUNNEL -> overdue.tunnel();
        }
    }

    private void checkProgress(long nowNs) {
        if (answer.running() && !answerGoesOn(nowNs)) {
            overdue.answer();
        } else if (body.running()
                && !answer.running()
                && !overdue.bodyPaused()
                && !body.goesOn(nowNs, bodyBytes, timeouts())) {
            overdue.body();
        } else {
            check();
        }
    }

    private void checkEnd(long nowNs) {
        if (overdue.unsentBytes() == 0) {
            overdue.close();
        } else if (answerGoesOn(nowNs)) {
            set(Phase.CLOSING, Math.min(timeouts().stall().toNanos(), ProgressCheck.EVERY_NS));
        } else {
            overdue.cut();
        }
    }

    private boolean answerGoesOn(long nowNs) {
        long unsent = overdue.unsentBytes();
        // What came to wait since the last look hides some of what was taken, which errs against a client for one turn
        // only.
        takenBytes += Math.max(0, unsentBytes - unsent);
        unsentBytes = unsent;
        return answer.goesOn(nowNs, takenBytes, timeouts());
    }
}
