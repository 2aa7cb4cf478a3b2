package dev.parley.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.http2.HpackEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a call of gRPC (grpc/grpc, doc/PROTOCOL-HTTP2.md): a message is one byte that says whether it is
 * compressed, its length in four, and here a protobuf message whose field 1 is a text.
 */
final class Grpc {
    static final String TYPE = "application/grpc";
    static final int OK = 0;
    static final int UNIMPLEMENTED = 12;
    static final int UNAVAILABLE = 14;

    private static final byte[] STATUS = ascii("grpc-status");
    private static final int PREFIX_BYTES = 5;

    /** Field 1, of wire type 2: bytes with their length before them. */
    private static final byte FIELD_ONE = 0x0A;

    /** Lengths of up to 127 take one byte of protobuf's varint. */
    private static final int MOST_TEXT_BYTES = 127;

    private Grpc() {}

    /** {@code message Text { string text = 1; }} behind its prefix; the text has at most 127 bytes. */
    static byte[] message(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length > MOST_TEXT_BYTES) {
            throw new IllegalArgumentException("%d bytes are too long a text.".formatted(bytes.length));
        }
        byte[] message = new byte[PREFIX_BYTES + 2 + bytes.length];
        message[PREFIX_BYTES - 1] = (byte) (2 + bytes.length);
        message[PREFIX_BYTES] = FIELD_ONE;
        message[PREFIX_BYTES + 1] = (byte) bytes.length;
        System.arraycopy(bytes, 0, message, PREFIX_BYTES + 2, bytes.length);
        return message;
    }

    /** The text of such a message; anything else is an exception. */
    static String text(byte[] message) throws IOException {
        int length = message.length - PREFIX_BYTES - 2;
        if (length < 0
                || length > MOST_TEXT_BYTES
                || message[0] != 0
                || message[PREFIX_BYTES - 1] != length + 2
                || message[PREFIX_BYTES] != FIELD_ONE
                || message[PREFIX_BYTES + 1] != length) {
            throw new IOException("%d bytes are not one message of the demo.".formatted(message.length));
        }
        return new String(message, PREFIX_BYTES + 2, length, UTF_8);
    }

    /** Writes a field of a head or of trailers. */
    static void field(HpackEncoder out, String name, String value) {
        byte[] nameBytes = ascii(name);
        byte[] bytes = ascii(value);
        out.field(FieldId.of(nameBytes, 0, nameBytes.length), nameBytes, bytes, 0, bytes.length);
    }

    /** Writes how a call ended. */
    static void status(HpackEncoder out, int status) {
        field(out, "grpc-status", Integer.toString(status));
    }

    /** How a call ended, or -1 where these fields do not say. */
    static int status(FieldBlock fields) throws IOException {
        int at = fields.find(STATUS);
        if (at < 0) {
            return -1;
        }
        String value = text(fields.bytes(), fields.valueFrom(at), fields.valueTo(at));
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException notAStatus) {
            throw new IOException("'%s' is not a status of gRPC.".formatted(value), notAStatus);
        }
    }

    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
