package dev.parley.testkit.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * One frame as it is on the wire (RFC 9113, section 4.1). Nothing is checked, so that a test can say what is wrong.
 *
 * @param type one of the constants here, or any other octet
 * @param flags an octet
 * @param stream 31 bits, and the reserved one above them
 * @param payload at most 2^24 - 1 bytes
 */
public record Frame(int type, int flags, int stream, byte[] payload) {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int NONE = 0;
    public static final int END_STREAM = 0x1;
    public static final int ACK = 0x1;
    public static final int END_HEADERS = 0x4;
    public static final int PADDED = 0x8;
    public static final int WITH_PRIORITY = 0x20;

    /** The last of a message's frames where all of its fields are in one. */
    public static final int END = END_STREAM | END_HEADERS;

    static final int HEAD_BYTES = 9;

    /** A frame whose payload is text in ISO 8859-1. */
    public static Frame of(int type, int flags, int stream, String payload) {
        return new Frame(type, flags, stream, payload.getBytes(ISO_8859_1));
    }

    /** A SETTINGS frame: identifier, value, identifier, value and so on. */
    public static Frame settings(long... pairs) {
        ByteBuffer payload = ByteBuffer.allocate(pairs.length / 2 * 6);
        for (int i = 0; i < pairs.length; i += 2) {
            payload.putShort((short) pairs[i]).putInt((int) pairs[i + 1]);
        }
        return new Frame(SETTINGS, NONE, 0, payload.array());
    }

    public static Frame reset(int stream, ErrorCode code) {
        return new Frame(RST_STREAM, NONE, stream, number(code.number()));
    }

    public static Frame goAway(int lastStream, ErrorCode code) {
        return new Frame(
                GOAWAY,
                NONE,
                0,
                ByteBuffer.allocate(8).putInt(lastStream).putInt(code.number()).array());
    }

    public static Frame windowUpdate(int stream, int increment) {
        return new Frame(WINDOW_UPDATE, NONE, stream, number(increment));
    }

    public static Frame ping(int flags, long content) {
        return new Frame(PING, flags, 0, ByteBuffer.allocate(8).putLong(content).array());
    }

    /** A PRIORITY frame that makes a stream depend on another, with weight 16. */
    public static Frame priority(int stream, int dependsOn) {
        return new Frame(
                PRIORITY,
                NONE,
                stream,
                ByteBuffer.allocate(5).putInt(dependsOn).put((byte) 15).array());
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** The frame with its head of nine bytes. */
    public byte[] bytes() {
        return ByteBuffer.allocate(HEAD_BYTES + payload.length)
                .put((byte) (payload.length >>> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether this is the other side's consent to SETTINGS or answer to PING. */
    public boolean isAck() {
        return (type == SETTINGS || type == PING) && has(ACK);
    }

    /** The code of a RST_STREAM or GOAWAY frame. */
    public ErrorCode errorCode() {
        return ErrorCode.of(ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0));
    }

    /** The last stream that a GOAWAY frame lets pass. */
    public int lastStream() {
        return ByteBuffer.wrap(payload).getInt(0) & Integer.MAX_VALUE;
    }

    /** By how much a WINDOW_UPDATE frame opens a window. */
    public int increment() {
        return ByteBuffer.wrap(payload).getInt(0) & Integer.MAX_VALUE;
    }

    /** The value that a SETTINGS frame gives a setting, where it has it. */
    public OptionalLong setting(int id) {
        OptionalLong value = OptionalLong.empty();
        for (ByteBuffer pairs = ByteBuffer.wrap(payload); pairs.remaining() >= 6; ) {
            int each = pairs.getShort() & 0xffff;
            long its = pairs.getInt() & 0xffffffffL;
            value = each == id ? OptionalLong.of(its) : value;
        }
        return value;
    }

    /** What is in a DATA or HEADERS frame beside padding and priority. */
    byte[] content() {
        int from = 0;
        int padding = 0;
        if (has(PADDED)) {
            padding = payload[0] & 0xff;
            from++;
        }
        if (type == HEADERS && has(WITH_PRIORITY)) {
            from += 5;
        }
        return Arrays.copyOfRange(payload, from, payload.length - padding);
    }

    @Override
    public String toString() {
        String name = switch (type) {
            case DATA -> "DATA";
            case HEADERS -> "HEADERS";
            case PRIORITY -> "PRIORITY";
            case RST_STREAM -> "RST_STREAM " + errorCode();
            case SETTINGS -> "SETTINGS";
            case PUSH_PROMISE -> "PUSH_PROMISE";
            case PING -> "PING";
            case GOAWAY ->
                "GOAWAY %s, last stream %d, '%s'"
                        .formatted(errorCode(), lastStream(), new String(payload, 8, payload.length - 8, ISO_8859_1));
            case WINDOW_UPDATE -> "WINDOW_UPDATE " + increment();
            case CONTINUATION -> "CONTINUATION";
            default -> "type " + type;
        };
        return "%s (stream %d, flags %x, %d bytes)".formatted(name, stream, flags, payload.length);
    }
}
