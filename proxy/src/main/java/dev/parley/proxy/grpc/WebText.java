package dev.parley.proxy.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Base64;

/**
 * The base64 of gRPC-Web's text form. Reads it in parts of any size, and with padding within, since a sender may pad whenever it
 * flushes (grpc/grpc, doc/PROTOCOL-WEB.md). Strict otherwise: no line ends, no bits that padding would lose.
 */
public final class WebText {
    private static final byte[] VALUES = new byte[256];
    private static final int PADDING = -2;
    private static final int INVALID = -1;

    static {
        Arrays.fill(VALUES, (byte) INVALID);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
        }
        VALUES['='] = PADDING;
    }

    private int bits;
    private int letters;
    private int padding;

    /**
     * Reads the next {@code length} bytes of {@code from} and writes what they stand for, at most three quarters of it and two bytes.
     *
     * @return whether they were base64
     */
    public boolean decode(ByteBuf from, int length, ByteBuf to) {
        for (int i = 0; i < length; i++) {
            int value = VALUES[from.readByte() & 0xFF];
            if (value == INVALID || (padding > 0 && value != PADDING)) {
                return false;
            }
            if (value == PADDING) {
                padding++;
            } else {
                bits = (bits << 6) | value;
                letters++;
            }
            if (letters + padding == 4 && !endGroup(to)) {
                return false;
            }
        }
        return true;
    }

    /** Whether all that was read ends where a group of four does. */
    public boolean whole() {
        return letters == 0 && padding == 0;
    }

    private boolean endGroup(ByteBuf to) {
        boolean sound = switch (letters) {
            case 4 -> true;
            case 3 -> (bits & 0x3) == 0;
            case 2 -> (bits & 0xF) == 0;
            default -> false;
        };
        int word = bits << (6 * padding);
        for (int i = 0; i < 3 - padding && sound; i++) {
            to.writeByte(word >>> (16 - 8 * i));
        }
        bits = 0;
        letters = 0;
        padding = 0;
        return sound;
    }

    /** The next {@code length} bytes of {@code from} as base64 with its padding; a copy that is the caller's. */
    static ByteBuf encoded(ByteBuf from, int length) {
        byte[] bytes = new byte[length];
        from.readBytes(bytes);
        return Unpooled.wrappedBuffer(Base64.getEncoder().encode(bytes));
    }
}
