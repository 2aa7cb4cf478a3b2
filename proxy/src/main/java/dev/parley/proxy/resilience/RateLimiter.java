package dev.parley.proxy.resilience;

import dev.parley.model.RateLimit;
import dev.parley.model.RateLimit.Source;
import org.jspecify.annotations.Nullable;

/**
 * Token buckets for one {@link RateLimit}: one for all, or one for each of many callers. Each is a single long, as in the generic cell
 * rate algorithm (ITU-T I.371): the time at which the bucket will be full again. A request moves it on by {@code per / count}; one that
 * would move it further ahead of now than the capacity lasts is not let in.
 *
 * <p>The bound, whatever the number of threads: a bucket that is kept lets in at most {@code capacity + rate * t} in any time t. The
 * interval is rounded up to a nanosecond, so that rates above a million a second are up to a thousandth lower per million.
 */
public final class RateLimiter {
    /** What {@link #take} answers where the request is let in. */
    public static final long LET_IN = -1;

    private final RateLimit settings;
    private final long intervalNs;

    /** How far ahead of now a bucket may be for one more request, in nanoseconds: all of its capacity but one. */
    private final long spareNs;

    private final BucketCell all = new BucketCell();
    private final @Nullable BucketTable table;

    public RateLimiter(RateLimit settings) {
        this.settings = settings;
        this.intervalNs = Math.ceilDiv(
                settings.rate().per().toNanos(), (long) settings.rate().count());
        long most = Long.MAX_VALUE / 4;
        long others = settings.capacity() - 1L;
        this.spareNs = others > 0 && intervalNs > most / others ? most : others * intervalNs;
        this.table = settings.by().source() == Source.ALL ? null : new BucketTable(settings.keys());
    }

    public RateLimit settings() {
        return settings;
    }

    /**
     * Asks to let a request in, and takes a token where it is.
     *
     * @param keyHash whose it is, as 64 well-mixed bits under a seed of this process; 0 is one bucket for all
     * @return {@link #LET_IN}, or nanoseconds until it would be let in, above 0
     */
    public long take(long keyHash, long nowNs) {
        BucketTable table = this.table;
        if (keyHash == 0 || table == null) {
            return all.take(intervalNs, spareNs, nowNs);
        }
        return table.take(keyHash, intervalNs, spareNs, nowNs);
    }

    /** Requests that would be let in now, one after the other at once. */
    public int remaining(long keyHash, long nowNs) {
        long free = spareNs + intervalNs - aheadNs(keyHash, nowNs);
        return (int) Math.min(settings.capacity(), Math.max(0, free / intervalNs));
    }

    /** Nanoseconds until one more than {@link #remaining} would be let in; where that is all of the capacity, one interval. */
    public long resetNs(long keyHash, long nowNs) {
        long ahead = aheadNs(keyHash, nowNs);
        return ahead == 0 ? intervalNs : (ahead - 1) % intervalNs + 1;
    }

    private long aheadNs(long keyHash, long nowNs) {
        BucketTable table = this.table;
        return keyHash == 0 || table == null ? all.aheadNs(nowNs) : table.aheadNs(keyHash, nowNs);
    }
}
