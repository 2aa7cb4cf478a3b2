package dev.parley.proxy.http2;

/**
 * How much of what costs work and moves nothing is taken from one peer: a leaky bucket that each such act fills by one, that
 * time empties, and useful traffic too.
 *
 * <p>Counts by themselves would end long-lived connections, rates by themselves would end busy ones.
 */
final class Patience {
    private final int capacity;
    private final long leakNs;
    private int level;
    private long sinceNs;

    /**
     * An empty bucket.
     *
     * @param capacity acts that may come at once
     * @param perSecond acts that may come each second for ever
     */
    Patience(int capacity, int perSecond, long nowNs) {
        this.capacity = capacity;
        leakNs = 1_000_000_000L / perSecond;
        sinceNs = nowNs;
    }

    /** One more: whether it is one too many. */
    boolean strained(long nowNs) {
        if (level >= capacity) {
            long leaked = (nowNs - sinceNs) / leakNs;
            level = (int) Math.max(0, level - leaked);
            sinceNs += leaked * leakNs;
        }
        return ++level > capacity;
    }

    /** Useful traffic makes up for some of it. */
    void relieve(int acts) {
        level = Math.max(0, level - acts);
    }
}
