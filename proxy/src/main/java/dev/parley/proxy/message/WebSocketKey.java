package dev.parley.proxy.message;

import dev.parley.wire.head.FieldBlock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The handshake by which HTTP/1.1 agrees on WebSocket (RFC 6455 section 4), for the side of a tunnel that speaks it where the other side
 * does not.
 */
public final class WebSocketKey {
    /** The field that a client sends its nonce in. */
    public static final byte[] KEY = ascii("sec-websocket-key");
    /** The field that proves that the server has understood. */
    public static final byte[] ACCEPT = ascii("sec-websocket-accept");

    private static final byte[] GUID = ascii("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    private static final int NONCE_BYTES = 16;

    private WebSocketKey() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A key of 24 characters. The nonce is to be new each time and guards nothing; the halves of a random id will do. */
    public static byte[] of(long high, long low) {
        byte[] nonce = new byte[NONCE_BYTES];
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[i] = (byte) (high >>> (8 * i));
            nonce[Long.BYTES + i] = (byte) (low >>> (8 * i));
        }
        return Base64.getEncoder().encode(nonce);
    }

    /** What a server answers to a key. */
    public static byte[] accept(byte[] key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(key);
            return Base64.getEncoder().encode(sha1.digest(GUID));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every JDK has SHA-1", impossible);
        }
    }

    /** Whether a server's fields have the answer to a key. */
    public static boolean accepted(FieldBlock fields, byte[] key) {
        int field = fields.find(ACCEPT);
        byte[] expected = accept(key);
        if (field < 0 || fields.valueTo(field) - fields.valueFrom(field) != expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (fields.bytes()[fields.valueFrom(field) + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
