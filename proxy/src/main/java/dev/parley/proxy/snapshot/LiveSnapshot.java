package dev.parley.proxy.snapshot;

import dev.parley.proxy.upstream.Endpoint;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot that serves, and the one place where health and slow start enter it: they replace the balancer of the service
 * that they concern.
 */
public final class LiveSnapshot implements AutoCloseable {
    private static final long RAMP_CHECK_MS = 1000;

    private final ScheduledExecutorService ramps = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("parley-balance").daemon().factory());
    private volatile @Nullable Snapshot current;

    public LiveSnapshot() {
        var _ = ramps.scheduleWithFixedDelay(this::climbRamps, RAMP_CHECK_MS, RAMP_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** The one that serves. */
    public Snapshot current() {
        Snapshot serving = current;
        if (serving == null) {
            throw new IllegalStateException("Nothing has been configured yet.");
        }
        return serving;
    }

    /** Makes a snapshot the one that serves; what became of endpoints while it was compiled is taken in. */
    public synchronized void replace(Snapshot compiled) {
        current = compiled;
        compiled.services().values().forEach(LiveSnapshot::rebalance);
    }

    /** An endpoint came up or went down. */
    public synchronized void changed(Endpoint endpoint) {
        ServiceView service = current == null ? null : current().services().get(endpoint.service());
        if (service != null) {
            rebalance(service);
        }
    }

    private synchronized void climbRamps() {
        if (current == null) {
            return;
        }
        long now = System.nanoTime();
        for (ServiceView service : current().services().values()) {
            boolean starts = !service.settings().balance().slowStart().isZero();
            if (starts && Compiler.nextRampNs(service.settings(), service.endpoints(), now) != Long.MAX_VALUE) {
                rebalance(service);
            }
        }
    }

    private static void rebalance(ServiceView service) {
        service.balancer(Compiler.balancer(service.settings(), service.endpoints(), System.nanoTime()));
    }

    @Override
    public void close() {
        ramps.shutdownNow();
    }
}
