package dev.parley.proxy.exchange;

import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.record.Decision;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What an endpoint's side must know of a request besides its bytes. Reused for the next request of its exchange. */
public final class RequestShape {
    private static final byte[] NO_KEY = {};

    private int method = Method.GET;
    private int framing = Framing.NONE;
    private boolean chunksFramed;
    private boolean upgrade;
    private boolean acceptsTrailers;
    private boolean keyIsOurs;
    private byte[] key = NO_KEY;
    private byte[] protocol = NO_KEY;

    void of(RequestHead head, Decision decision) {
        boolean extendedConnect = head.protocolFrom() >= 0;
        method = extendedConnect ? Method.GET : head.method();
        // What a client sends through a tunnel is none of its request.
        framing = extendedConnect ? Framing.NONE : head.framing();
        upgrade = head.upgrade() >= 0 || extendedConnect;
        keyIsOurs = extendedConnect;
        key = extendedConnect ? WebSocketKey.of(decision.idHigh(), decision.idLow()) : upgrade ? keyOf(head) : NO_KEY;
        protocol = upgrade ? protocolOf(head) : NO_KEY;
        acceptsTrailers = head.acceptsTrailers();
        chunksFramed = false;
    }

    private static byte[] keyOf(RequestHead head) {
        FieldBlock fields = head.fields();
        int field = fields.find(WebSocketKey.KEY);
        return field < 0 ? NO_KEY : Arrays.copyOfRange(fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
    }

    private static byte[] protocolOf(RequestHead head) {
        return head.protocolFrom() >= 0
                ? Arrays.copyOfRange(head.bytes(), head.protocolFrom(), head.protocolTo())
                : Arrays.copyOfRange(
                        head.bytes(),
                        head.fields().valueFrom(head.upgrade()),
                        head.fields().valueTo(head.upgrade()));
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

    /** The Sec-WebSocket-Key that an endpoint of HTTP/1.1 is sent; empty where there is none. */
    public byte[] key() {
        return key;
    }

    /** Whether that key is Parley's own, whose answer nobody else will check. */
    public boolean keyIsOurs() {
        return keyIsOurs;
    }

    /** The protocol that is asked for, where one is. */
    public byte[] protocol() {
        return protocol;
    }

    /** Whether the protocol that is asked for is WebSocket. */
    boolean webSocket() {
        return new String(protocol, StandardCharsets.US_ASCII).equalsIgnoreCase("websocket");
    }

    /** Whether the client said that it reads trailers (RFC 9110 section 10.1.4). */
    public boolean acceptsTrailers() {
        return acceptsTrailers;
    }
}
