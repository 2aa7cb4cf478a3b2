package dev.parley.wire.http2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The header that each frame begins with (RFC 9113, section 4.1): 24 bits of length, 8 of type, 8 of flags, a reserved
 * bit and 31 of stream; and the numbers that frames carry. Offsets are those of the header's first byte.
 */
public final class Frame {
    public static final int HEADER_BYTES = 9;

    /** The size of a payload that everyone takes, and the least that may be announced as the largest. */
    public static final int LEAST_MAX_BYTES = 1 << 14;

    /** The largest payload that may be announced: 2^24 - 1 bytes. */
    public static final int MOST_MAX_BYTES = (1 << 24) - 1;

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

    /** Of DATA and HEADERS. */
    public static final int END_STREAM = 0x1;

    /** Of SETTINGS and PING; the same bit as END_STREAM. */
    public static final int ACK = 0x1;

    /** Of HEADERS, PUSH_PROMISE and CONTINUATION. */
    public static final int END_HEADERS = 0x4;

    /** Of DATA, HEADERS and PUSH_PROMISE. */
    public static final int PADDED = 0x8;

    /** Of HEADERS: five bytes of priority, deprecated, go before the block. */
    public static final int HAS_PRIORITY = 0x20;

    /** Identifiers of settings (section 6.5.2). */
    public static final int SETTINGS_HEADER_TABLE_SIZE = 1;

    public static final int SETTINGS_ENABLE_PUSH = 2;
    public static final int SETTINGS_MAX_CONCURRENT_STREAMS = 3;
    public static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;
    public static final int SETTINGS_MAX_FRAME_SIZE = 5;
    public static final int SETTINGS_MAX_HEADER_LIST_SIZE = 6;

    /** RFC 8441, section 3. */
    public static final int SETTINGS_ENABLE_CONNECT_PROTOCOL = 8;

    /** A setting is its identifier in two bytes and its value in four. */
    public static final int SETTING_BYTES = 6;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private Frame() {}

    /** Bytes of payload, from 0 to 2^24 - 1. */
    public static int length(byte[] bytes, int at) {
        return (int) INT.get(bytes, at) >>> 8;
    }

    /** A type's number; any other than the constants here is to be ignored (section 5.5). */
    public static int type(byte[] bytes, int at) {
        return bytes[at + 3] & 0xFF;
    }

    public static int flags(byte[] bytes, int at) {
        return bytes[at + 4] & 0xFF;
    }

    /** The stream, without the reserved bit; 0 is the connection. */
    public static int stream(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + 5) & Integer.MAX_VALUE;
    }

    /** Writes a header, for which there must be {@link #HEADER_BYTES} bytes of room. */
    public static void write(byte[] bytes, int at, int length, int type, int flags, int stream) {
        INT.set(bytes, at, (length << 8) | type);
        bytes[at + 4] = (byte) flags;
        INT.set(bytes, at + 5, stream);
    }

    /** Four bytes, the highest first: an error code, a window's increment, a setting's value. */
    public static int readInt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    public static void writeInt(byte[] bytes, int at, int value) {
        INT.set(bytes, at, value);
    }

    /** Writes one setting, for which there must be {@link #SETTING_BYTES} bytes of room. */
    public static void writeSetting(byte[] bytes, int at, int identifier, int value) {
        bytes[at] = (byte) (identifier >>> 8);
        bytes[at + 1] = (byte) identifier;
        INT.set(bytes, at + 2, value);
    }
}
