package dev.parley.proxy.resilience;

import dev.parley.model.Retries;
import dev.parley.proxy.balance.FastRandom;

/**
 * How long to wait before a retry: full jitter, a random time below a cap that doubles (Brooker, "Exponential backoff and jitter", AWS
 * 2015). Clients that failed together do not come back together.
 */
public final class Backoff {
    private Backoff() {}

    /**
     * @param retry which retry it is, from 1
     * @return nanoseconds, from 0 to below {@code backoff * 2^(retry - 1)} and below {@code longest_backoff}
     */
    public static long ns(Retries settings, int retry, FastRandom random) {
        long first = settings.backoff().toNanos();
        long longest = settings.longestBackoff().toNanos();
        int doublings = Math.min(retry - 1, Long.numberOfLeadingZeros(first) - 1);
        return below(Math.min(longest, first << Math.max(0, doublings)), random);
    }

    /** A random number from 0 to below {@code bound}, 0 for 0; a fraction of 53 bits, as times have. */
    private static long below(long bound, FastRandom random) {
        return (long) ((random.nextLong() >>> 11) * 0x1p-53 * bound);
    }
}
