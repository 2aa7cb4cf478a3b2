package dev.parley.proxy.exchange;

import dev.parley.model.Durations;
import dev.parley.proxy.exchange.UpstreamOwner.Failure;
import dev.parley.proxy.grpc.CallStatus;
import dev.parley.proxy.grpc.GrpcContent;
import dev.parley.proxy.grpc.GrpcTimeout;
import dev.parley.proxy.idempotency.KeyRules;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.message.Body;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.RateLimits;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.tcp.Relay;
import dev.parley.proxy.tcp.RelayStay;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.Origin;
import dev.parley.telemetry.metrics.KeyResult;
import dev.parley.telemetry.metrics.ServiceMetrics;
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
    private final LoopState loop;
    private final Decision decision = new Decision();
    private final Body requestBody = new Body();
    private final LatencyBudget budget = new LatencyBudget();
    private final RequestShape shape = new RequestShape();
    private final BudgetEnd budgetEnd = new BudgetEnd();
    private final Delivery delivery;
    private final Gate gate;

    private @Nullable ClientSide client;
    private @Nullable Relay relay;
    private @Nullable StreamedTunnel tunnel;
    private @Nullable RelayStay relayStay;
    private final Stay stay = new Stay(this);
    private final Runnable leaveLater = this::leaveCall;
    private @Nullable Mirrored mirrored;
    private @Nullable GrpcWeb web;
    private @Nullable KeyedExecution keyed;
    private FieldEdits answerFields = FieldEdits.NONE;
    private boolean grpc;
    private boolean idempotent;
    private boolean requestComplete;
    private boolean answering;
    private long bodyLimit;

    Exchange(LoopState loop) {
        this.loop = loop;
        delivery = new Delivery(this, loop, budget);
        gate = new Gate(loop);
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
        if (!within(listener.rateLimits(), head, facts)) {
            listener.metrics().rateLimited(loop.worker().index());
            return;
        }
        switch (listener.decide(head, loop.random())) {
            case Verdict.Forward to -> forward(to, listener, head, facts);
            case Verdict.Redirect redirect -> redirect(redirect.route(), head, facts);
            case Verdict.Answer answer -> answerFixed(answer.route(), head, facts);
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
        ServiceView service = to.service();
        if (!follow(to.route(), head, facts)) {
            return;
        }
        decision.service(service.label(), service.metrics());
        if (!within(service.rateLimits(), head, facts)) {
            service.metrics().rateLimited(loop.worker().index());
            return;
        }
        if (!beginKey(to.route(), head, facts) || !beginBudget(to, head)) {
            return;
        }
        // With a key it is not known yet whether the service is to be asked at all.
        if (keyed == null && !passGate(to)) {
            return;
        }
        ByteBuf encoded = loop.encoder()
                .encode(
                        head,
                        shape,
                        facts,
                        to.route(),
                        service,
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
        if (web != null && service.bridgesGrpcWeb()) {
            encoded = web.bridge(encoded, shape);
        }
        budget.say(encoded, loop.worker().nowNs());
        delivery.take(to, encoded, service.keyHash(head, facts.address()), mayRepeat(to));
        if (keyed != null) {
            keyed.begin(requestComplete, head.contentLength(), head.expectContinue());
            return;
        }
        ServiceView copy = to.route().mirror(loop.random());
        shape.chunksFramed(!head.http2() && service.framesChunks() && (copy == null || copy.framesChunks()));
        mirror(copy, encoded);
        delivery.start();
    }

    /** Looks for a key where the route says so; false where the request cannot go on, and is answered. */
    private boolean beginKey(RouteView chosen, RequestHead head, ClientFacts facts) {
        KeyRules rules = chosen.keys();
        if (rules == null) {
            return true;
        }
        return switch (rules.read(head, facts.address(), facts.tls())) {
            case KeyRules.Reading.None none -> true;
            case KeyRules.Reading.Missing missing -> refuseKey(chosen, KeyRefusals.required(chosen.name()));
            case KeyRules.Reading.Invalid invalid -> refuseKey(chosen, KeyRefusals.invalid());
            case KeyRules.Reading.Key key -> {
                keyed = new KeyedExecution(this, loop, requireClient(), rules, key, chosen.metrics());
                client = keyed.client();
                yield true;
            }
        };
    }

    private boolean refuseKey(RouteView chosen, LocalAnswer refusal) {
        chosen.metrics().key(loop.worker().index(), KeyResult.REFUSED);
        answer(Outcome.KEY_REFUSED, refusal);
        return false;
    }

    /**
     * Whether an endpoint may be sent the request although another may have executed it. That it is executed once is what a key is for,
     * whatever its method, and only a service that keeps keys itself sees to that.
     */
    private boolean mayRepeat(Verdict.Forward to) {
        return keyed == null ? idempotent || to.retries().anyMethod() : keyed.honoured();
    }

    /** The route is known: what it changes and counts, and whether it may be used now. */
    private boolean follow(RouteView chosen, RequestHead head, ClientFacts facts) {
        FieldEdits told = answerFields;
        answerFields = chosen.responseEdits();
        for (byte[] line : told.lines()) {
            answerFields = answerFields.with(line);
        }
        decision.route(chosen.label(), chosen.metrics());
        if (!within(chosen.rateLimits(), head, facts)) {
            chosen.metrics().rateLimited(loop.worker().index());
            return false;
        }
        return true;
    }

    /** Takes a token of each limit, and has the client told of them; false where one refused, and the request is answered. */
    private boolean within(RateLimits limits, RequestHead head, ClientFacts facts) {
        if (limits.none()) {
            return true;
        }
        long now = loop.worker().nowNs();
        long wait = limits.take(head, facts, now);
        HeadBuffer lines = loop.headBuffer();
        lines.clear();
        limits.describe(lines, head, facts, now);
        for (byte[] line : RateLimits.lines(lines)) {
            answerFields = answerFields.with(line);
        }
        Gate.Refused refused = Gate.byRate(limits, wait);
        if (refused != null) {
            refuse(refused);
        }
        return refused == null;
    }

    private boolean passGate(Verdict.Forward to) {
        Gate.Refused refused = gate.pass(
                to.service(),
                to.route().criticality(),
                budget.remainingNs(loop.worker().nowNs()));
        if (refused != null) {
            refuse(refused);
        }
        return refused == null;
    }

    private void refuse(Gate.Refused refused) {
        if (refused.retryAfterNs() > 0) {
            answerFields = answerFields.with(refused.retryAfter(loop.headBuffer()));
        }
        answer(refused.outcome(), refused.answer());
    }

    /** Takes the budget of the request up; false where it is spent already, and answered so. */
    private boolean beginBudget(Verdict.Forward to, RequestHead head) {
        long now = loop.worker().nowNs();
        budget.begin(to.route().budgetNs(), head.fields(), grpc, now);
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
                            + to.service().name() + ".");
            return false;
        }
        loop.worker().setFine(budgetEnd, budget.deadlineNs());
        return true;
    }

    private void redirect(RouteView chosen, RequestHead head, ClientFacts facts) {
        if (follow(chosen, head, facts)) {
            answer(
                    Outcome.ANSWERED_LOCALLY,
                    LocalAnswer.redirect(chosen.redirectStatus(), chosen.redirectLocation(head, facts.secure())));
        }
    }

    private void answerFixed(RouteView chosen, RequestHead head, ClientFacts facts) {
        if (follow(chosen, head, facts)) {
            answer(Outcome.ANSWERED_LOCALLY, chosen.fixedAnswer());
        }
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
        Upstream to = delivery.upstream();
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
        delivery.bodyPart(from, length);
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
        delivery.abandon();
        ClientSide to = requireClient();
        record(Outcome.TUNNELLED, "going-away");
        to.answered();
    }

    /** The listener drains: a WebSocket that passes through here is asked to end, on both sides. */
    public void askToGo() {
        Upstream to = delivery.upstream();
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
        delivery.trailersPassed();
        if (mirrored != null) {
            mirrored.trailers(fields);
        }
        Upstream to = delivery.upstream();
        if (to != null) {
            to.trailers(fields);
            to.flush();
            to.requestComplete();
        }
    }

    /** All that came in one turn was handed over. */
    public void requestTurnEnded() {
        Upstream to = delivery.upstream();
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
        delivery.abandon();
        if (answering()) {
            cutClient(outcome, refusal.code());
        } else {
            answer(outcome, refusal);
        }
    }

    // ---- the delivery: called by it ----

    Origin origin() {
        return requireClient().origin();
    }

    RequestShape shape() {
        return shape;
    }

    boolean requestComplete() {
        return requestComplete;
    }

    /** Whether the client has been sent something of an answer: one that is held back for its key can still be another. */
    boolean answering() {
        return answering && (keyed == null || !keyed.client().withheld());
    }

    /** An endpoint is about to be sent the request. */
    void sending() {
        if (keyed != null) {
            keyed.sent();
        }
    }

    /** The endpoint says that it did nothing with the request (RFC 9113 section 8.7). */
    void notExecuted() {
        if (keyed != null) {
            keyed.notExecuted();
        }
    }

    /** Whether the answer's head does not say yet what came of a call of gRPC. */
    boolean awaitsCallStatus(int callStatus, boolean last) {
        return grpc && callStatus == CallStatus.NONE && !last;
    }

    /** Nothing takes the request's body for now. */
    void pauseReading() {
        if (!requestComplete) {
            requireClient().pauseReading();
        }
    }

    void resumeReading() {
        if (!requestComplete && client != null) {
            client.resumeReading();
        }
    }

    /** The answer that has begun cannot be completed. */
    void answerBroken(Failure failure) {
        cutClient(outcomeOf(failure), "answer-cut-short");
    }

    /** The last attempt failed, and there is to be no other. */
    void deliveryFailed(Failure failure, Endpoint at, String why) {
        gate.answered(true, true, loop.worker().nowNs());
        boolean late = failure == Failure.TIMEOUT || failure == Failure.OVERDUE;
        answerProblem(
                outcomeOf(failure),
                late ? 504 : 502,
                outcomeOf(failure).code().text(),
                "Endpoint " + at.address() + " of service " + delivery.service().name() + ": " + why + ".");
    }

    /** No endpoint could be tried. */
    void nobodyLeft(Attempt.Start how) {
        ServiceView service = delivery.service();
        switch (how) {
            case BEGUN -> throw new AssertionError("somebody is tried");
            case NOBODY, ALL_FULL ->
                answerProblem(
                        Outcome.NO_ENDPOINT,
                        503,
                        "no-endpoint",
                        NoEndpoint.explain(service, how == Attempt.Start.ALL_FULL));
            case ALL_OPEN -> refuse(Gate.byBreakers(service, loop.worker().nowNs()));
            case PENDING_FULL -> {
                service.metrics().refused(loop.worker().index(), ServiceMetrics.CallRefusal.PENDING);
                refuse(Gate.byPending(service));
            }
        }
    }

    // ---- an idempotency key: called by its execution ----

    /** The key is this request's, and that is on the disk. */
    void keyClaimed() {
        Verdict.Forward to = delivery.forward();
        if (passGate(to)) {
            mirror(to.route().mirror(loop.random()), delivery.head());
            delivery.start();
        }
    }

    /** Nothing more of what endpoints say is wanted. */
    void abandon() {
        delivery.abandon();
    }

    /** The answer that follows has one more field: a line with CRLF. */
    void say(byte[] line) {
        answerFields = answerFields.with(line);
    }

    /** The key was answered before, and the client has been sent that. */
    void answeredAgain(ResponseHead head, @Nullable FieldBlock trailers, int bodyBytes) {
        decision.status(head.status());
        decision.bytes(0, bodyBytes);
        decision.firstByte(loop.worker().nowNs());
        decision.grpcStatus(grpc ? CallStatus.of(trailers == null ? head.fields() : trailers) : CallStatus.NONE);
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

    // ---- the answer: called by the attempt ----

    boolean takesAnswerChunks() {
        return requireClient().takesChunks();
    }

    void informational(Attempt from, ResponseHead head) {
        if (from.equals(delivery.current())) {
            requireClient().informational(head);
            requireClient().flush();
        }
    }

    void answerHead(Attempt from, ResponseHead head, boolean last, boolean bare) {
        if (shape.keyIsOurs() && !head.http2() && head.status() < 300) {
            // To who asked with CONNECT any 2xx says that the tunnel is there (RFC 8441 section 5), and it is not.
            from.reject("it answered, and did not change protocols as it was asked to");
            return;
        }
        int callStatus = grpc ? CallStatus.of(head.fields()) : CallStatus.NONE;
        if (!delivery.takes(from, head, callStatus, last)) {
            return;
        }
        answering = true;
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        decision.grpcStatus(callStatus);
        gate.answered(
                head.status() >= 500 || CallStatus.endpointFailed(callStatus),
                head.status() == 503 || head.status() == 429 || CallStatus.refused(callStatus),
                now);
        if (awaitsCallStatus(callStatus, last) && mayLeave()) {
            stay.begin(from.pool(), true, now);
        }
        requireClient().answerHead(head, last, bare);
    }

    /** Whether a call that streams could be ended, so that it begins anew elsewhere. One with a key must not be begun anew. */
    private boolean mayLeave() {
        return web == null
                && keyed == null
                && requireClient().protocol() == Decision.Protocol.HTTP_2
                && delivery.service().settings().rebalance().isPresent();
    }

    /** The endpoint has too much: a WebSocket is asked to go, a call ends as soon as it can, as if its endpoint went away. */
    void leave() {
        if (tunnel != null) {
            askToGo();
        } else {
            leaveCall();
        }
    }

    private void leaveCall() {
        if (stay.leaves() && requireClient().isWritable()) {
            loop.worker().beginEvent();
            delivery.abandon();
            decision.grpcStatus(GrpcStatus.UNAVAILABLE);
            cutClient(Outcome.FORWARDED, "rebalanced");
        }
    }

    void answerBody(ByteBuf from, int length, boolean last) {
        ClientSide to = requireClient();
        decision.bytes(0, length);
        stay.passes(from, length);
        if (tunnel == null) {
            to.answerBody(from, length, last);
        } else if (tunnel.fromEndpoint(from, length, last, to)) {
            endTunnel();
            return;
        }
        Upstream upstream = delivery.upstream();
        if (!to.isWritable() && upstream != null) {
            upstream.reading(false);
        }
        if (!last && stay.leaves()) {
            // Not in the middle of what the upstream hands over.
            loop.worker().loop().execute(leaveLater);
        }
    }

    void answerTrailers(FieldBlock fields) {
        if (grpc) {
            int callStatus = CallStatus.of(fields);
            decision.grpcStatus(callStatus);
            delivery.callEnded(callStatus);
        }
        requireClient().answerTrailers(fields);
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
        Upstream from = delivery.upstream();
        if (from != null) {
            from.reading(true);
        }
    }

    void upgraded(Attempt from, ResponseHead head) {
        if (shape.keyIsOurs() && !head.http2() && !WebSocketKey.accepted(head.fields(), shape.key())) {
            from.reject("it changed protocols and did not prove that it speaks WebSocket");
            return;
        }
        if (!delivery.takes(from, head, CallStatus.NONE, true)) {
            return;
        }
        answering = true;
        endBudget();
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        gate.answered(false, false, now);
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
            stay.begin(from.pool(), false, now);
            requestComplete = false;
            bodyLimit = Long.MAX_VALUE;
            to.stream();
        }
    }

    /** The relay that this exchange became. */
    public void tunnelled(Relay by) {
        relay = by;
        relayStay = RelayStay.begin(by, delivery.current().pool(), loop.worker().nowNs());
    }

    @Override
    public void relayEnded(Relay.End how) {
        loop.worker().beginEvent();
        delivery.current().over();
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

    private void budgetSpent() {
        long now = loop.worker().nowNs();
        boolean sent = delivery.outOfTime();
        if (answering()) {
            cutClient(Outcome.BUDGET_SPENT, "budget-spent");
            return;
        }
        ServiceView service = delivery.service();
        gate.outOfTime(budget, now);
        answerProblem(
                Outcome.BUDGET_SPENT,
                504,
                "budget-spent",
                "The latency budget of " + Durations.text(Duration.ofNanos(budget.wholeNs()))
                        + " was spent before service " + service.name() + " answered"
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
        if (answering) {
            delivery.abandon();
        } else {
            delivery.gaveUp();
        }
        decision.cutShort();
        record(Outcome.CLIENT_GONE, "");
    }

    /** Nothing went through the tunnel for as long as it may rest; it is being cut. */
    public void tunnelRested() {
        delivery.abandon();
        record(Outcome.TUNNELLED, "idle-limit");
    }

    /** Draining allows no more time; the connection is being cut. */
    public void drained() {
        delivery.abandon();
        decision.cutShort();
        record(Outcome.DRAINED, "drained");
    }

    /** The client takes too little of the answer, or nothing. */
    public void clientStalled() {
        delivery.abandon();
        cutClient(Outcome.CLIENT_TIMEOUT, "slow-reader");
    }

    private static Outcome outcomeOf(Failure failure) {
        return switch (failure) {
            case CONNECT -> Outcome.CONNECT_FAILED;
            case REFUSED, RESET -> Outcome.UPSTREAM_RESET;
            case TIMEOUT, OVERDUE -> Outcome.UPSTREAM_TIMEOUT;
            case INVALID -> Outcome.UPSTREAM_INVALID;
        };
    }

    private void answerProblem(Outcome outcome, int status, String code, String detail) {
        answer(outcome, LocalAnswer.problem(status, code, detail));
    }

    void answer(Outcome outcome, LocalAnswer local) {
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
        boolean late = outcome == Outcome.BUDGET_SPENT;
        if (late && grpc && web == null) {
            decision.grpcStatus(GrpcStatus.DEADLINE_EXCEEDED);
        }
        decision.cutShort();
        record(outcome, reason);
        to.cutShort(
                late ? GrpcStatus.DEADLINE_EXCEEDED : GrpcStatus.UNAVAILABLE,
                late ? "budget-spent: the latency budget ended before the call did" : "the endpoint broke off");
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
        stay.end();
        if (relayStay != null) {
            relayStay.end();
            relayStay = null;
        }
        if (keyed != null) {
            keyed.over();
            keyed = null;
        }
        endBudget();
        gate.over();
        delivery.end();
        if (mirrored != null) {
            mirrored.requestEnded();
            mirrored = null;
        }
        client = null;
        web = null;
        grpc = false;
        relay = null;
        tunnel = null;
        answerFields = FieldEdits.NONE;
        answering = false;
    }

    private void mirror(@Nullable ServiceView to, ByteBuf head) {
        if (to != null) {
            mirrored = Mirrored.start(
                    loop,
                    to,
                    new Mirrored.Of(requireClient().origin(), decision),
                    shape,
                    delivery.keyHash(),
                    head.retainedDuplicate(),
                    requestComplete);
        }
    }

    private ClientSide requireClient() {
        return required(client, "an exchange that is under way has a client");
    }

    private static <T> T required(@Nullable T value, String invariant) {
        if (value == null) {
            throw new AssertionError(invariant);
        }
        return value;
    }
}
