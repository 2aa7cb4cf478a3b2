package dev.parley.wire.http2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Hashes of names and values, eight bytes at a time. Equality is always told by the bytes, so that a clash costs time alone. */
final class Pairs {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** The golden ratio's fraction, for multiplicative hashing (Knuth, The Art of Computer Programming, 6.4). */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final int ROTATION = 29;
    private static final long CASE = 0x2020202020202020L;

    private Pairs() {}

    /** The hash of a value under a name's; never 0. */
    static int hash(long nameHash, byte[] bytes, int from, int to) {
        long hash = words(nameHash * GOLDEN, bytes, from, to, 0);
        return (int) (hash >>> 32) | 1;
    }

    /** The hash of a name in any case of letters; some other bytes are taken for each other too. */
    static long nameHash(byte[] bytes, int from, int to) {
        return words(GOLDEN, bytes, from, to, CASE);
    }

    private static long words(long seed, byte[] bytes, int from, int to, long set) {
        int length = to - from;
        long hash = seed + length;
        if (length >= 8) {
            for (int at = from; at < to - 8; at += 8) {
                hash = mix(hash, (long) LONG.get(bytes, at) | set);
            }
            return mix(hash, (long) LONG.get(bytes, to - 8) | set);
        }
        if (length >= 4) {
            long first = (int) INT.get(bytes, from) & 0xFFFFFFFFL;
            long last = (int) INT.get(bytes, to - 4);
            return mix(hash, first | last << 32 | set);
        }
        long word = 0;
        for (int at = from; at < to; at++) {
            word = word << 8 | bytes[at] & 0xFF;
        }
        return mix(hash, word | set);
    }

    private static long mix(long hash, long word) {
        long product = (hash ^ word) * GOLDEN;
        return Long.rotateLeft(product, ROTATION) ^ product >>> 32;
    }
}
