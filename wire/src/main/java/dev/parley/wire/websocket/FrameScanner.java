package dev.parley.wire.websocket;

import java.nio.ByteBuffer;

/**
 * Follows the frames that one side sends (RFC 6455 section 5.2) without touching a payload: each header is read, and its payload
 * stepped over. What the frames mean, and whether they are allowed, is the endpoints' business. Only a length with its highest bit
 * set, which the RFC rules out, leaves no place for the next frame: framing is lost then, for good.
 *
 * <p>Holds three words and no buffer; costs a few instructions a frame and none a byte.
 */
public final class FrameScanner {
    private static final int OPCODE_CLOSE = 0x8;
    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final int MASKING_KEY_BYTES = 4;

    /** Bytes of the frame that are still to come behind the length. */
    private long rest;
    /** Bytes of the extended length that are still to come, and those that came. */
    private int lengthBytesDue;

    private long length;
    private boolean inHeader;
    private boolean close;
    private boolean masked;
    private boolean closeSeen;
    private boolean lost;

    /** Whether the next byte begins a frame. */
    public boolean atBoundary() {
        return !inHeader && rest == 0 && lengthBytesDue == 0 && !lost;
    }

    /** Whether a whole Close frame was seen: its sender sends nothing more (section 5.5.1). */
    public boolean closeSeen() {
        return closeSeen;
    }

    /** Whether framing was lost: what follows cannot be followed. */
    public boolean lost() {
        return lost;
    }

    /** Follows {@code bytes[from..to)}, whatever its position and limit. */
    public void scan(ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at < to && !lost) {
            at = step(bytes, at, to);
        }
    }

    /**
     * Follows {@code bytes[from..to)} up to the first place at which a frame ends.
     *
     * @return that place, or -1 where no frame ends in there
     */
    public int scanToBoundary(ByteBuffer bytes, int from, int to) {
        int at = from;
        while (at < to && !lost) {
            at = step(bytes, at, to);
            if (atBoundary()) {
                return at;
            }
        }
        return -1;
    }

    /** Goes on by one part of a frame: its first byte, its second, one of its length, or what there is of the rest. */
    private int step(ByteBuffer bytes, int at, int to) {
        if (inHeader) {
            second(bytes.get(at));
            return at + 1;
        }
        if (lengthBytesDue > 0) {
            lengthByte(bytes.get(at));
            return at + 1;
        }
        if (rest > 0) {
            int step = (int) Math.min(rest, to - at);
            rest -= step;
            whole();
            return at + step;
        }
        inHeader = true;
        close = (bytes.get(at) & 0x0F) == OPCODE_CLOSE;
        return at + 1;
    }

    private void second(byte read) {
        inHeader = false;
        masked = (read & MASKED) != 0;
        int small = read & 0x7F;
        length = 0;
        switch (small) {
            case LENGTH_16 -> lengthBytesDue = Short.BYTES;
            case LENGTH_64 -> lengthBytesDue = Long.BYTES;
            default -> begin(small);
        }
    }

    private void lengthByte(byte read) {
        length = (length << 8) | (read & 0xFF);
        if (--lengthBytesDue == 0) {
            begin(length);
        }
    }

    private void begin(long payload) {
        rest = payload + (masked ? MASKING_KEY_BYTES : 0);
        // Below zero too where the key is what makes it too long.
        lost = payload < 0 || rest < 0;
        whole();
    }

    private void whole() {
        closeSeen |= close && rest == 0 && !lost;
    }
}
