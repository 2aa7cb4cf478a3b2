package dev.parley.proxy.message;

import dev.parley.wire.head.FieldBlock;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where a head is written before it becomes a buffer: one array for each event loop, grown to the largest head seen. */
public final class HeadBuffer {
    private byte[] bytes = new byte[4096];
    private int end;

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    public void clear() {
        end = 0;
    }

    /** What was written lies in {@link #bytes()} from 0 to here. */
    public int end() {
        return end;
    }

    /** The array itself; valid until the next write. */
    public byte[] bytes() {
        return bytes;
    }

    public void put(byte[] source) {
        put(source, 0, source.length);
    }

    public void put(byte[] source, int from, int to) {
        int length = to - from;
        ensure(length);
        System.arraycopy(source, from, bytes, end, length);
        end += length;
    }

    public void put(char ascii) {
        ensure(1);
        bytes[end++] = (byte) ascii;
    }

    public void putStatus(int status) {
        ensure(3);
        bytes[end] = (byte) ('0' + status / 100);
        bytes[end + 1] = (byte) ('0' + status / 10 % 10);
        bytes[end + 2] = (byte) ('0' + status % 10);
        end += 3;
    }

    public void putNumber(long number) {
        if (number >= 10) {
            putNumber(number / 10);
        }
        put((char) ('0' + number % 10));
    }

    public void putValue(FieldBlock fields, int i) {
        put(fields.bytes(), fields.valueFrom(i), fields.valueTo(i));
    }

    /** Room for {@code length} more bytes; the caller writes them at {@link #end()} and says how many with {@link #advance}. */
    public byte[] reserve(int length) {
        ensure(length);
        return bytes;
    }

    public void advance(int length) {
        end += length;
    }

    private void ensure(int length) {
        if (bytes.length - end < length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, end + length));
        }
    }
}
