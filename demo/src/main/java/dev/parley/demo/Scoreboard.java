package dev.parley.demo;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Makes the rows of the table from what {@code /metrics} says now and said some seconds ago. For one thread. */
final class Scoreboard {
    /** What rates and quantiles are taken over: long enough for a p99 of a hundred requests, short enough to be live. */
    private static final Duration WINDOW = Duration.ofSeconds(4);

    private final Deque<Snapshot> snapshots = new ArrayDeque<>();

    /**
     * One endpoint.
     *
     * @param running whether its process is there at all, which Parley can only find out
     * @param reason why Parley does not send to it; empty where it does
     * @param perSecond requests, or connections where the service is TCP; a WebSocket is one request
     * @param success share of requests with a whole answer that is not 5xx; NaN where there were none
     * @param p50Seconds NaN where there were none
     * @param p99Seconds NaN where there were none
     */
    record Row(
            String service,
            String name,
            String endpoint,
            State state,
            boolean running,
            String reason,
            double perSecond,
            double success,
            double p50Seconds,
            double p99Seconds,
            long inFlight) {}

    /** Whether Parley sends to an endpoint. */
    enum State {
        UP,
        DOWN
    }

    /** Takes in what {@code /metrics} says now, and forgets what is older than the window. */
    void add(Snapshot snapshot) {
        snapshots.addLast(snapshot);
        // The oldest that stays is the last one outside the window, so that the window is always full.
        while (snapshots.size() > 2 && second().atNs() <= snapshot.atNs() - WINDOW.toNanos()) {
            snapshots.removeFirst();
        }
    }

    private Snapshot second() {
        var all = snapshots.iterator();
        all.next();
        return all.next();
    }

    /**
     * The rows, in the order of the services; none before anything was added.
     *
     * @param reasons why endpoints are down, by address
     */
    List<Row> rows(List<Service> services, Map<String, String> reasons) {
        List<Row> rows = new ArrayList<>();
        if (!snapshots.isEmpty()) {
            services.forEach(service -> service.processes()
                    .forEach(process -> rows.add(row(
                            service.name(),
                            service.protocol(),
                            process.name(),
                            process.address(),
                            process.isAlive(),
                            reasons.getOrDefault(process.address(), "")))));
        }
        return rows;
    }

    /** How often Parley tried something of a service again since its start. */
    long retries(String service) {
        return snapshots.isEmpty()
                ? 0
                : Math.round(snapshots.getLast().retries().getOrDefault(service, 0.0));
    }

    Row row(String service, Protocol protocol, String name, String address, boolean running, String reason) {
        Snapshot.Key key = new Snapshot.Key(service, address);
        Snapshot first = snapshots.getFirst();
        Snapshot last = snapshots.getLast();
        Snapshot.Counts before = first.of(key);
        Snapshot.Counts now = last.of(key);
        double seconds = Math.max(1e-9, (last.atNs() - first.atNs()) / 1e9);
        double requests = now.requests - before.requests;
        double failures = now.failures - before.failures;
        // Of TCP only what failed counts as an attempt, so that a share of successes would mislead.
        boolean tcp = protocol == Protocol.TCP;
        double events = tcp ? now.connects - before.connects : requests;
        return new Row(
                service,
                name,
                address,
                now.up ? State.UP : State.DOWN,
                running,
                reason,
                snapshots.size() < 2 ? 0 : events / seconds,
                requests > 0 && !tcp ? 1 - failures / requests : Double.NaN,
                quantile(before, now, 0.50),
                quantile(before, now, 0.99),
                Math.round(now.inFlight));
    }

    /**
     * The quantile of the requests between two moments, interpolated within its bucket as Prometheus's
     * histogram_quantile does; of the last bucket, which has no upper bound, the lower one.
     */
    static double quantile(Snapshot.Counts before, Snapshot.Counts now, double share) {
        double total = added(before, now, Double.POSITIVE_INFINITY);
        if (!(total > 0)) {
            return Double.NaN;
        }
        double rank = share * total;
        double lowerBound = 0;
        double below = 0;
        for (double bound : now.latencyBuckets.keySet()) {
            double upTo = added(before, now, bound);
            if (upTo >= rank) {
                return Double.isInfinite(bound)
                        ? lowerBound
                        : lowerBound + (bound - lowerBound) * (rank - below) / Math.max(upTo - below, 1e-9);
            }
            lowerBound = bound;
            below = upTo;
        }
        return lowerBound;
    }

    private static double added(Snapshot.Counts before, Snapshot.Counts now, double bound) {
        return now.latencyBuckets.getOrDefault(bound, 0.0) - before.latencyBuckets.getOrDefault(bound, 0.0);
    }
}
