package dev.parley.proxy.exchange;

import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;

/** What an endpoint's side must know of a request besides its bytes. Reused for the next request of its exchange. */
public final class RequestShape {
    private int method = Method.GET;
    private int framing = Framing.NONE;
    private boolean chunksFramed;
    private boolean upgrade;
    private boolean acceptsTrailers;

    void of(RequestHead head) {
        method = head.method();
        framing = head.framing();
        upgrade = head.upgrade() >= 0 || head.protocolFrom() >= 0;
        acceptsTrailers = head.acceptsTrailers();
        chunksFramed = false;
    }

    void copyOf(RequestShape other) {
        method = other.method;
        framing = other.framing;
        upgrade = false;
        acceptsTrailers = other.acceptsTrailers;
        chunksFramed = other.chunksFramed;
    }

    /** The request goes on as a call of gRPC, whose trailers are wanted; its length is no longer known if it was in base64. */
    void bridged(boolean decoded) {
        acceptsTrailers = true;
        if (decoded && framing == Framing.LENGTH) {
            framing = Framing.CHUNKED;
        }
    }

    void chunksFramed(boolean framed) {
        chunksFramed = framed;
    }

    /** A constant of {@link Method}. */
    public int method() {
        return method;
    }

    /** A constant of {@link Framing}; CHUNKED is any body whose length was not announced. */
    public int framing() {
        return framing;
    }

    /** Whether a chunked body comes with the client's own framing, to be sent as it is; else it comes as bare data. */
    public boolean chunksFramed() {
        return chunksFramed;
    }

    /** Whether the request asks to change the protocol (RFC 9110 section 7.8, RFC 8441): only then may the answer do so. */
    public boolean upgrade() {
        return upgrade;
    }

    /** Whether the client said that it reads trailers (RFC 9110 section 10.1.4). */
    public boolean acceptsTrailers() {
        return acceptsTrailers;
    }
}
