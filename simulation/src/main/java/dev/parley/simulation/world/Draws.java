package dev.parley.simulation.world;

import dev.parley.proxy.balance.FastRandom;

/** Draws from distributions, by a seeded sequence. StrictMath makes them the same on every machine. */
public final class Draws {
    private static final double TO_UNIT = 0x1p-53;

    private Draws() {}

    /** From 0 (inclusive) to 1 (exclusive), each as likely as the next. */
    public static double unit(FastRandom random) {
        return (random.nextLong() >>> 11) * TO_UNIT;
    }

    /** Whether something happens that has this chance, from 0 to 1. */
    public static boolean happens(FastRandom random, double chance) {
        return chance > 0 && unit(random) < chance;
    }

    /** A number whose bits are those of a hash of {@code number}, as a key's are; never 0, which is no key. */
    public static long scrambled(long number) {
        return new FastRandom(number).nextLong() | 1;
    }

    /** A time between two events of a Poisson process whose mean distance is {@code mean}. */
    public static double exponential(FastRandom random, double mean) {
        return -StrictMath.log(1 - unit(random)) * mean;
    }

    /** From a normal distribution of mean 0 and deviation 1 (Box and Muller, "A note on the generation of random normal deviates", 1958). */
    public static double normal(FastRandom random) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(random)));
        return radius * StrictMath.cos(2 * Math.PI * unit(random));
    }
}
