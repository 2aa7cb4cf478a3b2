package dev.parley.proxy.exchange;

import dev.parley.model.Idempotency;
import dev.parley.proxy.idempotency.Digest;
import dev.parley.proxy.idempotency.IdempotencyStore;
import dev.parley.proxy.idempotency.IdempotencyStore.Claimed;
import dev.parley.proxy.idempotency.KeyRules;
import dev.parley.proxy.idempotency.StoredAnswer;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.metrics.KeyResult;
import dev.parley.telemetry.metrics.RouteMetrics;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The execution of a request that has an idempotency key: holds its body until the key is known to be this request's, lets the exchange
 * send it, and ends the key by what came of it. One for a request, on its event loop.
 *
 * <p>GATHERING (its body comes) → CLAIMING (the store is asked) → WAITING (another is under way) or EXECUTING → STORING (its answer is
 * whole, and on its way to the disk) → OVER. From CLAIMING and WAITING to OVER where it is answered from the store, or refused. What is
 * to be known of the order: nothing is sent to an endpoint before the disk has that the key is taken, and nothing of the answer to the
 * client before the disk has the answer, or that there is one.
 */
final class KeyedExecution {
    /** How long the disk may take. */
    private static final Duration DISK = Duration.ofSeconds(10);

    private static final byte[] RETRY_AFTER = HeadBuffer.ascii("Retry-After: 1\r\n");
    private static final byte[] REPLAYED = HeadBuffer.ascii("Idempotent-Replayed: true\r\n");

    private enum State {
        GATHERING,
        CLAIMING,
        WAITING,
        EXECUTING,
        STORING,
        OVER
    }

    private final Exchange exchange;
    private final LoopState loop;
    private final KeyRules rules;
    private final RouteMetrics metrics;
    private final byte[] id;
    private final Digest fingerprint;
    private final KeyedClient client;
    private final Overdue overdue = new Overdue();
    private State state = State.GATHERING;
    private @Nullable ByteBuf body;
    private long held;
    private IdempotencyStore.@Nullable Ticket ticket;
    private IdempotencyStore.@Nullable Hold hold;
    /** Attempts that an endpoint may have executed. */
    private int sent;

    KeyedExecution(
            Exchange exchange,
            LoopState loop,
            ClientSide before,
            KeyRules rules,
            KeyRules.Reading.Key key,
            RouteMetrics metrics) {
        this.metrics = metrics;
        this.exchange = exchange;
        this.loop = loop;
        this.rules = rules;
        id = key.id();
        fingerprint = key.fingerprint();
        client = new KeyedClient(this, before);
    }

    /** What stands between the exchange and its client. */
    KeyedClient client() {
        return client;
    }

    Idempotency settings() {
        return rules.settings();
    }

    /** Whether the service is said to execute a key once by itself, so that one that may have been executed can be sent again. */
    boolean honoured() {
        return rules.settings().honoured();
    }

    // ---- the request ----

    /** Begins. {@code whole} where the request has no body. */
    void begin(boolean whole, long announcedBytes, boolean expectsContinue) {
        if (announcedBytes > settings().bodyBytes().bytes()) {
            refuseBody();
        } else if (whole) {
            claim();
        } else if (expectsContinue) {
            client.sendContinue(loop);
        }
    }

    boolean gathering() {
        return state == State.GATHERING;
    }

    /** The next {@code length} bytes of {@code from} belong to the body. */
    void body(ByteBuf from, int length, boolean last) {
        int all = (body == null ? 0 : body.readableBytes()) + length;
        if (all > settings().bodyBytes().bytes()) {
            from.skipBytes(length);
            refuseBody();
            return;
        }
        if (!hold(length)) {
            from.skipBytes(length);
            refuse(KeyResult.UNAVAILABLE, Outcome.STATE_UNAVAILABLE, KeyRefusals.memoryFull());
            return;
        }
        if (body == null) {
            body = from.alloc().directBuffer(Math.max(length, 256), Integer.MAX_VALUE);
        }
        body.writeBytes(from, length);
        if (last) {
            claim();
        }
    }

