package dev.parley.proxy.http2;

import java.nio.charset.StandardCharsets;

/** What a client's side of a connection begins with (RFC 9113 section 3.4). */
public final class Preface {
    static final byte[] BYTES = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Preface() {}

    /** Whether these bytes are the preface, or so far could become it. */
    public static boolean begins(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, BYTES.length);
        for (int i = 0; i < length; i++) {
            if (bytes[from + i] != BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    /** How many bytes it has. */
    public static int length() {
        return BYTES.length;
    }
}
