package dev.parley.proxy.http1;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.wire.head.FieldBlock;
import java.io.ByteArrayOutputStream;

/** The framing of chunked bodies (RFC 9112 section 7.1) for those that come without it. */
final class Chunks {
    static final byte[] NOTHING = {};
    static final byte[] END = ascii("\r\n");
    static final byte[] LAST = ascii("0\r\n\r\n");
    static final byte[] END_AND_LAST = ascii("\r\n0\r\n\r\n");
    private static final byte[] ZERO = ascii("0\r\n");

    private Chunks() {}

    /** The line that begins a chunk of so many bytes. */
    static byte[] begin(int length) {
        int digits = Math.max(1, (35 - Integer.numberOfLeadingZeros(length)) / 4);
        byte[] line = new byte[digits + 2];
        for (int i = digits - 1, rest = length; i >= 0; i--, rest >>>= 4) {
            line[i] = (byte) Character.forDigit(rest & 0xF, 16);
        }
        line[digits] = '\r';
        line[digits + 1] = '\n';
        return line;
    }

    /** The last chunk, the trailers and the empty line. */
    static byte[] trailers(FieldBlock fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ZERO);
        for (int i = 0; i < fields.count(); i++) {
            out.write(fields.bytes(), fields.lineFrom(i), fields.lineTo(i) - fields.lineFrom(i));
        }
        out.writeBytes(END);
        return out.toByteArray();
    }
}
