package dev.parley.proxy.outlier;

import dev.parley.model.OutlierDetection;
import dev.parley.proxy.upstream.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the {@link OutlierDetector} of each service: a sweep each {@link #SWEEP_MS}, the end of each ejection when it is due, and
 * one thread on which all transitions are told, in their order.
 */
public final class OutlierMonitor implements AutoCloseable {
    /** Linkerd looks at each answer and Envoy every 10 s; what fails at once is ejected at once here too. */
    static final long SWEEP_MS = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(OutlierMonitor.class);

    private final Consumer<Transition> told;
    private final LongSupplier nanoClock;
    private final Random seeds;
    private final ScheduledThreadPoolExecutor timer;
    private final Map<String, OutlierDetector> detectors = new ConcurrentHashMap<>();

    /**
     * Begins to sweep.
     *
     * @param told of each transition, on the monitor's thread, after the endpoint says so itself; must return soon and not throw
     */
    public OutlierMonitor(Consumer<Transition> told, LongSupplier nanoClock, long seed) {
        this.told = told;
        this.nanoClock = nanoClock;
        this.seeds = new Random(seed);
        this.timer = new ScheduledThreadPoolExecutor(
                1, task -> Thread.ofPlatform().daemon().name("parley-outlier").unstarted(task));
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        var _ = timer.scheduleWithFixedDelay(this::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS);
    }

    /** Watches the endpoints of a service by these settings from now on. What is known of each stays. */
    public synchronized void watch(String service, OutlierDetection settings, List<Endpoint> endpoints) {
        long now = nanoClock.getAsLong();
        detectors
                .computeIfAbsent(service, name -> new OutlierDetector(settings, seeds.nextLong(), this::tell))
                .follow(settings, endpoints, now);
    }

    /** Watches no other services than these. */
    public synchronized void retain(Set<String> services) {
        detectors.forEach((service, detector) -> {
            if (!services.contains(service)) {
                detector.follow(detector.settings(), List.of(), nanoClock.getAsLong());
            }
        });
        detectors.keySet().retainAll(services);
    }

    /** Health took an endpoint away or brought one back. */
    public void healthChanged(Endpoint endpoint) {
        OutlierDetector detector = detectors.get(endpoint.service());
        if (detector != null) {
            detector.healthChanged(nanoClock.getAsLong());
        }
    }

    /** The endpoints of a service that were ejected, so far as that is not forgotten. */
    public Map<Endpoint, Ejection> ejections(String service) {
        OutlierDetector detector = detectors.get(service);
        return detector == null ? Map.of() : detector.ejections();
    }

    /** Stops. Endpoints stay as they are. */
    @Override
    public void close() {
        timer.shutdown();
    }

    private void sweep() {
        detectors.values().forEach(detector -> detector.sweep(nanoClock.getAsLong()));
    }

    /** On whatever thread decided, which goes on at once. */
    private void tell(Transition transition) {
        try {
            timer.execute(() -> pass(transition));
            if (transition instanceof Transition.Ejected ejected) {
                timer.schedule(
                        () -> endEjections(ejected.endpoint().service()),
                        ejected.time().toNanos(),
                        TimeUnit.NANOSECONDS);
            }
        } catch (RejectedExecutionException closed) {
            // The monitor was closed; what there is to say comes too late for anyone.
        }
    }

    private void pass(Transition transition) {
        try {
            told.accept(transition);
        } catch (RuntimeException e) {
            LOG.error("A listener of ejections failed. Outlier detection goes on without it.", e);
        }
    }

    private void endEjections(String service) {
        OutlierDetector detector = detectors.get(service);
        if (detector != null) {
            detector.endEjections(nanoClock.getAsLong());
        }
    }
}
