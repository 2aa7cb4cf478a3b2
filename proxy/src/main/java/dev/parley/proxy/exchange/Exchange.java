package dev.parley.proxy.exchange;

import dev.parley.model.Durations;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.grpc.CallStatus;
import dev.parley.proxy.grpc.GrpcContent;
import dev.parley.proxy.grpc.GrpcTimeout;
import dev.parley.proxy.idempotency.KeyRules;
import dev.parley.proxy.idempotency.StoredAnswer;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.Body;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.tcp.Relay;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Origin;
import dev.parley.telemetry.metrics.KeyResult;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: decide, pick, connect, send, classify what comes back, try again or answer, record.
 *
 * <p>Owned by one event loop and reused: {@link LoopState#obtainExchange} lends it to a connection when a request begins, and it
 * returns itself when its decision has been recorded. A request may be tried again only while nothing of an answer has been
 * passed on, and only if nothing of it had been sent or it is idempotent and still held whole (RFC 9110 section 9.2.2).
 */
public final class Exchange implements Relay.Watcher {
    private static final byte[] RETRY_AFTER = HeadBuffer.ascii("Retry-After: 1\r\n");
    private static final byte[] REPLAYED = HeadBuffer.ascii("Idempotent-Replayed: true\r\n");

    private final LoopState loop;
    private final Decision decision = new Decision();
    private final Body requestBody = new Body();
    private final Tried tried = new Tried();
    private final Replay replay = new Replay();
    private final LatencyBudget budget = new LatencyBudget();
    private final RequestShape shape = new RequestShape();
    private final Attempt first;
    private final BudgetEnd budgetEnd = new BudgetEnd();
    private final Pause pause = new Pause();

    private @Nullable ClientSide client;
    private Verdict.@Nullable Forward forward;
    /** The attempt at the second endpoint of those that hedge; made once it is first needed. */
    private @Nullable Attempt second;
    /** The one that answers, or is to. */
    private Attempt current;

    private @Nullable Endpoint lastReset;
    private @Nullable Relay relay;
    private @Nullable StreamedTunnel tunnel;
    private @Nullable Mirrored mirrored;
    private @Nullable GrpcWeb web;
    private @Nullable KeyedExecution keyed;
    private FieldEdits answerFields = FieldEdits.NONE;
    private boolean grpc;
    private boolean idempotent;
    private boolean requestComplete;
    private boolean answering;
    private int retriesLeft;
    private int staleRetriesLeft;
    private long keyHash;
    private long bodyLimit;
    private String lastWhy = "";

    Exchange(LoopState loop) {
        this.loop = loop;
        first = new Attempt(this, loop);
        current = first;
    }

    public Decision decision() {
        return decision;
    }

    /** How far the request's body has come; kept here so that idle connections need none. */
    public Body requestBody() {
        return requestBody;
    }

    /** The changes to the answer's fields: the route's, and what is said of this request alone. */
    public FieldEdits responseEdits() {
        return answerFields;
    }

    // ---- the request ----

    /** A request's head is there. {@code head} is read here and not kept. */
    public void begin(
            ClientSide from,
            ListenerView listener,
            RequestHead head,
            ClientFacts facts,
            boolean whole,
            long bodyLimitBytes,
            long nowNs) {
        client = from;
        idempotent = head.idempotent();
        // What a client sends through a tunnel is none of its request.
        requestComplete = whole || head.protocolFrom() >= 0;
        bodyLimit = bodyLimitBytes;
        open(listener, facts, protocolOf(head), nowNs);
        describe(head, facts);
        shape.of(head, decision);
        describeCall(from, head);
        if (head.contentLength() > bodyLimit) {
            refuseBody();
            return;
        }
        switch (listener.decide(head, loop.random())) {
            case Verdict.Forward to -> forward(to, listener, head, facts);
            case Verdict.Redirect redirect -> redirect(redirect.route(), head, facts.secure());
            case Verdict.Answer answer -> answerFixed(answer.route());
            case Verdict.NoRoute none ->
                answerProblem(
                        Outcome.NO_ROUTE,
                        404,
                        "no-route",
                        "No route of listener " + listener.name()
                                + " matches this host, path and method. Add one, or check the spelling of the request.");
        }
    }

    private void open(ListenerView listener, ClientFacts facts, Decision.Protocol protocol, long nowNs) {
        decision.begin(loop.ids(), protocol, System.currentTimeMillis(), nowNs);
        decision.from(listener.label(), listener.metrics(), facts.label());
        decision.tls(facts.tls());
    }

    private static Decision.Protocol protocolOf(RequestHead head) {
        if (head.http2()) {
            return Decision.Protocol.HTTP_2;
        }
        return head.minorVersion() == 0 ? Decision.Protocol.HTTP_1_0 : Decision.Protocol.HTTP_1_1;
    }

    private void describe(RequestHead head, ClientFacts facts) {
        decision.request(
                head.bytes(),
                head.methodFrom(),
                head.methodTo(),
                head.hostFrom(),
                head.hostTo(),
                head.targetFrom(),
                head.targetTo());
        int requestId = facts.trusted() ? head.fields().find(FieldId.X_REQUEST_ID) : -1;
        if (requestId >= 0) {
            decision.requestId(
                    head.bytes(),
                    head.fields().valueFrom(requestId),
                    head.fields().valueTo(requestId));
        }
    }

    /**
     * A call of gRPC has a deadline and a status of its own, and one of gRPC-Web is translated on the way. What comes over HTTP/1.1
     * with the type of gRPC is none, as its client could not read an answer.
     */
    private void describeCall(ClientSide from, RequestHead head) {
        int kind = GrpcContent.of(head);
        grpc = GrpcContent.isWeb(kind) || (kind == GrpcContent.GRPC && head.http2());
        if (grpc) {
            decision.call(GrpcTimeout.of(head.fields()));
        }
        if (GrpcContent.isWeb(kind)) {
            web = new GrpcWeb(from, head.fields(), kind);
            client = web;
        }
    }

    private void forward(Verdict.Forward to, ListenerView listener, RequestHead head, ClientFacts facts) {
        follow(to.route());
        forward = to;
        if (!beginKey(to.route(), head, facts)) {
            return;
        }
        decision.service(to.service().label(), to.service().metrics());
        if (!beginBudget(to.route(), head)) {
            return;
        }
        retriesLeft = to.retries().attempts();
        staleRetriesLeft = 1;
        keyHash = to.service().keyHash(head, facts.address());
        ByteBuf encoded = loop.encoder()
                .encode(
                        head,
                        shape,
                        facts,
                        to.route(),
                        to.service(),
                        decision,
                        budget,
                        listener.headLimits().targetBytes());
        if (encoded == null) {
            answerProblem(
                    Outcome.REFUSED_REQUEST,
                    414,
                    "rewritten-target-too-long",
                    "The target is too long after the rewrite of route "
                            + to.route().name() + ".");
            return;
        }
        if (web != null && to.service().bridgesGrpcWeb()) {
            encoded = web.bridge(encoded, shape);
        }
        budget.say(encoded, loop.worker().nowNs());
        replay.hold(
                encoded,
                keyed == null
                        ? to.retries().bodyBytes().toInt()
                        : keyed.settings().bodyBytes().toInt());
        if (keyed != null) {
            keyed.begin(requestComplete, head.contentLength(), head.expectContinue());
            return;
        }
        ServiceView copy = to.route().mirror(loop.random());
        shape.chunksFramed(!head.http2() && to.service().framesChunks() && (copy == null || copy.framesChunks()));
        mirror(copy, encoded);
        attempt();
    }

    // ---- an idempotency key ----

    /** Looks for a key where the route says so; false where the request cannot go on, and is answered. */
    private boolean beginKey(RouteView chosen, RequestHead head, ClientFacts facts) {
        KeyRules rules = chosen.keys();
        if (rules == null) {
            return true;
        }
        return switch (rules.read(head, facts.address(), facts.tls())) {
            case KeyRules.Reading.None none -> true;
            case KeyRules.Reading.Missing missing ->
                refuseKey(
                        "idempotency-key-required",
                        "Route " + chosen.name()
                                + " takes this method with an Idempotency-Key only. Send one that is new for each new request.");
            case KeyRules.Reading.Invalid invalid ->
                refuseKey(
                        "idempotency-key-invalid",
                        "The Idempotency-Key is none: one field with a string of 1 to 255 printable ASCII characters, in quotes.");
            case KeyRules.Reading.Key key -> {
                keyed = new KeyedExecution(this, loop, requireClient(), rules, key);
                client = keyed.client();
                yield true;
            }
        };
    }

    private boolean refuseKey(String code, String detail) {
        answerKey(KeyResult.REFUSED, Outcome.KEY_REFUSED, LocalAnswer.problem(400, code, detail));
        return false;
    }

    /** The key is this request's, and that is on the disk. */
    void keyClaimed() {
        mirror(requireForward().route().mirror(loop.random()), replay.head());
        attempt();
    }

    void answerKey(KeyResult result, Outcome outcome, LocalAnswer refusal) {
        count(result);
        answer(outcome, refusal);
    }

    void count(KeyResult result) {
        requireForward().route().metrics().key(loop.worker().index(), result);
    }

    /** The answer that follows says when it is worth to ask again. */
    void retryLater() {
        answerFields = answerFields.with(RETRY_AFTER);
    }

    /** The key was answered before. */
    void answerAgain(KeyedClient to, StoredAnswer answer) {
        answerFields = answerFields.with(REPLAYED);
        count(KeyResult.REPLAYED);
        to.send(answer);
        decision.status(to.status());
        decision.bytes(0, answer.bodyBytes());
        decision.firstByte(loop.worker().nowNs());
        FieldBlock trailers = answer.trailers();
        decision.grpcStatus(grpc ? CallStatus.of(trailers == null ? to.fields() : trailers) : CallStatus.NONE);
        finish(Outcome.REPLAYED);
    }

    /** An answer that was held back until it was stored has gone to the client, where that is still there. */
    void answeredWhole(boolean heard) {
        if (heard) {
            finish(Outcome.FORWARDED);
        } else {
            decision.cutShort();
            record(Outcome.CLIENT_GONE, "");
        }
    }

    /** An answer that could not be stored must not be seen, for the key may be executed again. */
    void answerNotStored() {
        abandonAttempts();
        answering = false;
        answerKey(
                KeyResult.NOT_STORED,
                Outcome.STATE_UNAVAILABLE,
                LocalAnswer.problem(
                        503,
                        "idempotency-answer-not-stored",
                        "The request was executed, and its answer could not be stored. It may be executed once more for this key."));
    }

    /** Whether the client has seen something of an answer. */
    private boolean begun() {
        return answering && (keyed == null || !keyed.client().withheld());
    }

    private void follow(RouteView chosen) {
        answerFields = chosen.responseEdits();
        decision.route(chosen.label(), chosen.metrics());
    }

    /** Takes the budget of the request up; false where it is spent already, and answered so. */
    private boolean beginBudget(RouteView chosen, RequestHead head) {
        long now = loop.worker().nowNs();
        budget.begin(chosen.budgetNs(), head.fields(), grpc, now);
        if (!budget.isSet()) {
            return true;
        }
        decision.budget(budget.wholeNs());
        if (budget.remainingNs(now) == 0) {
            answerProblem(
                    Outcome.BUDGET_SPENT,
                    504,
                    "budget-spent",
                    "The caller had no time left for this request. Nothing was sent to service "
                            + requireService().name() + ".");
            return false;
        }
        loop.worker().setFine(budgetEnd, budget.deadlineNs());
        return true;
    }

    private void redirect(RouteView chosen, RequestHead head, boolean secure) {
        follow(chosen);
        answer(
                Outcome.ANSWERED_LOCALLY,
                LocalAnswer.redirect(chosen.redirectStatus(), chosen.redirectLocation(head, secure)));
    }

    private void answerFixed(RouteView chosen) {
        follow(chosen);
        answer(Outcome.ANSWERED_LOCALLY, chosen.fixedAnswer());
    }

    /** Whether a chunked body is to be handed over with its framing, else as bare data. Known once the request has begun. */
    public boolean takesRequestChunks() {
        return shape.chunksFramed();
    }

    /** The next {@code length} bytes of {@code from} are part of the body. Called only while an upstream is attached. */
    public void requestBody(ByteBuf from, int length, boolean last) {
        if (keyed != null && keyed.gathering()) {
            keyed.body(from, length, last);
            return;
        }
        decision.bytes(length, 0);
        requestComplete = last;
        if ((shape.chunksFramed() ? requestBody.dataBytes() : decision.requestBytes()) > bodyLimit) {
            from.skipBytes(length);
            refuseBody();
            return;
        }
        Upstream to = current.upstream();
        if (to == null) {
            from.skipBytes(length);
            return;
        }
        if (tunnel != null) {
            passTunnel(tunnel, from, length, last, to);
        } else if (web != null && web.decodes()) {
            decodeBody(web, to, from, length, last);
        } else {
            passBody(to, from, length, last);
        }
    }

    private void decodeBody(GrpcWeb by, Upstream to, ByteBuf from, int length, boolean last) {
        int end = from.readerIndex() + length;
        ByteBuf plain = by.decoded(from, length, last);
        if (plain == null) {
            from.readerIndex(end);
            failRequest(
                    Outcome.REFUSED_REQUEST,
                    LocalAnswer.closing(
                            400,
                            "grpc-web-text",
                            "The body is said to be application/grpc-web-text and is not base64."));
            return;
        }
        if (plain.isReadable() || last) {
            passBody(to, plain, plain.readableBytes(), last);
        }
        plain.release();
    }

    private void passBody(Upstream to, ByteBuf from, int length, boolean last) {
        replay.bodyPart(from, length);
        if (mirrored != null) {
            mirrored.body(from.retainedSlice(from.readerIndex(), length), last);
        }
        to.body(from, length, last);
        if (last) {
            to.flush();
            to.requestComplete();
        } else if (!to.isWritable()) {
            requireClient().pauseReading();
        }
    }

    private void passTunnel(StreamedTunnel through, ByteBuf from, int length, boolean last, Upstream to) {
        if (through.fromClient(from, length, last, to)) {
            endTunnel();
        } else if (last) {
            to.requestComplete();
        } else if (!to.isWritable()) {
            requireClient().pauseReading();
        }
    }

    /** Both sides of a WebSocket have said goodbye, as a drain asked them to. */
    private void endTunnel() {
        abandonAttempts();
        ClientSide to = requireClient();
        record(Outcome.TUNNELLED, "going-away");
        to.answered();
    }

    /** The listener drains: a WebSocket that passes through here is asked to end, on both sides. */
    public void askToGo() {
        Upstream to = current.upstream();
        if (tunnel != null && to != null) {
            tunnel.askToGo(to, requireClient());
        }
    }

    /** Trailers came behind a body, and end the request. Called only while an upstream is attached. */
    public void requestTrailers(FieldBlock fields) {
        if (keyed != null) {
            keyed.bodyEnds();
            return;
        }
        if (web != null && web.bridging()) {
            // gRPC has no trailers of requests.
            requestBody(Unpooled.EMPTY_BUFFER, 0, true);
            return;
        }
        requestComplete = true;
        replay.release();
        if (mirrored != null) {
            mirrored.trailers(fields);
        }
        Upstream to = current.upstream();
        if (to != null) {
            to.trailers(fields);
            to.flush();
            to.requestComplete();
        }
    }

    /** All that came in one turn was handed over. */
    public void requestTurnEnded() {
        Upstream to = current.upstream();
        if (to != null && !requestComplete) {
            to.flush();
        }
    }

    private void refuseBody() {
        failRequest(
                Outcome.OVER_LIMIT,
                LocalAnswer.closing(
                        413,
                        "body-too-large",
                        "The body is larger than the " + bodyLimit
                                + " bytes that this listener takes (limits.body_bytes)."));
    }

    /** The head could not be understood, or could be understood in two ways. */
    public void refuse(ClientSide from, ListenerView listener, ClientFacts facts, Refusal refusal) {
        client = from;
        open(listener, facts, from.protocol(), loop.worker().nowNs());
        decision.refused(refusal.ordinal(), loop.reasons().of(refusal.code()));
        answer(Outcome.REFUSED_REQUEST, LocalAnswer.closing(refusal.status(), refusal.code(), refusal.explanation()));
    }

    /** The client did not complete a head in time. */
    public void headTimedOut(ClientSide from, ListenerView listener, ClientFacts facts) {
        client = from;
        open(listener, facts, Decision.Protocol.HTTP_1_1, loop.worker().nowNs());
        answer(
                Outcome.CLIENT_TIMEOUT,
                LocalAnswer.closing(
                        408, "head-timeout", "The head of a request was not whole in time (timeouts.head)."));
    }

    /** The framing of the body broke: what comes after it could be anything. */
    public void requestBroken(Refusal refusal) {
        decision.refused(refusal.ordinal(), loop.reasons().of(refusal.code()));
        failRequest(
                Outcome.REFUSED_REQUEST, LocalAnswer.closing(refusal.status(), refusal.code(), refusal.explanation()));
    }

    /** The client sends its body too slowly. */
    public void requestTimedOut() {
        failRequest(
                Outcome.CLIENT_TIMEOUT,
                LocalAnswer.closing(
                        408,
                        "body-timeout",
                        "The body came too slowly, or not at all (timeouts.stall, timeouts.least_rate)."));
    }

    /** The request cannot be completed: answers where that is still possible, else cuts. */
    private void failRequest(Outcome outcome, LocalAnswer refusal) {
        abandonAttempts();
        if (begun()) {
            cutClient(outcome, refusal.code());
        } else {
            answer(outcome, refusal);
        }
    }

    // ---- attempts: called by them ----

    private void attempt() {
        ServiceView to = requireService();
        switch (current.begin(to, keyHash, tried)) {
            case BEGUN -> {}
            case NOBODY -> answerNobodyLeft(to, false);
            case ALL_FULL -> answerNobodyLeft(to, true);
        }
    }

    Origin origin() {
        return requireClient().origin();
    }

    /** How long an attempt may take until its answer begins; null for as long as the service may. */
    @Nullable
    Duration attemptTimeout() {
        return requireForward().retries().attemptTimeout().orElse(null);
    }

    void attemptBegins(Attempt begun) {
        decision.attempt(begun.pool().label(), begun.pool().metrics(), begun.startNs());
    }

    /** A connection is awaited. */
    void attemptWaits(Attempt waiting) {
        if (!requestComplete) {
            requireClient().pauseReading();
        }
    }

    /** Others took its place on the connection that it waited for. */
    void attemptDisplaced(Attempt displaced) {
        ServiceView to = requireService();
        switch (displaced.again(to, keyHash, tried)) {
            case BEGUN -> {}
            case NOBODY -> answerNobodyLeft(to, false);
            case ALL_FULL -> answerNobodyLeft(to, true);
        }
    }

    /** There is what carries the request. */
    void attemptReady(Attempt ready, Upstream by) {
        ready.carriedBy(by);
        if (keyed != null) {
            keyed.sent();
        }
        by.begin(ready, requireService().settings(), shape);
        if (ready.equals(current)) {
            replay.writeTo(by, requestComplete, budget, loop.worker().nowNs());
        } else {
            replay.writeBeside(by, budget, loop.worker().nowNs());
        }
        if (!by.equals(ready.upstream())) {
            // It refused at once, and this exchange may be another request's by now.
            return;
        }
        by.flush();
        if (requestComplete) {
            by.requestComplete();
        } else {
            requireClient().resumeReading();
        }
    }

    void upstreamWritable() {
        if (!requestComplete && client != null) {
            client.resumeReading();
        }
    }

    /** An attempt came to nothing, and has left its endpoint. */
    void attemptFailed(Attempt failed, Endpoint at, Failure failure, String why, boolean reused) {
        boolean stale = staleRetriesLeft > 0 && ((reused && failure == Failure.RESET) || failure == Failure.REFUSED);
        if (!stale) {
            at.observeFailure(loop.worker().nowNs(), blamed(failure));
        }
        if (keyed != null && failure == Failure.REFUSED) {
            keyed.notExecuted();
        }
        if (begun()) {
            cutClient(outcomeOf(failure), "answer-cut-short");
            return;
        }
        lastReset = failure == Failure.RESET ? at : null;
        lastWhy = why;
        if (mayTryAgain(failure) && (stale || retriesLeft > 0)) {
            if (stale) {
                // The endpoint closed a connection that had rested; it may be as well as ever.
                staleRetriesLeft--;
            } else {
                retriesLeft--;
                tried.add(at);
            }
            loop.recorder().retry(decision);
            attempt();
            return;
        }
        answerFailure(failure, at, why);
    }

    private static Endpoint.Failure blamed(Failure failure) {
        return failure == Failure.TIMEOUT ? Endpoint.Failure.TIMEOUT : Endpoint.Failure.TRANSPORT;
    }

    private boolean mayTryAgain(Failure failure) {
        return replay.held()
                && (failure == Failure.CONNECT
                        || failure == Failure.REFUSED
                        || (failure == Failure.RESET && safe() && requestComplete));
    }

    /**
     * Whether an endpoint may be sent the request although another may have executed it. A key alone does not make it so: that it is
     * executed once is what a key is for, and only a service that keeps keys itself sees to that.
     */
    private boolean safe() {
        return idempotent || (keyed != null && keyed.honoured());
    }

    // ---- the answer: called by the attempt ----

    boolean takesAnswerChunks() {
        return requireClient().takesChunks();
    }

    void informational(Attempt from, ResponseHead head) {
        requireClient().informational(head);
        requireClient().flush();
    }

    void answerHead(Attempt from, ResponseHead head, boolean last, boolean bare) {
        if (shape.keyIsOurs() && !head.http2() && head.status() < 300) {
            // To who asked with CONNECT any 2xx says that the tunnel is there (RFC 8441 section 5), and it is not.
            from.reject("it answered, and did not change protocols as it was asked to");
            return;
        }
        answering = true;
        from.answered();
        replay.release();
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        int outcome = grpc ? CallStatus.of(head.fields()) : CallStatus.NONE;
        decision.grpcStatus(outcome);
        if (head.status() >= 500 || CallStatus.endpointFailed(outcome)) {
            from.endpoint().observeFailure(now, Endpoint.Failure.ANSWER);
        } else if (grpc && outcome == CallStatus.NONE && !last) {
            from.endpoint().observeLatency(now - from.startNs(), now);
        } else {
            from.endpoint().observe(now - from.startNs(), now);
        }
        requireClient().answerHead(head, last, bare);
    }

    void answerBody(ByteBuf from, int length, boolean last) {
        ClientSide to = requireClient();
        decision.bytes(0, length);
        if (tunnel == null) {
            to.answerBody(from, length, last);
        } else if (tunnel.fromEndpoint(from, length, last, to)) {
            endTunnel();
            return;
        }
        Upstream upstream = current.upstream();
        if (!to.isWritable() && upstream != null) {
            upstream.reading(false);
        }
    }

    void answerTrailers(FieldBlock fields) {
        if (grpc) {
            int outcome = CallStatus.of(fields);
            decision.grpcStatus(outcome);
            judge(outcome);
        }
        requireClient().answerTrailers(fields);
    }

    /** What a call of gRPC came to, which its endpoint says last. */
    private void judge(int outcome) {
        long now = loop.worker().nowNs();
        if (CallStatus.endpointFailed(outcome)) {
            current.endpoint().observeFailure(now, Endpoint.Failure.ANSWER);
        } else {
            current.endpoint().succeeded(now);
        }
    }

    void answerTurnEnded() {
        if (client != null) {
            client.flush();
        }
    }

    void answerComplete(Attempt from) {
        from.over();
        if (keyed != null && !keyed.client().complete()) {
            return;
        }
        if (tunnel != null && tunnel.asked()) {
            ClientSide to = requireClient();
            record(Outcome.TUNNELLED, "going-away");
            to.answered();
        } else {
            finish(tunnel != null ? Outcome.TUNNELLED : Outcome.FORWARDED);
        }
    }

    /** The client takes more again. */
    public void clientWritable() {
        Upstream from = current.upstream();
        if (from != null) {
            from.reading(true);
        }
    }

    void upgraded(Attempt from, ResponseHead head) {
        if (shape.keyIsOurs() && !head.http2() && !WebSocketKey.accepted(head.fields(), shape.key())) {
            from.reject("it changed protocols and did not prove that it speaks WebSocket");
            return;
        }
        answering = true;
        from.answered();
        endBudget();
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        from.endpoint().observe(now - from.startNs(), now);
        replay.release();
        ClientSide to = requireClient();
        to.upgraded(head, shape);
        Upstream through = from.upstream();
        if (through == null) {
            return;
        }
        if (to.tunnelSocket() != null && through.tunnelSocket() != null) {
            to.tunnel(through);
        } else {
            tunnel = new StreamedTunnel(shape.webSocket());
            requestComplete = false;
            bodyLimit = Long.MAX_VALUE;
            to.stream();
        }
    }

    /** The relay that this exchange became. */
    public void tunnelled(Relay by) {
        relay = by;
    }

    @Override
    public void relayEnded(Relay.End how) {
        loop.worker().beginEvent();
        current.over();
        if (relay != null) {
            decision.bytes(relay.fromClientBytes(), relay.fromEndpointBytes());
        }
        record(how.outcome(), how.reason());
    }

    // ---- time ----

    /** The budget is spent. */
    private final class BudgetEnd extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (client != null) {
                loop.worker().beginEvent();
                budgetSpent();
            }
        }
    }

    /** A pause before the next attempt is over. */
    private final class Pause extends Timer {
        @Override
        protected void expired(long nowNs) {
            if (client != null) {
                loop.worker().beginEvent();
                attempt();
            }
        }
    }

    private void budgetSpent() {
        long now = loop.worker().nowNs();
        boolean sent = current.under();
        if (sent && !answering) {
            // At least so long; whether it would ever have answered nobody knows.
            current.endpoint().observeLatency(now - current.startNs(), now);
        }
        abandonAttempts();
        if (begun()) {
            cutClient(Outcome.BUDGET_SPENT, "budget-spent");
            return;
        }
        answerProblem(
                Outcome.BUDGET_SPENT,
                504,
                "budget-spent",
                "The latency budget of " + Durations.text(Duration.ofNanos(budget.wholeNs()))
                        + " was spent before service " + requireService().name() + " answered"
                        + (sent ? "; the request was cancelled there." : "."));
    }

    private void endBudget() {
        if (budget.isSet()) {
            loop.worker().clearFine(budgetEnd);
            budget.end();
        }
    }

    // ---- the ends ----

    /** The client's connection is gone. */
    public void clientGone() {
        if (keyed != null && keyed.outlivesClient()) {
            keyed.client().clientGone();
            return;
        }
        abandonAttempts();
        decision.cutShort();
        record(Outcome.CLIENT_GONE, "");
    }

    /** Nothing went through the tunnel for as long as it may rest; it is being cut. */
    public void tunnelRested() {
        abandonAttempts();
        record(Outcome.TUNNELLED, "idle-limit");
    }

    /** Draining allows no more time; the connection is being cut. */
    public void drained() {
        abandonAttempts();
        decision.cutShort();
        record(Outcome.DRAINED, "drained");
    }

    /** The client takes too little of the answer, or nothing. */
    public void clientStalled() {
        abandonAttempts();
        cutClient(Outcome.CLIENT_TIMEOUT, "slow-reader");
    }

    private void abandonAttempts() {
        if (pause.isSet()) {
            loop.worker().clearFine(pause);
        }
        first.abandon();
        if (second != null) {
            second.abandon();
        }
    }

    /** Nobody is left to try: because the last one broke off, or because there was none to begin with. */
    private void answerNobodyLeft(ServiceView to, boolean allFull) {
        if (lastReset != null && lastReset.available()) {
            answerFailure(Failure.RESET, lastReset, lastWhy);
            return;
        }
        String why = NoEndpoint.explain(to, allFull);
        answerProblem(Outcome.NO_ENDPOINT, 503, "no-endpoint", why);
    }

    private void answerFailure(Failure failure, Endpoint failed, String why) {
        boolean late = failure == Failure.TIMEOUT;
        answerProblem(
                outcomeOf(failure),
                late ? 504 : 502,
                outcomeOf(failure).code().text(),
                "Endpoint " + failed.address() + " of service "
                        + requireService().name() + ": " + why + ".");
    }

    private static Outcome outcomeOf(Failure failure) {
        return switch (failure) {
            case CONNECT -> Outcome.CONNECT_FAILED;
            case REFUSED, RESET -> Outcome.UPSTREAM_RESET;
            case TIMEOUT -> Outcome.UPSTREAM_TIMEOUT;
            case INVALID -> Outcome.UPSTREAM_INVALID;
        };
    }

    private void answerProblem(Outcome outcome, int status, String code, String detail) {
        answer(outcome, LocalAnswer.problem(status, code, detail));
    }

    private void answer(Outcome outcome, LocalAnswer local) {
        ClientSide to = requireClient();
        decision.status(local.status());
        if (grpc) {
            decision.grpcStatus(GrpcStatus.of(local.status()));
        }
        to.answerLocally(local, decision);
        record(outcome, local.code());
        to.answered();
    }

    private void finish(Outcome outcome) {
        ClientSide to = requireClient();
        record(outcome, "");
        to.answered();
    }

    private void cutClient(Outcome outcome, String reason) {
        ClientSide to = requireClient();
        decision.cutShort();
        record(outcome, reason);
        to.cutShort();
    }

    /** Ends the exchange: nothing of it may be used after, for it may be lent to the next request at once. */
    private void record(Outcome outcome, String reason) {
        if (reason.isEmpty()) {
            decision.outcome(outcome);
        } else {
            decision.outcome(outcome, loop.reasons().of(reason));
        }
        decision.end(loop.worker().nowNs());
        loop.recorder().record(decision);
        reset();
        loop.release(this);
    }

    private void reset() {
        if (keyed != null) {
            keyed.over();
            keyed = null;
        }
        replay.release();
        if (mirrored != null) {
            mirrored.requestEnded();
            mirrored = null;
        }
        endBudget();
        client = null;
        web = null;
        grpc = false;
        forward = null;
        current = first;
        lastReset = null;
        relay = null;
        tunnel = null;
        answerFields = FieldEdits.NONE;
        answering = false;
        tried.clear();
    }

    private void mirror(@Nullable ServiceView to, ByteBuf head) {
        if (to != null) {
            mirrored = Mirrored.start(
                    loop,
                    to,
                    new Mirrored.Of(requireClient().origin(), decision),
                    shape,
                    keyHash,
                    head.retainedDuplicate(),
                    requestComplete);
        }
    }

    private ClientSide requireClient() {
        return required(client, "an exchange that is under way has a client");
    }

    private Verdict.Forward requireForward() {
        return required(forward, "an attempt goes somewhere");
    }

    private ServiceView requireService() {
        return requireForward().service();
    }

    private static <T> T required(@Nullable T value, String invariant) {
        if (value == null) {
            throw new AssertionError(invariant);
        }
        return value;
    }
}
