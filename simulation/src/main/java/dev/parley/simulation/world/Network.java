package dev.parley.simulation.world;

import dev.parley.proxy.balance.FastRandom;
import java.time.Duration;

/**
 * How long a packet takes: a base for the way within a zone or between two, and an exponential tail of a tenth of it.
 *
 * @param withinZone one way, at least
 * @param betweenZones one way, at least
 */
public record Network(Duration withinZone, Duration betweenZones) {
    private static final double TAIL = 0.1;

    /** What the zones of one cloud region have: a quarter of a millisecond there and back within, a millisecond between. */
    public static Network region() {
        return new Network(Duration.ofNanos(125_000), Duration.ofNanos(500_000));
    }

    /** The time of one packet, in nanoseconds. */
    public long delayNs(boolean sameZone, FastRandom random) {
        long base = (sameZone ? withinZone : betweenZones).toNanos();
        return base + (long) Draws.exponential(random, TAIL * base);
    }
}
