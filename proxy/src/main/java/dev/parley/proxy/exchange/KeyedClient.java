package dev.parley.proxy.exchange;

import dev.parley.proxy.idempotency.StoredAnswer;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.upstream.Origin;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an exchange and a client whose request has an idempotency key: keeps the answer until it is stored, then passes it on. An
 * answer that is larger than what is kept is passed on as it comes, once that is stored. Goes on without the client where it has gone.
 */
final class KeyedClient implements ClientSide {
    private static final byte[] CONTINUE = HeadBuffer.ascii("HTTP/1.1 100 Continue\r\n\r\n");

    private final KeyedExecution execution;
    private final Origin origin;
    private final Decision.Protocol protocol;
    private @Nullable ClientSide client;
    private final StoredAnswer.Capture capture = new StoredAnswer.Capture();
    private final ResponseHead head = new ResponseHead();
    private @Nullable ByteBuf body;
    private @Nullable StoredAnswer kept;
    private boolean whole;
    private boolean large;
    private boolean passing;

    KeyedClient(KeyedExecution execution, ClientSide client) {
        this.execution = execution;
        this.client = client;
        origin = client.origin();
        protocol = client.protocol();
    }

    /** Whether nothing of an answer has been passed on. */
    boolean withheld() {
        return !passing;
    }

    /** Whether the client has gone. */
    boolean gone() {
        return client == null;
    }

    /** The client has gone, and the exchange goes on. */
    void clientGone() {
        client = null;
    }

    /** The client is waiting to be told that its body is wanted (RFC 9110 section 10.1.1). */
    void sendContinue(LoopState loop) {
        if (client != null
                && loop.responseParser().parse(CONTINUE, 0, CONTINUE.length, HeadLimits.TRAILERS, Method.POST, head)
                        > 0) {
            client.informational(head);
            client.flush();
        }
    }

    // ---- the answer comes ----

    /** What an endpoint says meanwhile is not kept, and the client has been told to go on. */
    @Override
    public void informational(ResponseHead interim) {}

    @Override
    public void answerHead(ResponseHead answer, boolean last, boolean bare) {
        capture.head(answer);
        long most = execution.settings().answerBytes().bytes();
        if (answer.contentLength() > most || !execution.hold(capture.headBytes())) {
            tooLarge();
        }
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        if (passing) {
            if (client == null) {
                from.skipBytes(length);
            } else {
                client.answerBody(from, length, last);
            }
            return;
        }
        int all = (body == null ? 0 : body.readableBytes()) + length;
        if (!large && (all > execution.settings().answerBytes().bytes() || !execution.hold(length))) {
            tooLarge();
        }
        if (body == null) {
            body = from.alloc().directBuffer(Math.max(length, 256), Integer.MAX_VALUE);
        }
        body.writeBytes(from, length);
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        if (passing && client != null) {
            client.answerTrailers(fields);
        } else {
            capture.trailers(fields);
        }
    }

    /** What comes until that is stored is held, and no more is read meanwhile. */
    private void tooLarge() {
        large = true;
        execution.storeTooLarge();
    }

    /** The answer is whole; answers whether the exchange is over with that. */
    boolean complete() {
        if (passing) {
            return true;
        }
        whole = true;
        if (large) {
            return false;
        }
        if (capture.invitesRetry()) {
            execution.release();
            pass();
            return false;
        }
        StoredAnswer answer = capture.end(body);
        kept = answer;
        execution.store(answer.bytes());
        return false;
    }

    // ---- the answer goes ----

    /** What was held may go, and what comes after it too. */
    void pass() {
        passing = true;
        if (!whole) {
            begin();
            execution.resume();
            return;
        }
        send(kept == null ? capture.end(body) : kept);
        execution.answered();
    }

    /** Begins an answer whose end has not come: it has no length that is known, whatever its endpoint said. */
    private void begin() {
        if (client == null) {
            return;
        }
        capture.open(head);
        client.answerHead(head, false, true);
        ByteBuf begun = body;
        body = null;
        if (begun != null) {
            client.answerBody(begun, begun.readableBytes(), false);
            begun.release();
        }
        client.flush();
    }

    /** Sends a whole answer. */
    void send(StoredAnswer answer) {
        if (client == null) {
            return;
        }
        answer.head(head);
        client.answerHead(head, answer.bare(), true);
        FieldBlock trailers = answer.trailers();
        ByteBuf content = answer.body();
        if (content.isReadable()) {
            client.answerBody(content, content.readableBytes(), trailers == null);
        }
        if (trailers != null) {
            client.answerTrailers(trailers);
        }
    }

    /** The head of what was sent last. */
    ResponseHead head() {
        return head;
    }

    @Override
    public void flush() {
        if (passing && client != null) {
            client.flush();
        }
    }

    @Override
    public boolean isWritable() {
        return passing ? client == null || client.isWritable() : !large;
    }

    @Override
    public void answerLocally(LocalAnswer answer, Decision decision) {
        if (client != null) {
            client.answerLocally(answer, decision);
        }
    }

    @Override
    public void answered() {
        if (client != null) {
            client.answered();
        }
    }

    @Override
    public void cutShort(int callStatus, String callMessage) {
        if (client != null) {
            client.cutShort(callStatus, callMessage);
        }
    }

    /** Lets go of what is held. */
    void over() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    // ---- the request ----

    @Override
    public boolean takesChunks() {
        return false;
    }

    @Override
    public void pauseReading() {
        // The body is whole before anybody is sent it.
    }

    @Override
    public void resumeReading() {
        execution.handBody();
    }

    // ---- what it has no part in ----

    @Override
    public Origin origin() {
        return origin;
    }

    @Override
    public Decision.Protocol protocol() {
        return protocol;
    }

    @Override
    public void upgraded(ResponseHead answer, RequestShape asked) {
        throw new AssertionError("what asks for a tunnel has no key");
    }

    @Override
    public @Nullable Channel tunnelSocket() {
        return null;
    }

    @Override
    public void tunnel(Upstream upstream) {
        throw new AssertionError("what asks for a tunnel has no key");
    }

    @Override
    public void stream() {
        throw new AssertionError("what asks for a tunnel has no key");
    }
}
