package dev.parley.proxy.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash of balancing keys and endpoint names: XXH64 with seed 0 (xxhash.com, the specification of 2014), as Envoy
 * uses. The seed is constant so that two Parleys send one key to one endpoint. It resists no one who looks for
 * collisions: such a client can crowd one endpoint, which {@code bounded_load} then spreads.
 */
public final class KeyHash {
    /** 2^64 divided by the golden ratio: steps of it are spread evenly over all 64-bit numbers. */
    static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;
    private static final long P4 = 0x85EBCA77C2B2AE63L;
    private static final long P5 = 0x27D4EB2F165667C5L;

    /** The sum of the first two, which Java would compute the same and the compiler takes for a mistake. */
    private static final long P1_PLUS_P2 = 0x60EA27EEADC0B5D6L;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private KeyHash() {}

    /** The hash of the bytes from {@code from} to before {@code to}; never 0, which means that there is no key. */
    public static long of(byte[] bytes, int from, int to) {
        long hash = xxh64(bytes, from, to);
        return hash == 0 ? 1 : hash;
    }

    /** The finaliser of SplitMix64: each bit of the input changes half of the bits of the output. */
    static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    static long xxh64(byte[] bytes, int from, int to) {
        int at = from;
        long hash = P5;
        if (to - from >= 32) {
            long a = P1_PLUS_P2;
            long b = P2;
            long c = 0;
            long d = -P1;
            for (; at <= to - 32; at += 32) {
                a = round(a, longAt(bytes, at));
                b = round(b, longAt(bytes, at + 8));
                c = round(c, longAt(bytes, at + 16));
                d = round(d, longAt(bytes, at + 24));
            }
            hash = Long.rotateLeft(a, 1) + Long.rotateLeft(b, 7) + Long.rotateLeft(c, 12) + Long.rotateLeft(d, 18);
            hash = merge(merge(merge(merge(hash, a), b), c), d);
        }
        return avalanche(tail(hash + (to - from), bytes, at, to));
    }

    private static long tail(long start, byte[] bytes, int from, int to) {
        long hash = start;
        int at = from;
        for (; at <= to - 8; at += 8) {
            hash = Long.rotateLeft(hash ^ round(0, longAt(bytes, at)), 27) * P1 + P4;
        }
        if (at <= to - 4) {
            hash = Long.rotateLeft(hash ^ ((int) INTS.get(bytes, at) & 0xffffffffL) * P1, 23) * P2 + P3;
            at += 4;
        }
        for (; at < to; at++) {
            hash = Long.rotateLeft(hash ^ (bytes[at] & 0xff) * P5, 11) * P1;
        }
        return hash;
    }

    private static long round(long accumulator, long input) {
        return Long.rotateLeft(accumulator + input * P2, 31) * P1;
    }

    private static long merge(long hash, long accumulator) {
        return (hash ^ round(0, accumulator)) * P1 + P4;
    }

    private static long avalanche(long bits) {
        long hash = (bits ^ (bits >>> 33)) * P2;
        hash = (hash ^ (hash >>> 29)) * P3;
        return hash ^ (hash >>> 32);
    }

    private static long longAt(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }
}
