package dev.parley.wire.head;

/** How the end of a message's body is found (RFC 9112, section 6.3). */
public final class Framing {
    /** No body follows the head: none was announced, its announced length is zero, or the message cannot have one. */
    public static final int NONE = 0;

    /** The body is as many bytes as Content-Length says, and at least one. */
    public static final int LENGTH = 1;

    /** The body is in the chunked coding and ends where that says. */
    public static final int CHUNKED = 2;

    /** The body of a response ends where the connection does. Never true of a request. */
    public static final int UNTIL_CLOSE = 3;

    private Framing() {}
}
