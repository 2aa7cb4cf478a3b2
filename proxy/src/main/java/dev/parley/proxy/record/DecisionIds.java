package dev.parley.proxy.record;

import java.util.random.RandomGenerator;

/**
 * Makes the ids of decisions for one event loop: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012) of a
 * counter, under a key drawn at start. Two ids are the same with a probability that can be ignored, and who has seen any
 * number of ids cannot tell the next: an id may be shown to a client and still be a fair proof of having been there.
 */
public final class DecisionIds {
    private final long key0;
    private final long key1;
    private long counter;
    private long high;
    private long low;

    /** @param random a cryptographic source, such as {@code SecureRandom}; asked for 16 bytes */
    public DecisionIds(RandomGenerator random) {
        this(random.nextLong(), random.nextLong());
    }

    DecisionIds(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** Makes an id, which {@link #high} and {@link #low} then answer. */
    public void next() {
        hash(counter++);
    }

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    /** SipHash of a message of eight bytes, whose halves are left in the bytes' order of the reference. */
    void hash(long message) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        long lengthBlock = 8L << 56;
        // Two rounds for each of the two blocks, four for each half of the output: twelve in all.
        for (int round = 0; round < 12; round++) {
            switch (round) {
                case 0 -> v3 ^= message;
                case 2 -> {
                    v0 ^= message;
                    v3 ^= lengthBlock;
                }
                case 4 -> {
                    v0 ^= lengthBlock;
                    v2 ^= 0xee;
                }
                case 8 -> {
                    high = Long.reverseBytes(v0 ^ v1 ^ v2 ^ v3);
                    v1 ^= 0xdd;
                }
                default -> {}
            }
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        low = Long.reverseBytes(v0 ^ v1 ^ v2 ^ v3);
    }
}
