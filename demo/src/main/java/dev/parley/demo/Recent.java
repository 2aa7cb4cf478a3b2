package dev.parley.demo;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** What clients have seen lately: the difference of a {@link Tally} to what it was some seconds ago. For one thread. */
final class Recent {
    private static final Duration WINDOW = Duration.ofSeconds(3);

    private final Service service;
    private final Tally tally;
    private final long startNs = System.nanoTime();
    private final Deque<Mark> marks = new ArrayDeque<>();

    /** What the clients had seen by a moment. */
    private record Mark(long atNs, long requests, Latencies latencies) {}

    Recent(Service service, Tally tally) {
        this.service = service;
        this.tally = tally;
        mark(startNs);
    }

    Protocol protocol() {
        return service.protocol();
    }

    /** The name of the service that the clients use. */
    String service() {
        return service.name();
    }

    Tally tally() {
        return tally;
    }

    /** Takes down what there is now, and forgets what is older than the window. */
    void mark(long nowNs) {
        marks.addLast(new Mark(nowNs, tally.requests(), tally.latencies().copy()));
        while (marks.size() > 2 && marks.getFirst().atNs() < nowNs - WINDOW.toNanos()) {
            marks.removeFirst();
        }
    }

    /** With rate and latencies of the last seconds. */
    Table.Totals lately(long retries) {
        Mark first = marks.getFirst();
        Mark last = marks.getLast();
        return totals(
                last.requests() - first.requests(),
                last.atNs() - first.atNs(),
                last.latencies().since(first.latencies()),
                retries);
    }

    /** With rate and latencies since the start. */
    Table.Totals overall(long nowNs, long retries) {
        return totals(tally.requests(), nowNs - startNs, tally.latencies(), retries);
    }

    private Table.Totals totals(long requests, long nanos, Latencies latencies, long retries) {
        return new Table.Totals(
                service.protocol(),
                requests * 1e9 / Math.max(1, nanos),
                tally.requests(),
                latencies.quantile(0.50),
                latencies.quantile(0.99),
                tally.open(),
                tally.failures(),
                retries,
                tally.broken());
    }
}
