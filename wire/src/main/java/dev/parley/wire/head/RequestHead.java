package dev.parley.wire.head;

/**
 * The head of one request: what it asks for, of whom, and how its body ends, as offsets into the bytes received.
 *
 * <p>Filled by a parser, reused for the next request, read by one thread. All offsets are into {@link #bytes()}; an
 * absent part is -1, -1. What is told here has been checked: the target has no dot segments, the authority is one host
 * with an optional port, the framing has one reading.
 */
public final class RequestHead {
    private final FieldBlock fields = new FieldBlock();

    private int method;
    private int methodFrom;
    private int methodTo;
    private int targetFrom;
    private int targetTo;
    private int pathTo;
    private int queryFrom;
    private int authorityFrom;
    private int authorityTo;
    private int hostTo;
    private boolean absoluteForm;
    private boolean asterisk;
    private int minorVersion;
    private int framing;
    private long contentLength;
    private boolean keepAlive;
    private boolean expectContinue;
    private boolean acceptsTrailers;
    private int upgrade;
    private int bodyFrom;
    private boolean http2;
    private int schemeFrom;
    private int schemeTo;
    private int protocolFrom;
    private int protocolTo;

    public byte[] bytes() {
        return fields.bytes();
    }

    public FieldBlock fields() {
        return fields;
    }

    /** A constant of {@link Method}. */
    public int method() {
        return method;
    }

    /** Whether the request may be sent again without harm, by its method (RFC 9110, section 9.2.2). */
    public boolean idempotent() {
        return Method.idempotent(method);
    }

    public int methodFrom() {
        return methodFrom;
    }

    public int methodTo() {
        return methodTo;
    }

    /**
     * The origin-form to forward, path and query: for a target in absolute-form, what follows the authority. Where
     * {@link #emptyPath()} holds, a "/" goes before it.
     */
    public int targetFrom() {
        return targetFrom;
    }

    public int targetTo() {
        return targetTo;
    }

    public int pathFrom() {
        return targetFrom;
    }

    public int pathTo() {
        return pathTo;
    }

    /** Behind the "?", or -1 where there is none. */
    public int queryFrom() {
        return queryFrom;
    }

    public int queryTo() {
        return queryFrom < 0 ? -1 : targetTo;
    }

    /** Whether the target was in absolute-form and had no path, so that "/" goes before what is forwarded. */
    public boolean emptyPath() {
        return pathTo == targetFrom;
    }

    /**
     * Whether OPTIONS is asked of the whole server: "*" was sent, or an absolute-form with neither path nor query, which
     * the last proxy should send on as "*" (RFC 9112, section 3.2.4). In the second case {@link #emptyPath()} holds too.
     */
    public boolean asterisk() {
        return asterisk;
    }

    /** Whom the request is for, with the port where one was given: from Host, or from an absolute-form target. */
    public int authorityFrom() {
        return authorityFrom;
    }

    public int authorityTo() {
        return authorityTo;
    }

    /** The authority's host without the port; an IPv6 address is told in its brackets. */
    public int hostFrom() {
        return authorityFrom;
    }

    public int hostTo() {
        return hostTo;
    }

    public boolean absoluteForm() {
        return absoluteForm;
    }

    /** 0 for HTTP/1.0, 1 for HTTP/1.1, and 1 for HTTP/2, whose heads mean the same. */
    public int minorVersion() {
        return minorVersion;
    }

    /** A constant of {@link Framing}; never UNTIL_CLOSE. */
    public int framing() {
        return framing;
    }

    /** In bytes, as announced; -1 where it was not. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the client means to go on using the connection (RFC 9112, section 9.3). */
    public boolean keepAlive() {
        return keepAlive;
    }

    /** Whether the client may be waiting for a 100 before it sends the body. HTTP/1.0 never is (RFC 9110, section 10.1.1). */
    public boolean expectContinue() {
        return expectContinue;
    }

    /** Whether TE says that the client will read trailers (RFC 9110, section 10.1.4). */
    public boolean acceptsTrailers() {
        return acceptsTrailers;
    }

    /**
     * The one Upgrade field, where Connection nominates it and the request may be tunnelled: HTTP/1.1, no body, and no
     * change to HTTP/2 asked for, which would carry requests past every rule here. Else -1.
     */
    public int upgrade() {
        return upgrade;
    }

    /** Where the head ends and the body begins. */
    public int bodyFrom() {
        return bodyFrom;
    }

    /**
     * Whether the request came over HTTP/2. Its {@link Framing#CHUNKED} then says that the length of the body is not
     * known, and the body is what DATA frames bring.
     */
    public boolean http2() {
        return http2;
    }

    /** The scheme that an HTTP/2 client named, "http" or "https" in any case; -1 over HTTP/1. */
    public int schemeFrom() {
        return schemeFrom;
    }

    public int schemeTo() {
        return schemeTo;
    }

    /** What an extended CONNECT (RFC 8441) asks for, "websocket" say, or -1. */
    public int protocolFrom() {
        return protocolFrom;
    }

    public int protocolTo() {
        return protocolTo;
    }

    /** For parsers: forgets the last request. */
    public void start(byte[] source) {
        fields.start(source);
        absoluteForm = false;
        asterisk = false;
        authority(-1, -1, -1);
        http2 = false;
        scheme(-1, -1);
        protocol(-1, -1);
    }

    /** For parsers: the request came over HTTP/2. */
    public void http2(boolean http2) {
        this.http2 = http2;
    }

    /** For parsers. */
    public void scheme(int from, int to) {
        this.schemeFrom = from;
        this.schemeTo = to;
    }

    /** For parsers. */
    public void protocol(int from, int to) {
        this.protocolFrom = from;
        this.protocolTo = to;
    }

    /** For parsers. */
    public void method(int method, int from, int to) {
        this.method = method;
        this.methodFrom = from;
        this.methodTo = to;
    }

    /** For parsers: the query begins behind its "?", or is -1. */
    public void target(int from, int pathTo, int queryFrom, int to) {
        this.targetFrom = from;
        this.pathTo = pathTo;
        this.queryFrom = queryFrom;
        this.targetTo = to;
    }

    /** For parsers. */
    public void form(boolean absoluteForm, boolean asterisk) {
        this.absoluteForm = absoluteForm;
        this.asterisk = asterisk;
    }

    /** For parsers. */
    public void authority(int from, int hostTo, int to) {
        this.authorityFrom = from;
        this.hostTo = hostTo;
        this.authorityTo = to;
    }

    /** For parsers. */
    public void version(int minorVersion) {
        this.minorVersion = minorVersion;
    }

    /** For parsers. */
    public void body(int framing, long contentLength, int bodyFrom) {
        this.framing = framing;
        this.contentLength = contentLength;
        this.bodyFrom = bodyFrom;
    }

    /** For parsers. */
    public void connection(boolean keepAlive, boolean expectContinue, boolean acceptsTrailers, int upgrade) {
        this.keepAlive = keepAlive;
        this.expectContinue = expectContinue;
        this.acceptsTrailers = acceptsTrailers;
        this.upgrade = upgrade;
    }
}