    /** Trailers ended the body; they are no part of what is executed (RFC 9110 section 6.5.1 lets them be dropped). */
    void bodyEnds() {
        claim();
    }

    private void refuseBody() {
        refuse(KeyResult.REFUSED, KeyRefusals.bodyTooLarge(settings()));
    }

    /** The exchange has who to send to: hands the body over, once. */
    void handBody() {
        ByteBuf whole = body;
        if (whole == null || state != State.EXECUTING) {
            return;
        }
        body = null;
        exchange.requestBody(whole, whole.readableBytes(), true);
        whole.release();
    }

    // ---- the claim ----

    private void claim() {
        state = State.CLAIMING;
        byte[] whole = body == null ? fingerprint.end() : fingerprint.body(body).end();
        loop.worker().setFine(overdue, loop.worker().nowNs() + DISK.toNanos());
        ticket = loop.keys().claim(rules.claim(id, whole), loop.worker().loop(), this::claimed);
    }

    private void claimed(Claimed told) {
        loop.worker().beginEvent();
        if (state == State.OVER) {
            if (told instanceof Claimed.Execute(IdempotencyStore.Hold given)) {
                given.release();
            }
            return;
        }
        switch (told) {
            case Claimed.Waiting waiting -> awaitOther();
            case Claimed.Execute execute -> execute(execute.hold());
            case Claimed.Answered answered -> answerAgain(StoredAnswer.read(answered.answer()));
            case Claimed.Reused reused -> refuse(KeyResult.REUSED, KeyRefusals.reused());
            case Claimed.InProgress busy -> refuseInProgress();
            case Claimed.Unknown unknown -> refuse(KeyResult.UNKNOWN, KeyRefusals.outcomeUnknown());
            case Claimed.NotKept large ->
                refuse(
                        KeyResult.NOT_KEPT,
                        KeyRefusals.notKept("its answer was larger than what is kept (idempotency.answer_bytes)"));
            case Claimed.Full full -> unavailable(KeyRefusals.keysFull(rules.route(), settings()));
            case Claimed.Unavailable unavailable -> unavailable(KeyRefusals.storeUnavailable());
        }
    }

    private void answerAgain(@Nullable StoredAnswer answer) {
        if (answer == null) {
            refuse(
                    KeyResult.NOT_KEPT,
                    KeyRefusals.notKept("what was kept of its answer cannot be read by this Parley"));
            return;
        }
        count(KeyResult.REPLAYED);
        exchange.say(REPLAYED);
        client.send(answer);
        exchange.answeredAgain(client.head(), answer.trailers(), answer.bodyBytes());
    }

    private void awaitOther() {
        state = State.WAITING;
        long most = settings().duplicateWait().toNanos();
        loop.worker().setFine(overdue, loop.worker().nowNs() + most);
    }

    private void execute(IdempotencyStore.Hold given) {
        clearOverdue();
        state = State.EXECUTING;
        hold = given;
        exchange.keyClaimed();
    }

    private void refuse(KeyResult result, LocalAnswer refusal) {
        refuse(result, Outcome.KEY_REFUSED, refusal);
    }

    private void refuse(KeyResult result, Outcome outcome, LocalAnswer refusal) {
        count(result);
        exchange.answer(outcome, refusal);
    }

    private void refuseInProgress() {
        exchange.say(RETRY_AFTER);
        refuse(KeyResult.IN_PROGRESS, KeyRefusals.inProgress());
    }

    private void unavailable(LocalAnswer refusal) {
        exchange.say(RETRY_AFTER);
        refuse(KeyResult.UNAVAILABLE, Outcome.STATE_UNAVAILABLE, refusal);
    }

    private void count(KeyResult result) {
        metrics.key(loop.worker().index(), result);
    }

