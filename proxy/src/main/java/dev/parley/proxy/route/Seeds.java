package dev.parley.proxy.route;

import java.util.SplittableRandom;

/** Gives each table that is compiled a seed of its own, all drawn from one that comes from outside. */
final class Seeds {
    private final SplittableRandom random;

    Seeds(long seed) {
        this.random = new SplittableRandom(seed);
    }

    long next() {
        return random.nextLong();
    }
}
