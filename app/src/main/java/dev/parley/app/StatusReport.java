package dev.parley.app;

import dev.parley.cli.Version;
import dev.parley.model.Service;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Snapshot;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.admin.Status;
import dev.parley.telemetry.admin.StatusSource;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.Latencies;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.telemetry.metrics.StatusClass;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code /status} shows. Rates and latencies are of the time since the last look that is at least {@link #WINDOW_NS} old, so
 * that whoever looks each second sees the last few seconds.
 */
final class StatusReport implements StatusSource {
    private static final long WINDOW_NS = 2_000_000_000L;

    private final Proxy proxy;
    private final MetricsRegistry metrics;
    private final ConfigChanges changes;
    private final Readying readiness;
    private final Instant started = Instant.now();
    private final long startedNs = System.nanoTime();
    private Map<String, Seen> older = Map.of();
    private Map<String, Seen> newer = Map.of();
    private long newerNs;

    StatusReport(Proxy proxy, MetricsRegistry metrics, ConfigChanges changes, Readying readiness) {
        this.proxy = proxy;
        this.metrics = metrics;
        this.changes = changes;
        this.readiness = readiness;
    }

    /** The counters of one endpoint or listener at one moment. */
    private record Seen(long nowNs, long requests, long failed, Latencies latencies) {
        static Seen nothing(long nowNs) {
            return new Seen(nowNs, 0, 0, Latencies.none());
        }
    }

    @Override
    public synchronized Status read() {
        long now = System.nanoTime();
        Snapshot snapshot = proxy.snapshot();
        Map<String, Seen> seen = new HashMap<>();
        Status status = new Status(
                Version.text(),
                started,
                snapshot.revision(),
                changes.problems(),
                listeners(snapshot, now, seen),
                services(snapshot, now, seen),
                Certificates.status(proxy.tls().certificates()));
        if (now - newerNs >= WINDOW_NS) {
            older = newer;
            newer = seen;
            newerNs = now;
        }
        return status;
    }

    private List<Status.ListenerStatus> listeners(Snapshot snapshot, long now, Map<String, Seen> seen) {
        List<Status.ListenerStatus> listeners = new ArrayList<>();
        var addresses = proxy.addresses();
        snapshot.listeners().forEach((name, view) -> {
            Seen counted = new Seen(now, view.metrics().interactions(), 0, Latencies.none());
            seen.put("listener " + name, counted);
            Seen before = before("listener " + name, now);
            listeners.add(new Status.ListenerStatus(
                    name,
                    String.valueOf(addresses.get(name)).replaceFirst("^/", ""),
                    view.settings().protocol().name().toLowerCase(Locale.ROOT),
                    readiness.draining() ? "draining" : "listening",
                    "",
                    view.metrics().connectionsOpen(),
                    rate(counted, before)));
        });
        return listeners;
    }

    private List<Status.ServiceStatus> services(Snapshot snapshot, long now, Map<String, Seen> seen) {
        List<Status.ServiceStatus> services = new ArrayList<>();
        for (ServiceView view : snapshot.services().values()) {
            List<Status.EndpointStatus> endpoints = new ArrayList<>();
            for (int i = 0; i < view.endpoints().size(); i++) {
                Service.Endpoint configured = view.settings().endpoints().get(i);
                endpoints.add(endpoint(view.endpoints().get(i), configured.weight(), now, seen));
            }
            services.add(new Status.ServiceStatus(view.name(), endpoints));
        }
        return services;
    }

    private Status.EndpointStatus endpoint(Endpoint endpoint, int weight, long now, Map<String, Seen> seen) {
        String address = endpoint.address().toString();
        EndpointMetrics counters = metrics.endpoint(endpoint.service(), address);
        long requests = 0;
        for (int statusClass = 0; statusClass < StatusClass.COUNT; statusClass++) {
            requests += counters.requestsOf(statusClass);
        }
        long failed = counters.requestsOf(StatusClass.of(500)) + counters.requestsOf(StatusClass.NONE);
        Seen counted = new Seen(now, requests, failed, counters.latencies());
        String key = "endpoint " + endpoint.service() + " " + address;
        seen.put(key, counted);
        Seen before = before(key, now);
        Latencies lately = counted.latencies().since(before.latencies());
        long attempts = counted.requests() - before.requests();
        Endpoint.Standing standing = endpoint.standing();
        return new Status.EndpointStatus(
                address,
                state(standing),
                standing.reason(),
                weight,
                endpoint.inFlight(),
                counters.connectionsOpen(),
                rate(counted, before),
                attempts == 0 ? 1 : 1 - (double) (counted.failed() - before.failed()) / attempts,
                Duration.ofNanos(lately.quantileNs(0.50)),
                Duration.ofNanos(lately.quantileNs(0.99)));
    }

    private static String state(Endpoint.Standing standing) {
        return switch (standing.cause()) {
            case UP -> "up";
            case UNREACHABLE, UNHEALTHY -> "down";
            case EJECTED -> "ejected";
            case PROBING -> "probing";
        };
    }

    private Seen before(String key, long now) {
        Seen last = newer.get(key);
        Seen usable = last != null && now - last.nowNs() >= WINDOW_NS / 2 ? last : older.get(key);
        return usable == null ? Seen.nothing(startedNs) : usable;
    }

    private static double rate(Seen now, Seen before) {
        double seconds = (now.nowNs() - before.nowNs()) / 1e9;
        return seconds <= 0 ? 0 : (now.requests() - before.requests()) / seconds;
    }
}
