package dev.parley.proxy.exchange;

import dev.parley.model.Durations;
import dev.parley.model.Idempotency;
import dev.parley.proxy.idempotency.Digest;
import dev.parley.proxy.idempotency.HeldBytes;
import dev.parley.proxy.idempotency.IdempotencyStore;
import dev.parley.proxy.idempotency.IdempotencyStore.Claimed;
import dev.parley.proxy.idempotency.KeyRules;
import dev.parley.proxy.idempotency.StoredAnswer;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.metrics.KeyResult;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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

    KeyedExecution(Exchange exchange, LoopState loop, ClientSide before, KeyRules rules, KeyRules.Reading.Key key) {
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
            exchange.answerKey(
                    KeyResult.UNAVAILABLE,
                    Outcome.STATE_UNAVAILABLE,
                    LocalAnswer.closing(
                            503,
                            "idempotency-memory-full",
                            "Requests with idempotency keys hold " + HeldBytes.MOST
                                    + " bytes already. Nothing was sent; try again later."));
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

    /** Refuses a body that is larger than what may be held. */
    private void refuseBody() {
        exchange.answerKey(
                KeyResult.REFUSED,
                Outcome.KEY_REFUSED,
                LocalAnswer.closing(
                        413,
                        "idempotency-body-too-large",
                        "The body is larger than the " + settings().bodyBytes().bytes()
                                + " bytes that a request with an idempotency key may have (idempotency.body_bytes)."));
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
            case Claimed.Reused reused ->
                refuse(
                        KeyResult.REUSED,
                        422,
                        "idempotency-key-reused",
                        "This idempotency key was used for another request: another method, target, host, content type or body."
                                + " Take a new key for a new request.");
            case Claimed.InProgress busy -> refuseInProgress();
            case Claimed.Unknown unknown ->
                refuse(
                        KeyResult.UNKNOWN,
                        409,
                        "idempotency-outcome-unknown",
                        "A request with this idempotency key was sent, and how it ended is not known: Parley or a connection broke"
                                + " before an answer was stored. It may have been executed or not; it is not executed again. Ask the"
                                + " service what became of it, and take a new key to try anew.");
            case Claimed.NotKept large ->
                refuseNotKept("its answer was larger than what is kept (idempotency.answer_bytes)");
            case Claimed.Full full ->
                unavailable(
                        "idempotency-keys-full",
                        "Route " + rules.route() + " keeps " + settings().keys()
                                + " idempotency keys, as many as it may (idempotency.keys). Nothing was sent; try again later.");
            case Claimed.Unavailable unavailable ->
                unavailable(
                        "idempotency-store-unavailable",
                        "The idempotency key cannot be stored. Nothing was sent; try again later.");
        }
    }

    private void answerAgain(@Nullable StoredAnswer answer) {
        if (answer == null) {
            refuseNotKept("what was kept of its answer cannot be read by this Parley");
        } else {
            exchange.answerAgain(client, answer);
        }
    }

    private void refuseNotKept(String why) {
        refuse(
                KeyResult.NOT_KEPT,
                409,
                "idempotency-answer-not-kept",
                "The request with this idempotency key was executed, and " + why + ". It is not executed again.");
    }

    private void awaitOther() {
        state = State.WAITING;
        loop.worker()
                .setFine(
                        overdue,
                        loop.worker().nowNs() + settings().duplicateWait().toNanos());
    }

    private void execute(IdempotencyStore.Hold given) {
        clearOverdue();
        state = State.EXECUTING;
        hold = given;
        exchange.keyClaimed();
    }

    private void refuse(KeyResult result, int status, String code, String detail) {
        exchange.answerKey(result, Outcome.KEY_REFUSED, LocalAnswer.problem(status, code, detail));
    }

    private void refuseInProgress() {
        exchange.retryLater();
        refuse(
                KeyResult.IN_PROGRESS,
                409,
                "idempotency-in-progress",
                "A request with this idempotency key is being executed. Its answer is given to whoever asks again later.");
    }

    private void unavailable(String code, String detail) {
        exchange.retryLater();
        exchange.answerKey(
                KeyResult.UNAVAILABLE, Outcome.STATE_UNAVAILABLE, LocalAnswer.problem(503, code, detail));
    }

    /** Another took too long, or the disk did. */
    private final class Overdue extends Timer {
        @Override
        protected void expired(long nowNs) {
            loop.worker().beginEvent();
            switch (state) {
                case WAITING -> refuseInProgress();
                case CLAIMING ->
                    unavailable(
                            "idempotency-store-unavailable",
                            "The disk did not take the idempotency key within " + Durations.text(DISK)
                                    + ". Nothing was sent; try again later.");
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
        exchange.count(KeyResult.RELEASED);
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
            exchange.count(done ? KeyResult.EXECUTED : KeyResult.NOT_STORED);
            client.pass();
        } else {
            exchange.answerNotStored();
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
            exchange.count(KeyResult.LOST);
            of.unknown();
        } else {
            exchange.count(KeyResult.RELEASED);
            of.release();
        }
    }
}
