package dev.parley.wire.http2;

import java.util.Arrays;

/**
 * Bytes being written, kept from head to head: a header block on its way out, or the lines of a head decoded. It grows
 * and is not given back; the writers bound how far. One thread at a time.
 */
public final class HeaderBlock {
    private static final int INITIAL_BYTES = 512;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;

    /** What has been written is from 0 to {@link #length()}. Another array whenever it has grown. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Sets how much has been written, or goes back to there. */
    public void length(int length) {
        this.length = length;
    }

    public void clear() {
        length = 0;
    }

    /** Writes a part of other bytes behind what is there. */
    void append(byte[] from, int begin, int end) {
        int at = length;
        System.arraycopy(from, begin, room(at, end - begin), at, end - begin);
        length = at + end - begin;
    }

    /** The array, with room for so many bytes behind {@code at}. */
    byte[] room(int at, int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(at, more)));
        }
        return bytes;
    }
}
