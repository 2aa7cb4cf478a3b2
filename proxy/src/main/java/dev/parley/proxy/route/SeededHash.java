package dev.parley.proxy.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of bytes under a secret seed, eight bytes a step: the multiply-and-fold of wyhash.
 *
 * <p>The seed keeps whoever writes routes from choosing names that meet in one place of a table. Nor can clients
 * choose keys that share a token bucket. It is no cryptographic hash.
 */
public final class SeededHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long WORD = 0xA0761D6478BD642FL;
    private static final long TAIL = 0xE7037ED1A0B428DBL;
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private SeededHash() {}

    public static long of(long seed, byte[] bytes, int from, int to) {
        long hash = seed ^ ((to - from) * STEP);
        int at = from;
        for (; at + 8 <= to; at += 8) {
            hash = fold(hash ^ (long) LONG.get(bytes, at), WORD);
        }
        long tail = 0;
        for (; at < to; at++) {
            tail = (tail << 8) | (bytes[at] & 0xFF);
        }
        return fold(hash ^ tail, TAIL);
    }

    static long of(long seed, byte[] bytes) {
        return of(seed, bytes, 0, bytes.length);
    }

    /** One byte more, for a hash that is wanted at every length on the way. */
    static long step(long hash, int next) {
        long mixed = (hash ^ next) * STEP;
        return mixed ^ (mixed >>> 32);
    }

    private static long fold(long a, long b) {
        return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
    }
}
