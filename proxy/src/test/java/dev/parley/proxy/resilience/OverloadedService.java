package dev.parley.proxy.resilience;

import dev.parley.model.Concurrency;
import dev.parley.model.Criticality;
import dev.parley.proxy.balance.FastRandom;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * A service in virtual time: so many workers, each with one call at a time, and a queue before them without bound. Callers come at
 * random times, ask the limit, and leave it when their answer begins.
 */
final class OverloadedService {
    static final Criticality[] LEVELS = Criticality.values();

    final ConcurrencyLimit limit;

    /** How long a worker is busy with a call, on average. */
    double serviceMs = 10;

    /** Calls a second of each criticality, in the order of the enum. */
    final double[] offered = new double[LEVELS.length];

    /** Calls of the last run by criticality: that came, were let in, and what they took. */
    final long[] came = new long[LEVELS.length];

    final long[] let = new long[LEVELS.length];
    final long[][] latenciesNs = new long[LEVELS.length][1_000_000];
    final int[] answered = new int[LEVELS.length];

    private final FastRandom random;
    private final int workers;
    private final PriorityQueue<Long> freeAtNs = new PriorityQueue<>();
    private final PriorityQueue<Call> underWay = new PriorityQueue<>((a, b) -> Long.compare(a.endsNs, b.endsNs));
    private long nowNs;

    private record Call(long endsNs, long startedNs, int level) {}

    OverloadedService(Concurrency settings, int workers, long seed) {
        limit = new ConcurrencyLimit(settings);
        this.workers = workers;
        for (int i = 0; i < workers; i++) {
            freeAtNs.add(0L);
        }
        random = new FastRandom(seed);
    }

    /** What it can do at most, in calls a second. */
    double capacity() {
        return workers * 1e3 / serviceMs;
    }

    /** Offers calls for so long, and counts from zero. */
    void run(double seconds) {
        Arrays.fill(came, 0);
        Arrays.fill(let, 0);
        Arrays.fill(answered, 0);
        double total = Arrays.stream(offered).sum();
        long endNs = nowNs + (long) (seconds * 1e9);
        while (nowNs < endNs) {
            nowNs += (long) (exponential() / total * 1e9);
            settle();
            arrive(pickLevel(total));
        }
    }

    private void arrive(int level) {
        came[level]++;
        if (!limit.tryEnter(LEVELS[level])) {
            return;
        }
        let[level]++;
        // Half of a call's time is the same for all, half is random.
        long busyNs = (long) (serviceMs * 1e6 * (0.5 + 0.5 * exponential()));
        long endsNs = Math.max(nowNs, freeAtNs.remove()) + busyNs;
        freeAtNs.add(endsNs);
        underWay.add(new Call(endsNs, nowNs, level));
    }

    private void settle() {
        while (!underWay.isEmpty() && underWay.peek().endsNs <= nowNs) {
            Call done = underWay.remove();
            long tookNs = done.endsNs - done.startedNs;
            limit.leave(tookNs, false, done.endsNs);
            if (answered[done.level] < latenciesNs[done.level].length) {
                latenciesNs[done.level][answered[done.level]++] = tookNs;
            }
        }
    }

    private int pickLevel(double total) {
        double at = fraction() * total;
        for (int level = 0; level < offered.length; level++) {
            at -= offered[level];
            if (at < 0) {
                return level;
            }
        }
        return offered.length - 1;
    }

    /** Answers a second of all levels in a run of so many seconds. */
    double goodput(double seconds) {
        return Arrays.stream(answered).sum() / seconds;
    }

    /** Answers of the last run that took so long at most. */
    long answeredWithin(long ms) {
        long count = 0;
        for (int level = 0; level < LEVELS.length; level++) {
            count += Arrays.stream(latenciesNs[level], 0, answered[level])
                    .filter(took -> took <= ms * 1_000_000)
                    .count();
        }
        return count;
    }

    double p99Ms(Criticality level) {
        int index = Arrays.asList(LEVELS).indexOf(level);
        long[] sorted = Arrays.copyOf(latenciesNs[index], answered[index]);
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : sorted[(int) (sorted.length * 0.99)] / 1e6;
    }

    private double exponential() {
        return -Math.log(1 - fraction());
    }

    private double fraction() {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }
}
