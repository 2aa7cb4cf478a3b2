package dev.parley.wire.head;

/**
 * The head of one response, as offsets into the bytes received. Filled by a parser, reused for the next response, read
 * by one thread.
 */
public final class ResponseHead {
    private final FieldBlock fields = new FieldBlock();

    private int status;
    private int minorVersion;
    private int reasonFrom;
    private int reasonTo;
    private int framing;
    private long contentLength;
    private boolean keepAlive;
    private int bodyFrom;
    private boolean http2;

    public byte[] bytes() {
        return fields.bytes();
    }

    public FieldBlock fields() {
        return fields;
    }

    /** From 100 to 599. */
    public int status() {
        return status;
    }

    /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
    public int minorVersion() {
        return minorVersion;
    }

    /** The reason phrase, often empty, never to be relied upon (RFC 9112, section 4). */
    public int reasonFrom() {
        return reasonFrom;
    }

    public int reasonTo() {
        return reasonTo;
    }

    /** A constant of {@link Framing}, with the request's method taken into account. */
    public int framing() {
        return framing;
    }

    /** In bytes, as announced, which a response to HEAD or a 304 may do without a body; -1 where it was not. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the server means to go on using the connection; never so where the body ends with it. */
    public boolean keepAlive() {
        return keepAlive;
    }

    /** Whether it came over HTTP/2; its version is told as 1.1 then. */
    public boolean http2() {
        return http2;
    }

    /** Where the head ends and the body begins. */
    public int bodyFrom() {
        return bodyFrom;
    }

    /** For parsers: forgets the last response. */
    public void start(byte[] source) {
        fields.start(source);
        http2 = false;
    }

    /** For parsers: the head came over HTTP/2. */
    public void http2(boolean came) {
        http2 = came;
    }

    /** For parsers. */
    public void statusLine(int minorVersion, int status, int reasonFrom, int reasonTo) {
        this.minorVersion = minorVersion;
        this.status = status;
        this.reasonFrom = reasonFrom;
        this.reasonTo = reasonTo;
    }

    /** For parsers. */
    public void body(int framing, long contentLength, boolean keepAlive, int bodyFrom) {
        this.framing = framing;
        this.contentLength = contentLength;
        this.keepAlive = keepAlive;
        this.bodyFrom = bodyFrom;
    }
}
