package dev.parley.app;

import dev.parley.telemetry.admin.Status;
import dev.parley.telemetry.metrics.Latencies;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Turns counters into what happened lately: each look remembers what it saw, and is compared with a look some seconds before it.
 * Rates are of the time since the last look that is at least {@link #WINDOW_NS} old, or nearly, so that whoever looks each second
 * sees the last few seconds, and several who look do not shorten the time for each other. For one thread at a time.
 */
final class LookBack {
    private static final long WINDOW_NS = 2_000_000_000L;

    private final long startedNs;
    private Map<String, Seen> older = Map.of();
    private Map<String, Seen> newer = Map.of();
    private Map<String, Seen> present = new HashMap<>();
    private long newerNs;
    private long nowNs;

    /** @param startedNs when everything was 0, on the clock of {@code System.nanoTime} */
    LookBack(long startedNs) {
        this.startedNs = startedNs;
        this.newerNs = startedNs;
    }

    /** The counters of one thing at one moment. */
    private record Seen(long nowNs, long requests, long failed, Latencies latencies) {}

    /** Begins a look; {@link #end} follows. */
    void begin(long now) {
        nowNs = now;
        present = HashMap.newHashMap(newer.size());
    }

    /** The time that rates of this look are of, where the thing was there at the look that it is compared with. */
    Duration window() {
        return Duration.ofNanos(nowNs - (newerIsUsable() ? newerNs : older.isEmpty() ? startedNs : olderNs()));
    }

    private long olderNs() {
        return older.values().iterator().next().nowNs();
    }

    private boolean newerIsUsable() {
        return nowNs - newerNs >= WINDOW_NS / 2;
    }

    /**
     * What came of requests lately.
     *
     * @param thing the same in each look
     * @param failed of the requests
     */
    Status.Lately lately(String thing, long requests, long failed, Latencies latencies) {
        Seen before = remember(thing, requests, failed, latencies);
        long recent = requests - before.requests();
        Latencies recentLatencies = latencies.since(before.latencies());
        return new Status.Lately(
                perSecond(recent, before),
                recent <= 0 ? 1 : 1 - (double) (failed - before.failed()) / recent,
                Duration.ofNanos(recentLatencies.quantileNs(0.50)),
                Duration.ofNanos(recentLatencies.quantileNs(0.99)));
    }

    /** How fast a counter rose lately. */
    double perSecond(String thing, long count) {
        Seen before = remember(thing, count, 0, Latencies.none());
        return perSecond(count - before.requests(), before);
    }

    private double perSecond(long recent, Seen before) {
        double seconds = (nowNs - before.nowNs()) / 1e9;
        return seconds <= 0 ? 0 : recent / seconds;
    }

    private Seen remember(String thing, long requests, long failed, Latencies latencies) {
        present.put(thing, new Seen(nowNs, requests, failed, latencies));
        Seen last = newerIsUsable() ? newer.get(thing) : null;
        Seen usable = last != null ? last : older.get(thing);
        return usable == null ? new Seen(startedNs, 0, 0, Latencies.none()) : usable;
    }

    /** Ends a look: later ones may be compared with it. */
    void end() {
        if (nowNs - newerNs >= WINDOW_NS || newer.isEmpty()) {
            older = newer;
            newer = present;
            newerNs = nowNs;
        }
        present = Map.of();
    }
}
