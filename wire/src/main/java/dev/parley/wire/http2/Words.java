package dev.parley.wire.http2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Copies, compares and hashes texts eight bytes at a time, which for the lengths of fields is faster than the JDK's calls
 * into stubs that are made for long arrays. Hashes only find: equality is always told by the bytes, so that a clash costs
 * time alone.
 */
final class Words {
    /** Bytes beyond a text that {@link #copy} may read and write. */
    static final int SLACK = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** The golden ratio's fraction, for multiplicative hashing (Knuth, The Art of Computer Programming, 6.4). */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final int ROTATION = 29;
    private static final long CASE = 0x2020202020202020L;

    /** What is longer is left to the JDK. */
    private static final int SHORT = 128;

    private Words() {}

    /** Copies between two arrays, and up to {@link #SLACK} bytes more, for which there must be room in both. */
    static void copy(byte[] from, int begin, byte[] to, int at, int length) {
        if (length > SHORT) {
            System.arraycopy(from, begin, to, at, length);
            return;
        }
        for (int i = 0; i < length; i += 8) {
            LONG.set(to, at + i, (long) LONG.get(from, begin + i));
        }
    }

    /** Whether the texts are the same byte for byte. */
    static boolean same(byte[] a, int aFrom, byte[] b, int bFrom, int length) {
        if (length < 8) {
            for (int i = 0; i < length; i++) {
                if (a[aFrom + i] != b[bFrom + i]) {
                    return false;
                }
            }
            return true;
        }
        int last = length - 8;
        for (int i = 0; i < last; i += 8) {
            if ((long) LONG.get(a, aFrom + i) != (long) LONG.get(b, bFrom + i)) {
                return false;
            }
        }
        return (long) LONG.get(a, aFrom + last) == (long) LONG.get(b, bFrom + last);
    }

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
            return mix(hash, first | (last << 32) | set);
        }
        long word = 0;
        for (int at = from; at < to; at++) {
            word = (word << 8) | (bytes[at] & 0xFF);
        }
        return mix(hash, word | set);
    }

    private static long mix(long hash, long word) {
        long product = (hash ^ word) * GOLDEN;
        return Long.rotateLeft(product, ROTATION) ^ (product >>> 32);
    }
}