    /** Another took too long, or the disk did. */
    private final class Overdue extends Timer {
        @Override
        protected void expired(long nowNs) {
            loop.worker().beginEvent();
            switch (state) {
                case WAITING -> refuseInProgress();
                case CLAIMING -> unavailable(KeyRefusals.storeSlow(DISK));
                case STORING -> stored(false);
                case GATHERING, EXECUTING, OVER -> {}
            }
        }
    }

    // ---- the attempts ----

    /** An attempt is about to be given the request. */
    void sent() {
        sent++;
    }

    /** The endpoint says that it did nothing with it (RFC 9113 section 8.7). */
    void notExecuted() {
        sent--;
    }

    // ---- the answer ----

    /** Takes memory for what is held; false where there is too much already. */
    boolean hold(long bytes) {
        if (!loop.heldBytes().take(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** The answer is whole and was not passed on yet: stores it. The client is told by {@link #stored}. */
    void store(byte[] answer) {
        IdempotencyStore.Hold of = takeHold();
        state = State.STORING;
        loop.worker().setFine(overdue, loop.worker().nowNs() + DISK.toNanos());
        of.answered(answer, this::stored);
    }

    /** The answer is too large to keep, and goes on once that is stored. */
    void storeTooLarge() {
        IdempotencyStore.Hold of = takeHold();
        state = State.STORING;
        loop.worker().setFine(overdue, loop.worker().nowNs() + DISK.toNanos());
        of.answeredTooLarge(this::stored);
    }

    /** The answer says that nothing was executed. */
    void release() {
        count(KeyResult.RELEASED);
        takeHold().release();
        state = State.OVER;
    }

    /** A large answer may be read on. */
    void resume() {
        exchange.clientWritable();
    }

    /** A whole answer has gone to the client, where that is still there. */
    void answered() {
        exchange.answeredWhole(!client.gone());
    }

    private void clearOverdue() {
        if (overdue.isSet()) {
            loop.worker().clearFine(overdue);
        }
    }

    /**
     * The disk has it, or could not take it. In that case its record says still that it was sent, so that it is never executed again
     * where such is refused, and the client can be told what it was answered. Where such is executed, the client must not see an answer
     * that another may follow.
     */
    private void stored(boolean done) {
        if (state != State.STORING) {
            return;
        }
        loop.worker().beginEvent();
        clearOverdue();
        state = State.OVER;
        if (done || settings().unknown() == Idempotency.Unknown.REFUSE) {
            count(done ? KeyResult.EXECUTED : KeyResult.NOT_STORED);
            client.pass();
        } else {
            exchange.abandon();
            refuse(KeyResult.NOT_STORED, Outcome.STATE_UNAVAILABLE, KeyRefusals.answerNotStored());
        }
    }

    private IdempotencyStore.Hold takeHold() {
        IdempotencyStore.Hold taken = hold;
        if (taken == null) {
            throw new AssertionError("an answer belongs to a key that was claimed");
        }
        hold = null;
        return taken;
    }

    // ---- the ends ----

    /**
     * Whether the exchange goes on although its client is gone: the request may be being executed, and its answer is for whoever asks
     * again.
     */
    boolean outlivesClient() {
        return client.withheld() && (state == State.STORING || (state == State.EXECUTING && sent > 0));
    }

    /** The exchange is over. A key that is still held was not answered. */
    void over() {
        state = State.OVER;
        clearOverdue();
        if (ticket != null) {
            ticket.abandon();
            ticket = null;
        }
        if (hold != null) {
            end(takeHold());
        }
        if (body != null) {
            body.release();
            body = null;
        }
        client.over();
        loop.heldBytes().give(held);
        held = 0;
    }

    private void end(IdempotencyStore.Hold of) {
        if (sent > 0) {
            count(KeyResult.LOST);
            of.unknown();
        } else {
            count(KeyResult.RELEASED);
            of.release();
        }
    }
}
