package dev.parley.wire.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The classes of bytes that HTTP's grammar speaks of, and searches that look at eight bytes at a time.
 *
 * <p>A search subtracts from all eight bytes of a long at once so that a byte looked for borrows and sets its top bit
 * (Warren, Hacker's Delight, section 6-1). A borrow can flag bytes above a true hit but never below it, and the bytes
 * are loaded little-endian, so that the lowest flag is always the first hit.
 */
public final class Octets {
    public static final byte CR = '\r';
    public static final byte LF = '\n';
    public static final byte SP = ' ';
    public static final byte TAB = '\t';

    private static final byte TOKEN = 1;
    private static final byte PLAIN_TARGET = 2;
    private static final byte HOST = 4;
    private static final byte TEXT = 8;

    private static final byte[] CLASSES = new byte[256];

    static {
        for (int b = 0x21; b < 0x7F; b++) {
            CLASSES[b] |= PLAIN_TARGET;
        }
        forEach("\"#<>\\%?.", PLAIN_TARGET, false);
        for (int b = 0x20; b < 0x100; b++) {
            CLASSES[b] |= TEXT;
        }
        forEach("\t", TEXT, true);
        forEach("\u007F", TEXT, false);
        String alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        forEach(alphanumeric, TOKEN, true);
        forEach("!#$%&'*+-.^_`|~", TOKEN, true);
        forEach(alphanumeric, HOST, true);
        forEach("-._~", HOST, true);
    }

    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;
    private static final long COLONS = ':' * ONES;
    private static final long SPACES = ' ' * ONES;
    private static final long DELETES = 0x7F * ONES;

    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Octets() {}

    /** A byte of a token (RFC 9110, section 5.6.2). */
    public static boolean token(byte b) {
        return (CLASSES[b & 0xFF] & TOKEN) != 0;
    }

    /** A byte of a target that needs no second look: visible ASCII that a URL may hold, other than {@code % ? .}. */
    public static boolean plainTarget(byte b) {
        return (CLASSES[b & 0xFF] & PLAIN_TARGET) != 0;
    }

    /** A byte of a host's name or IPv4 address. */
    public static boolean host(byte b) {
        return (CLASSES[b & 0xFF] & HOST) != 0;
    }

    /** A byte of a field's value: visible, SP, HTAB, or obs-text (RFC 9110, section 5.5). */
    public static boolean text(byte b) {
        return (CLASSES[b & 0xFF] & TEXT) != 0;
    }

    public static boolean digit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** The value of a hex digit, or -1. */
    public static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** The first colon, or {@code to}. */
    public static int colon(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + 8 <= to; at += 8) {
            long word = (long) LONG.get(bytes, at) ^ COLONS;
            long hits = (word - ONES) & ~word & TOPS;
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        while (at < to && bytes[at] != ':') {
            at++;
        }
        return at;
    }

    /** The first control character, which is a byte below 0x20 or DEL, or {@code to}. */
    public static int control(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + 8 <= to; at += 8) {
            long word = (long) LONG.get(bytes, at);
            long deletes = word ^ DELETES;
            long hits = (((word - SPACES) & ~word) | ((deletes - ONES) & ~deletes)) & TOPS;
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        while (at < to && (bytes[at] < 0 || (bytes[at] >= 0x20 && bytes[at] != 0x7F))) {
            at++;
        }
        return at;
    }

    /** Whether the bytes are this ASCII text in lower case, in any case of letters. */
    public static boolean same(byte[] bytes, int from, int to, String lowerCase) {
        if (to - from != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (lower(bytes[from + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    public static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
    }

    private static void forEach(String bytes, byte of, boolean add) {
        for (int i = 0; i < bytes.length(); i++) {
            int at = bytes.charAt(i);
            CLASSES[at] = (byte) (add ? CLASSES[at] | of : CLASSES[at] & ~of);
        }
    }
}
