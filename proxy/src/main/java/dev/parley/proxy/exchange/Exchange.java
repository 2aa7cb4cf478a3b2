package dev.parley.proxy.exchange;

import dev.parley.model.Service;
import dev.parley.proxy.balance.Tried;
import dev.parley.proxy.grpc.CallStatus;
import dev.parley.proxy.grpc.GrpcContent;
import dev.parley.proxy.grpc.GrpcTimeout;
import dev.parley.proxy.message.Body;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.snapshot.ListenerView;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Verdict;
import dev.parley.proxy.tcp.Relay;
import dev.parley.proxy.upstream.Connecting;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: decide, pick, connect, send, classify what comes back, try again or answer, record.
 *
 * <p>Owned by one event loop and reused: {@link LoopState#obtainExchange} lends it to a connection when a request begins, and it
 * returns itself when its decision has been recorded. A request may be tried again only while nothing of an answer has been
 * passed on, and only if nothing of it had been sent or it is idempotent and still held whole (RFC 9110 section 9.2.2).
 */
public final class Exchange implements UpstreamOwner, Relay.Watcher, Connecting.Waiter {
    /** How often a request may find that others have taken the last place on the connection that it waited for. */
    private static final int MOST_PLACES = 4;

    private final LoopState loop;
    private final Decision decision = new Decision();
    private final Body requestBody = new Body();
    private final Tried tried = new Tried();
    private final Replay replay = new Replay();

    private @Nullable ClientSide client;
    private @Nullable RouteView route;
    private @Nullable ServiceView service;
    private @Nullable Endpoint endpoint;
    private @Nullable Endpoint lastReset;
    private @Nullable Connecting connecting;
    private @Nullable Upstream upstream;
    private @Nullable Relay tunnel;
    private @Nullable Mirrored mirrored;
    private @Nullable GrpcWeb web;
    private @Nullable TunnelFrames frames;
    private final RequestShape shape = new RequestShape();
    private boolean grpc;
    private boolean idempotent;
    private boolean requestComplete;
    private boolean answering;
    private boolean streaming;
    private boolean allFull;
    private int retriesLeft;
    private int staleRetriesLeft;
    private int placesLeft;
    private long keyHash;
    private long bodyLimit;
    private long attemptNs;
    private String lastWhy = "";

    Exchange(LoopState loop) {
        this.loop = loop;
    }

    public Decision decision() {
        return decision;
    }

    /** How far the request's body has come; kept here so that idle connections need none. */
    public Body requestBody() {
        return requestBody;
    }

    /** The route's changes to the answer's fields. */
    public FieldEdits responseEdits() {
        return route == null ? FieldEdits.NONE : route.responseEdits();
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
            case Verdict.Forward forward -> forward(forward, listener, head, facts);
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

    private void forward(Verdict.Forward forward, ListenerView listener, RequestHead head, ClientFacts facts) {
        route = forward.route();
        service = forward.service();
        decision.route(forward.route().label(), forward.route().metrics());
        decision.service(forward.service().label(), forward.service().metrics());
        retriesLeft = forward.service().settings().retries().attempts();
        staleRetriesLeft = 1;
        placesLeft = MOST_PLACES;
        keyHash = forward.service().keyHash(head, facts.address());
        ByteBuf encoded = loop.encoder()
                .encode(
                        head,
                        shape,
                        facts,
                        forward.route(),
                        forward.service(),
                        decision,
                        listener.headLimits().targetBytes());
        if (encoded == null) {
            answerProblem(
                    Outcome.REFUSED_REQUEST,
                    414,
                    "rewritten-target-too-long",
                    "The target is too long after the rewrite of route "
                            + forward.route().name() + ".");
            return;
        }
        if (web != null && forward.service().bridgesGrpcWeb()) {
            encoded = web.bridge(encoded, shape);
        }
        replay.hold(encoded);
        ServiceView copy = forward.route().mirror(loop.random());
        shape.chunksFramed(!head.http2() && forward.service().framesChunks() && (copy == null || copy.framesChunks()));
        mirror(copy, encoded);
        attempt();
    }

    private void redirect(RouteView chosen, RequestHead head, boolean secure) {
        route = chosen;
        decision.route(chosen.label(), chosen.metrics());
        answer(
                Outcome.ANSWERED_LOCALLY,
                LocalAnswer.redirect(chosen.redirectStatus(), chosen.redirectLocation(head, secure)));
    }

    private void answerFixed(RouteView chosen) {
        route = chosen;
        decision.route(chosen.label(), chosen.metrics());
        answer(Outcome.ANSWERED_LOCALLY, chosen.fixedAnswer());
    }

    /** Whether a chunked body is to be handed over with its framing, else as bare data. Known once the request has begun. */
    public boolean takesRequestChunks() {
        return shape.chunksFramed();
    }

    /** The next {@code length} bytes of {@code from} are part of the body. Called only while an upstream is attached. */
    public void requestBody(ByteBuf from, int length, boolean last) {
        decision.bytes(length, 0);
        requestComplete = last;
        if ((shape.chunksFramed() ? requestBody.dataBytes() : decision.requestBytes()) > bodyLimit) {
            from.skipBytes(length);
            refuseBody();
            return;
        }
        Upstream to = upstream;
        if (to == null) {
            from.skipBytes(length);
            return;
        }
        if (frames != null) {
            followed(frames, from, length, last, to);
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
        replay.bodyPart(from, length, last);
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

    private void followed(TunnelFrames by, ByteBuf from, int length, boolean last, Upstream to) {
        int kept = by.pass(true, from, length);
        to.body(from, kept, false);
        from.skipBytes(length - kept);
        ByteBuf close = by.takeClose(true);
        to.body(close, close.readableBytes(), last);
        to.flush();
        if (by.gone()) {
            endTunnel();
        } else if (last) {
            to.requestComplete();
        } else if (!to.isWritable()) {
            requireClient().pauseReading();
        }
    }

    /** Both sides of a WebSocket have said goodbye, as a drain asked them to. */
    private void endTunnel() {
        abandonUpstream();
        ClientSide to = requireClient();
        record(Outcome.TUNNELLED, "going-away");
        to.answered();
    }

    /** The listener drains: a WebSocket that passes through here is asked to end, on both sides. */
    public void askToGo() {
        TunnelFrames asked = frames;
        Upstream to = upstream;
        if (asked == null || to == null || asked.asked()) {
            return;
        }
        asked.ask();
        ByteBuf toEndpoint = asked.takeClose(true);
        to.body(toEndpoint, toEndpoint.readableBytes(), false);
        to.flush();
        ByteBuf toClient = asked.takeClose(false);
        requireClient().answerBody(toClient, toClient.readableBytes(), false);
        requireClient().flush();
    }

    /** Trailers came behind a body, and end the request. Called only while an upstream is attached. */
    public void requestTrailers(FieldBlock fields) {
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
        Upstream to = upstream;
        if (to != null) {
            to.trailers(fields);
            to.flush();
            to.requestComplete();
        }
    }

    /** All that came in one turn was handed over. */
    public void requestTurnEnded() {
        if (upstream != null && !requestComplete) {
            upstream.flush();
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
        abandonUpstream();
        if (answering) {
            cutClient(outcome, refusal.code());
        } else {
            answer(outcome, refusal);
        }
    }

    // ---- an attempt ----

    private void attempt() {
        ServiceView to = requireService();
        attemptNs = loop.worker().nowNs();
        while (true) {
            Endpoint picked = to.balancer().pick(keyHash, attemptNs, loop.random(), tried);
            if (picked == null || tried.count() == Tried.CAPACITY) {
                answerNobodyLeft(to);
                return;
            }
            ConnectionPool pool = loop.pools().of(picked);
            Upstream idle = pool.take(to.settings());
            if (idle != null) {
                occupy(picked, pool);
                attach(idle);
                return;
            }
            Connecting joined = pool.join(to.settings(), this);
            if (joined != null) {
                occupy(picked, pool);
                pauseForConnection();
                connecting = joined;
                return;
            }
            if (picked.tryOpen(to.settings().connectionsPerEndpoint())) {
                occupy(picked, pool);
                connect(pool, to.settings());
                return;
            }
            tried.add(picked);
            allFull = true;
        }
    }

    private void occupy(Endpoint picked, ConnectionPool pool) {
        endpoint = picked;
        picked.begin();
        decision.attempt(pool.label(), pool.metrics(), attemptNs);
    }

    private void connect(ConnectionPool pool, Service settings) {
        pauseForConnection();
        connecting = pool.connect(settings, requireClient().origin(), decision, this);
    }

    private void pauseForConnection() {
        if (!requestComplete) {
            requireClient().pauseReading();
        }
    }

    @Override
    public void placeTaken() {
        connecting = null;
        if (placesLeft > 0) {
            placesLeft--;
            leaveEndpoint();
            attempt();
        } else {
            failAttempt(Failure.CONNECT, "it takes no further stream on a new connection");
        }
    }

    @Override
    public void connected(Upstream made) {
        connecting = null;
        decision.connected(loop.worker().nowNs());
        attach(made);
    }

    @Override
    public void connectFailed(String why) {
        connecting = null;
        Endpoint failed = requireEndpoint();
        loop.connectFailures().connectFailed(failed, why);
        failAttempt(Failure.CONNECT, why);
    }

    private void attach(Upstream to) {
        upstream = to;
        to.begin(this, requireService().settings(), shape);
        replay.writeTo(to, requestComplete);
        if (!to.equals(upstream)) {
            // It refused at once, and this exchange may be another request's by now.
            return;
        }
        to.flush();
        if (requestComplete) {
            to.requestComplete();
        } else {
            requireClient().resumeReading();
        }
    }

    @Override
    public void upstreamWritable() {
        if (!requestComplete && client != null) {
            client.resumeReading();
        }
    }

    @Override
    public void upstreamFailed(Failure failure, String why) {
        Upstream failed = upstream;
        upstream = null;
        failAttempt(failure, why, failed != null && failed.reused());
    }

    /** Gives the attempt up, for what the endpoint did. */
    private void abandonAttempt(Failure failure, String why) {
        Upstream bad = upstream;
        upstream = null;
        if (bad != null) {
            bad.abandon();
        }
        failAttempt(failure, why);
    }

    private void failAttempt(Failure failure, String why) {
        failAttempt(failure, why, false);
    }

    private void failAttempt(Failure failure, String why, boolean reused) {
        Endpoint failed = requireEndpoint();
        long now = loop.worker().nowNs();
        boolean stale = staleRetriesLeft > 0 && ((reused && failure == Failure.RESET) || failure == Failure.REFUSED);
        if (!stale) {
            failed.observeFailure(now, Endpoint.Failure.TRANSPORT);
        }
        leaveEndpoint();
        if (answering) {
            cutClient(outcomeOf(failure), "answer-cut-short");
            return;
        }
        lastReset = failure == Failure.RESET ? failed : null;
        lastWhy = why;
        if (mayTryAgain(failure) && (stale || retriesLeft > 0)) {
            if (stale) {
                // The endpoint closed a connection that had rested; it may be as well as ever.
                staleRetriesLeft--;
            } else {
                retriesLeft--;
                tried.add(failed);
            }
            loop.recorder().retry(decision);
            attempt();
            return;
        }
        answerFailure(failure, failed, why);
    }

    private boolean mayTryAgain(Failure failure) {
        return replay.held()
                && (failure == Failure.CONNECT
                        || failure == Failure.REFUSED
                        || (failure == Failure.RESET && idempotent && requestComplete));
    }

    private void leaveEndpoint() {
        if (endpoint != null) {
            endpoint.end();
            endpoint = null;
        }
    }

    // ---- the answer ----

    @Override
    public boolean takesChunks() {
        return requireClient().takesChunks();
    }

    @Override
    public void informational(ResponseHead head) {
        requireClient().informational(head);
        requireClient().flush();
    }

    @Override
    public void answerHead(ResponseHead head, boolean last, boolean bare) {
        if (shape.keyIsOurs() && !head.http2() && head.status() < 300) {
            // To who asked with CONNECT any 2xx says that the tunnel is there (RFC 8441 section 5), and it is not.
            abandonAttempt(Failure.INVALID, "it answered, and did not change protocols as it was asked to");
            return;
        }
        answering = true;
        replay.release();
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        int outcome = grpc ? CallStatus.of(head.fields()) : CallStatus.NONE;
        decision.grpcStatus(outcome);
        if (head.status() >= 500 || CallStatus.endpointFailed(outcome)) {
            requireEndpoint().observeFailure(now, Endpoint.Failure.ANSWER);
        } else {
            requireEndpoint().observe(now - attemptNs, now);
        }
        requireClient().answerHead(head, last, bare);
    }

    @Override
    public void answerBody(ByteBuf from, int length, boolean last) {
        ClientSide to = requireClient();
        decision.bytes(0, length);
        if (frames == null) {
            to.answerBody(from, length, last);
        } else {
            int kept = frames.pass(false, from, length);
            to.answerBody(from, kept, false);
            from.skipBytes(length - kept);
            ByteBuf close = frames.takeClose(false);
            to.answerBody(close, close.readableBytes(), last);
            if (frames.gone()) {
                endTunnel();
                return;
            }
        }
        if (!to.isWritable() && upstream != null) {
            upstream.reading(false);
        }
    }

    @Override
    public void answerTrailers(FieldBlock fields) {
        if (grpc) {
            decision.grpcStatus(CallStatus.of(fields));
        }
        requireClient().answerTrailers(fields);
    }

    @Override
    public void answerTurnEnded() {
        if (client != null) {
            client.flush();
        }
    }

    @Override
    public void answerComplete() {
        upstream = null;
        leaveEndpoint();
        if (frames != null && frames.asked()) {
            ClientSide to = requireClient();
            record(Outcome.TUNNELLED, "going-away");
            to.answered();
        } else {
            finish(streaming ? Outcome.TUNNELLED : Outcome.FORWARDED);
        }
    }

    /** The client takes more again. */
    public void clientWritable() {
        if (upstream != null) {
            upstream.reading(true);
        }
    }

    @Override
    public void upgraded(ResponseHead head) {
        if (shape.keyIsOurs() && !head.http2() && !WebSocketKey.accepted(head.fields(), shape.key())) {
            abandonAttempt(Failure.INVALID, "it changed protocols and did not prove that it speaks WebSocket");
            return;
        }
        answering = true;
        long now = loop.worker().nowNs();
        decision.status(head.status());
        decision.firstByte(now);
        requireEndpoint().observe(now - attemptNs, now);
        replay.release();
        ClientSide to = requireClient();
        to.upgraded(head, shape);
        Upstream through = upstream;
        if (through == null) {
            return;
        }
        if (to.tunnelSocket() != null && through.tunnelSocket() != null) {
            to.tunnel(through);
        } else {
            streaming = true;
            frames = shape.webSocket() ? new TunnelFrames() : null;
            requestComplete = false;
            bodyLimit = Long.MAX_VALUE;
            to.stream();
        }
    }

    /** The tunnel that this exchange became. */
    public void tunnelled(Relay relay) {
        tunnel = relay;
    }

    @Override
    public void relayEnded(Relay.End how) {
        loop.worker().beginEvent();
        upstream = null;
        leaveEndpoint();
        if (tunnel != null) {
            decision.bytes(tunnel.fromClientBytes(), tunnel.fromEndpointBytes());
        }
        record(how.outcome(), how.reason());
    }

    // ---- the ends ----

    /** The client's connection is gone. */
    public void clientGone() {
        abandonUpstream();
        decision.cutShort();
        record(Outcome.CLIENT_GONE, "");
    }

    /** Nothing went through the tunnel for as long as it may rest; it is being cut. */
    public void tunnelRested() {
        abandonUpstream();
        record(Outcome.TUNNELLED, "idle-limit");
    }

    /** Draining allows no more time; the connection is being cut. */
    public void drained() {
        abandonUpstream();
        decision.cutShort();
        record(Outcome.DRAINED, "drained");
    }

    /** The client takes too little of the answer, or nothing. */
    public void clientStalled() {
        abandonUpstream();
        cutClient(Outcome.CLIENT_TIMEOUT, "slow-reader");
    }

    private void abandonUpstream() {
        if (connecting != null) {
            connecting.abandon();
            connecting = null;
        }
        if (upstream != null) {
            upstream.abandon();
            upstream = null;
        }
        leaveEndpoint();
    }

    /** Nobody is left to try: because the last one broke off, or because there was none to begin with. */
    private void answerNobodyLeft(ServiceView to) {
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
        replay.release();
        if (mirrored != null) {
            mirrored.requestEnded();
            mirrored = null;
        }
        client = null;
        web = null;
        grpc = false;
        route = null;
        service = null;
        endpoint = null;
        lastReset = null;
        tunnel = null;
        answering = false;
        streaming = false;
        frames = null;
        allFull = false;
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

    private ServiceView requireService() {
        return required(service, "an attempt has a service");
    }

    private Endpoint requireEndpoint() {
        return required(endpoint, "an attempt has an endpoint");
    }

    private static <T> T required(@Nullable T value, String invariant) {
        if (value == null) {
            throw new AssertionError(invariant);
        }
        return value;
    }
}
