package dev.parley.demo;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What came of the requests of a load, as their clients saw it. Many threads record at once. */
final class Tally {
    /** Different reasons that are told apart; a fault that words each failure anew must not fill the memory. */
    private static final int MOST_REASONS = 16;

    private static final String OTHER = "other reasons";

    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder broken = new LongAdder();
    private final LongAdder open = new LongAdder();
    private final Latencies latencies = new Latencies();
    private final Map<String, LongAdder> reasons = new ConcurrentHashMap<>();

    void success(long nanos) {
        answered.increment();
        latencies.record(nanos);
    }

    void failure(String reason) {
        failed.increment();
        String key = reasons.containsKey(reason) || reasons.size() < MOST_REASONS ? reason : OTHER;
        reasons.computeIfAbsent(key, absent -> new LongAdder()).increment();
    }

    /** A kill broke a connection or a call, and the client opens another or calls again. It is no failure by itself. */
    void broke() {
        broken.increment();
    }

    /** A request, a call or a connection has begun; {@link #ended} follows. */
    void began() {
        open.increment();
    }

    void ended() {
        open.decrement();
    }

    /** All that have ended, well or not. */
    long requests() {
        return answered.sum() + failed.sum();
    }

    long failures() {
        return failed.sum();
    }

    /** What kills broke, all told. */
    long broken() {
        return broken.sum();
    }

    /** Requests, calls or connections that are under way. */
    long open() {
        return open.sum();
    }

    Latencies latencies() {
        return latencies;
    }

    /** How often each reason came, by reason. */
    Map<String, Long> reasons() {
        Map<String, Long> counts = new TreeMap<>();
        reasons.forEach((reason, count) -> counts.put(reason, count.sum()));
        return counts;
    }
}
