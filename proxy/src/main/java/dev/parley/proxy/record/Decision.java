package dev.parley.proxy.record;

import dev.parley.proxy.tls.TlsFacts;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.RouteMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What Parley did with one interaction: a request, a TCP connection or a UDP session. One object for each place in which interactions
 * happen one after another; {@link #begin} makes it that of the next. It is filled in as the interaction goes on and
 * given to the {@link Recorder} at the end; who wants to keep anything of it copies. Belongs to one event loop.
 *
 * <p>Times are of the event loop's clock: {@code nowNs} is {@code System.nanoTime()} as read once per turn.
 */
public final class Decision {
    /** Bytes of a target that are kept; longer ones are logged with a mark. */
    static final int TARGET_BYTES = 1024;

    /** Bytes of a host that are kept: as long as a name may be (RFC 1035 section 2.3.4) with a port. */
    static final int HOST_BYTES = 261;

    static final int METHOD_BYTES = 32;
    static final int REQUEST_ID_BYTES = 128;

    private static final byte[] EMPTY = {};

    /** What an interaction speaks. */
    @SuppressWarnings("ImmutableEnumChecker") // Nothing changes the bytes of a label.
    public enum Protocol {
        HTTP_1_0("http/1.0"),
        HTTP_1_1("http/1.1"),
        HTTP_2("http/2"),
        TCP("tcp"),
        UDP("udp"),

        /** A connection whose handshake failed. */
        TLS("tls");

        private final Label label;

        Protocol(String text) {
            this.label = Label.of(text);
        }

        Label label() {
            return label;
        }
    }

    long idHigh;
    long idLow;
    Protocol protocol = Protocol.HTTP_1_1;
    long startMs;
    long startNs;

    @Nullable
    Label listener;

    @Nullable
    ListenerMetrics listenerMetrics;

    @Nullable
    Label client;

    @Nullable
    TlsFacts tls;

    /** The name that a client asked for where there are no facts: the handshake failed, or was not for Parley. */
    @Nullable
    Label serverName;

    @Nullable
    Label route;

    @Nullable
    RouteMetrics routeMetrics;

    @Nullable
    Label service;

    @Nullable
    ServiceMetrics serviceMetrics;

    @Nullable
    Label endpoint;

    @Nullable
    EndpointMetrics endpointMetrics;

    /** Method, host, target and the client's request id, one after another. Grows as needed, at most 1445 bytes. */
    byte[] text = EMPTY;

    int methodTo;
    int hostTo;
    int targetTo;
    int requestIdTo;
    boolean targetCut;

    int status;
    boolean grpc;
    int grpcStatus;
    long timeoutNs;
    long budgetNs;
    boolean hedged;

    @Nullable
    Label noRetry;

    Outcome outcome = Outcome.INTERNAL_ERROR;

    @Nullable
    Label reason;

    int refusal;
    boolean cutShort;
    int attempts;
    long attemptNs;
    long connectNs;
    long firstByteNs;
    long totalNs;
    long requestBytes;
    long responseBytes;
    long requestBytesCounted;
    long responseBytesCounted;
    long requestDatagrams;
    long responseDatagrams;
    long requestDatagramsCounted;
    long responseDatagramsCounted;

    /**
     * Forgets the interaction before and begins the next. An outcome that is never set is an internal error.
     *
     * @param startMs wall-clock time in milliseconds since 1970
     */
    public void begin(DecisionIds ids, Protocol interactionProtocol, long startMs, long nowNs) {
        ids.next();
        idHigh = ids.high();
        idLow = ids.low();
        protocol = interactionProtocol;
        this.startMs = startMs;
        startNs = nowNs;
        listener = null;
        listenerMetrics = null;
        client = null;
        tls = null;
        serverName = null;
        route = null;
        routeMetrics = null;
        service = null;
        serviceMetrics = null;
        endpoint = null;
        endpointMetrics = null;
        methodTo = 0;
        hostTo = 0;
        targetTo = 0;
        requestIdTo = 0;
        targetCut = false;
        status = 0;
        grpc = false;
        grpcStatus = -1;
        timeoutNs = -1;
        budgetNs = -1;
        hedged = false;
        noRetry = null;
        outcome = Outcome.INTERNAL_ERROR;
        reason = null;
        refusal = -1;
        cutShort = false;
        attempts = 0;
        attemptNs = -1;
        connectNs = -1;
        firstByteNs = -1;
        totalNs = -1;
        requestBytes = 0;
        responseBytes = 0;
        requestBytesCounted = 0;
        responseBytesCounted = 0;
        requestDatagrams = 0;
        responseDatagrams = 0;
        requestDatagramsCounted = 0;
        responseDatagramsCounted = 0;
    }

    /** Who came, and where. */
    public void from(Label listenerName, ListenerMetrics metrics, Label clientAddress) {
        listener = listenerName;
        listenerMetrics = metrics;
        client = clientAddress;
    }

    /** What the client's connection agreed on; null where it is plain. */
    public void tls(@Nullable TlsFacts agreed) {
        tls = agreed;
        serverName = agreed == null ? null : agreed.serverName();
    }

    /** The name that the client asks for in a handshake that is not done, or not by Parley. */
    public void serverName(@Nullable Label name) {
        serverName = name;
    }

    /**
     * What was asked for, copied out of the request's head: each range as begin and end, empty where there is none. Method
     * and host are cut at 32 and 261 bytes, the target at 1 KiB.
     */
    public void request(
            byte[] head, int methodFrom, int methodTo, int hostFrom, int hostTo, int targetFrom, int targetTo) {
        this.methodTo = 0;
        requestIdTo = 0;
        this.methodTo = append(0, head, methodFrom, methodTo, METHOD_BYTES);
        this.hostTo = append(this.methodTo, head, hostFrom, hostTo, HOST_BYTES);
        this.targetTo = append(this.hostTo, head, targetFrom, targetTo, TARGET_BYTES);
        requestIdTo = this.targetTo;
        targetCut = targetTo - targetFrom > TARGET_BYTES;
    }

    /** The X-Request-Id that the client gave and that is believed; call after {@link #request}. Cut at 128 bytes. */
    public void requestId(byte[] head, int from, int to) {
        requestIdTo = append(targetTo, head, from, to, REQUEST_ID_BYTES);
    }

    private int append(int at, byte[] head, int from, int to, int most) {
        int length = Math.clamp(to - from, 0, most);
        if (length == 0) {
            // What a head does not have lies nowhere: HTTP/1.0 may come without a host.
            return at;
        }
        if (text.length < at + length) {
            text = Arrays.copyOf(text, Math.max(128, Integer.highestOneBit(at + length) << 1));
        }
        System.arraycopy(head, from, text, at, length);
        return at + length;
    }

    /** The route that matched. */
    public void route(Label name, RouteMetrics metrics) {
        route = name;
        routeMetrics = metrics;
    }

    /** The service that it is for. */
    public void service(Label name, ServiceMetrics metrics) {
        service = name;
        serviceMetrics = metrics;
    }

    /** An endpoint was chosen and is tried from now on. Each call is one more attempt. */
    public void attempt(Label endpointAddress, EndpointMetrics metrics, long nowNs) {
        endpoint = endpointAddress;
        endpointMetrics = metrics;
        attempts++;
        attemptNs = nowNs;
        connectNs = -1;
        firstByteNs = -1;
    }

    /** A second attempt is made while the first is awaited. */
    public void hedged() {
        hedged = true;
    }

    /** An attempt failed, and no other is made: why. */
    public void noRetry(Label why) {
        noRetry = why;
    }

    /** Of two attempts at a time this one answers. */
    public void settled(Label endpointAddress, EndpointMetrics metrics, long attemptedNs) {
        endpoint = endpointAddress;
        endpointMetrics = metrics;
        attemptNs = attemptedNs;
    }

    /** A connection to the endpoint was made for this attempt; not called for one that is used again. */
    public void connected(long nowNs) {
        connectNs = nowNs - attemptNs;
    }

    /** The first byte of the endpoint's answer came; later calls in the same attempt change nothing. */
    public void firstByte(long nowNs) {
        if (firstByteNs < 0) {
            firstByteNs = nowNs - startNs;
        }
    }

    /** Bytes came from the client, or went to it. */
    public void bytes(long fromClient, long toClient) {
        requestBytes += fromClient;
        responseBytes += toClient;
    }

    /** Datagrams went from the client to the endpoint, or to the client. */
    public void datagrams(long fromClient, long toClient) {
        requestDatagrams += fromClient;
        responseDatagrams += toClient;
    }

    /** The status that the client is sent; 0 stays for TCP and where nothing is sent. */
    public void status(int sent) {
        status = sent;
    }

    /**
     * It is a call of gRPC.
     *
     * @param clientTimeoutNs how long the client waits, from the start; -1 where it does not say
     */
    public void call(long clientTimeoutNs) {
        grpc = true;
        timeoutNs = clientTimeoutNs;
    }

    /** How long it may take in all, in nanoseconds from the start; not called where there is no bound. */
    public void budget(long wholeNs) {
        budgetNs = wholeNs;
    }

    /** The status of a call, from 0 to 16; -1 where the answer has none. */
    public void grpcStatus(int told) {
        grpcStatus = told;
    }

    /** How long the client waits for its call, in nanoseconds from the start; -1 where it does not say. */
    public long timeoutNs() {
        return timeoutNs;
    }

    /** What became of it. */
    public void outcome(Outcome became) {
        outcome = became;
    }

    /**
     * What became of it, and the code of why.
     *
     * @param why a constant: a stable code in snake_case
     */
    public void outcome(Outcome became, Label why) {
        outcome = became;
        reason = why;
    }

    /**
     * The request is refused because of its form or size.
     *
     * @param index the refusal's index in the refusals that the metrics registry was made with
     * @param code its stable code
     */
    public void refused(int index, Label code) {
        outcome(Outcome.REFUSED_REQUEST, code);
        refusal = index;
    }

    /** The answer, or the connection, ended before it was whole: metrics count it as no answer. */
    public void cutShort() {
        cutShort = true;
    }

    /** The interaction is over. */
    public void end(long nowNs) {
        totalNs = nowNs - startNs;
    }

    /** The most significant half of the id. */
    public long idHigh() {
        return idHigh;
    }

    public long idLow() {
        return idLow;
    }

    /** Writes the id as 32 hexadecimal digits, and answers where they end. */
    public int writeId(byte[] to, int at) {
        return JsonText.hex(idLow, to, JsonText.hex(idHigh, to, at));
    }

    public int status() {
        return status;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** The code of why, where there is one. */
    public @Nullable Label reason() {
        return reason;
    }

    public int attempts() {
        return attempts;
    }

    public long requestBytes() {
        return requestBytes;
    }

    public long responseBytes() {
        return responseBytes;
    }

    public @Nullable ServiceMetrics serviceMetrics() {
        return serviceMetrics;
    }

    public @Nullable EndpointMetrics endpointMetrics() {
        return endpointMetrics;
    }
}
