package dev.parley.proxy.route;

import java.util.Arrays;

/**
 * Reads parameters of a query as forms write them (WHATWG URL, section 5.1): pairs divided by {@code &}, spaces written
 * as {@code +}, other bytes percent-encoded. Only what is asked for is decoded, and only where it needs decoding.
 */
final class QueryText {
    private static final long ABSENT = -1;

    private QueryText() {}

    /** Where the value of the first parameter of that name lies, for {@link #from} and {@link #to}; negative if absent. */
    static long first(byte[] bytes, int from, int to, byte[] name) {
        for (int pair = from; pair >= 0 && pair <= to; ) {
            int pairTo = ByteScan.indexOf(bytes, pair, to, '&');
            int nameTo = ByteScan.indexOf(bytes, pair, pairTo, '=');
            if (nameTo > pair && decodesTo(bytes, pair, nameTo, name)) {
                return ((long) Math.min(nameTo + 1, pairTo) << 32) | pairTo;
            }
            pair = pairTo + 1;
        }
        return ABSENT;
    }

    static int from(long value) {
        return (int) (value >> 32);
    }

    static int to(long value) {
        return (int) value;
    }

    static boolean encoded(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '%' || bytes[at] == '+') {
                return true;
            }
        }
        return false;
    }

    /** A copy without its encoding. A percent sign without two hex digits stands for itself. */
    static byte[] decoded(byte[] bytes, int from, int to) {
        byte[] decoded = new byte[to - from];
        int length = 0;
        for (int at = from; at < to; at += width(bytes, at, to)) {
            decoded[length++] = (byte) octet(bytes, at, to);
        }
        return Arrays.copyOf(decoded, length);
    }

    /** Whether the bytes stand for these others, found without a copy. */
    static boolean decodesTo(byte[] bytes, int from, int to, byte[] wanted) {
        int matched = 0;
        for (int at = from; at < to; at += width(bytes, at, to)) {
            if (matched == wanted.length || (byte) octet(bytes, at, to) != wanted[matched]) {
                return false;
            }
            matched++;
        }
        return matched == wanted.length;
    }

    private static int octet(byte[] bytes, int at, int to) {
        if (bytes[at] == '+') {
            return ' ';
        }
        int octet = bytes[at] == '%' ? PathBytes.octet(bytes, at, to) : -1;
        return octet < 0 ? bytes[at] : octet;
    }

    private static int width(byte[] bytes, int at, int to) {
        return bytes[at] == '%' && PathBytes.octet(bytes, at, to) >= 0 ? 3 : 1;
    }
}
