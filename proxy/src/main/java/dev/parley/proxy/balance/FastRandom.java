package dev.parley.proxy.balance;

/**
 * A random sequence for one event loop: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014). The same seed gives the same sequence, so that a simulation can be run again. Not for
 * secrets, and not for two threads.
 */
public final class FastRandom {
    private long state;

    public FastRandom(long seed) {
        state = seed;
    }

    public long nextLong() {
        state += KeyHash.GOLDEN;
        return KeyHash.mix(state);
    }

    /** A number from 0 to {@code bound - 1}; its bias is below bound / 2^32 (Lemire's multiplication, no rejection). */
    public int nextInt(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }
}
