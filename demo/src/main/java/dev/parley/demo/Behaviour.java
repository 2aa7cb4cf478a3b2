package dev.parley.demo;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How an endpoint behaves, which the demo changes while it runs: a letter on its standard input says how from now on. For this
 * process as a whole, as a fault would be.
 */
enum Behaviour {
    NORMAL('n'),
    /** A hundred times slower. */
    SLOW('s'),
    /** Each answer is a 500, at once. */
    ERRORS('e'),
    /** Each connection is closed in place of an answer. */
    RESETS('r');

    private static final int SLOWER = 100;

    private static volatile Behaviour present = NORMAL;

    private final char letter;

    Behaviour(char letter) {
        this.letter = letter;
    }

    /** What says so on standard input. */
    char letter() {
        return letter;
    }

    /** How this process behaves now. */
    static Behaviour present() {
        return present;
    }

    /** Behaves as the letter says from now on; others change nothing. */
    static void become(int letter) {
        for (Behaviour behaviour : values()) {
            if (behaviour.letter == letter) {
                present = behaviour;
            }
        }
    }

    /** Takes half to one and a half times the mean, evenly spread, as this process behaves. */
    static void work(long meanMs) {
        long mean = present == SLOW ? meanMs * SLOWER : meanMs;
        try {
            Thread.sleep(Duration.ofMillis(mean / 2)
                    .plusNanos(ThreadLocalRandom.current().nextLong((mean + 1) * 1_000_000)));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
