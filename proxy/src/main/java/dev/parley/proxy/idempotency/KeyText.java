package dev.parley.proxy.idempotency;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value of an Idempotency-Key: a String of Structured Fields (RFC 9651 section 3.3.3), whose parameters say nothing here. A key
 * without quotes is taken too, as most clients send it so, and is the same as the one with quotes.
 */
final class KeyText {
    /** The longest key, as Stripe has it. */
    static final int MOST_BYTES = 255;

    private KeyText() {}

    /** The key between two offsets; null where it is none: empty, too long, or with bytes that it may not have. */
    static byte @Nullable [] read(byte[] bytes, int from, int to) {
        return from < to && bytes[from] == '"' ? quoted(bytes, from + 1, to) : bare(bytes, from, to);
    }

    private static byte @Nullable [] quoted(byte[] bytes, int from, int to) {
        byte[] key = new byte[Math.min(to - from, MOST_BYTES)];
        int length = 0;
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b == '"') {
                return length > 0 && parametersOrNothing(bytes, at + 1, to) ? Arrays.copyOf(key, length) : null;
            }
            if (b == '\\') {
                b = ++at < to ? bytes[at] : 0;
                if (b != '"' && b != '\\') {
                    return null;
                }
            }
            if (b < ' ' || b > '~' || length == MOST_BYTES) {
                return null;
            }
            key[length++] = b;
        }
        return null;
    }

    private static boolean parametersOrNothing(byte[] bytes, int from, int to) {
        if (from < to && bytes[from] != ';') {
            return false;
        }
        for (int at = from; at < to; at++) {
            // Another member of a list would be another key.
            if (bytes[at] < ' ' || bytes[at] > '~' || bytes[at] == ',') {
                return false;
            }
        }
        return true;
    }

    private static byte @Nullable [] bare(byte[] bytes, int from, int to) {
        if (from == to || to - from > MOST_BYTES) {
            return null;
        }
        byte[] key = new byte[to - from];
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b <= ' ' || b > '~' || b == '"' || b == '\\' || b == ',' || b == ';') {
                return null;
            }
            key[at - from] = b;
        }
        return key;
    }
}
