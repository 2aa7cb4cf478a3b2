package dev.parley.proxy.snapshot;

import dev.parley.proxy.balance.FailureDomains;
import dev.parley.proxy.upstream.Endpoint;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot that serves, and the one place where health and time enter it: what goes up or down, climbs a slow start or
 * returns to its level replaces the balancer of the service that it concerns.
 */
public final class LiveSnapshot implements AutoCloseable {
    private static final long STEP_CHECK_MS = 1000;

    private final ScheduledExecutorService steps = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("parley-balance").daemon().factory());
    /** Services whose plan changes with time alone, as it was made last. */
    private final Set<ServiceView> settling = new HashSet<>();

    private final BiConsumer<ServiceView, FailureDomains> told;
    private volatile @Nullable Snapshot current;

    /** @param told of each plan of a service's traffic that is put in force, under a lock: it may not block */
    public LiveSnapshot(BiConsumer<ServiceView, FailureDomains> told) {
        this.told = told;
        var _ = steps.scheduleWithFixedDelay(this::takeSteps, STEP_CHECK_MS, STEP_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** Whether there is one that serves. */
    public boolean serves() {
        return current != null;
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
        settling.clear();
        compiled.services().values().forEach(this::plan);
    }

    /** An endpoint came up or went down. */
    public synchronized void changed(Endpoint endpoint) {
        ServiceView service = current == null ? null : current().services().get(endpoint.service());
        if (service != null) {
            plan(service);
        }
    }

    private synchronized void takeSteps() {
        if (current == null) {
            return;
        }
        for (ServiceView service : List.copyOf(settling)) {
            plan(service);
        }
    }

    private void plan(ServiceView service) {
        long now = System.nanoTime();
        String zone = current().configuration().zone();
        FailureDomains planned = Compiler.plan(zone, service.settings(), service.endpoints(), now);
        service.endpoints().forEach(endpoint -> endpoint.letIn(planned.panic()));
        service.follow(planned, now);
        if (Compiler.settling(planned, service.settings(), service.endpoints(), now)) {
            settling.add(service);
        } else {
            settling.remove(service);
        }
        told.accept(service, planned);
    }

    @Override
    public void close() {
        steps.shutdownNow();
    }
}
