package dev.parley.proxy.health;

import dev.parley.model.HealthCheck;
import dev.parley.proxy.upstream.Endpoint;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches endpoints, takes them out of the rotation and brings them back.
 *
 * <p>Everything is decided on one timer thread: when a probe is due, what its result means, what to tell. Probes
 * themselves run on virtual threads, at most {@link #MOST_PROBES} at once and one for each endpoint; those that are due
 * beyond it wait their turn. Event loops only call {@link #connectFailed}.
 */
public final class HealthMonitor implements AutoCloseable {
    /** As many sockets as probes may hold at once. */
    static final int MOST_PROBES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    private final Transitions transitions;
    private final LongSupplier nanoClock;
    private final ScheduledThreadPoolExecutor timer;
    private final Map<Endpoint, Watch> watches = new ConcurrentHashMap<>();

    // Of the timer thread alone, as is all of a Watch but its state.
    private final Random jitter;
    private final Queue<Watch> waiting = new ArrayDeque<>();
    private int probing;

    /** @param seed of the jitter, so that a simulation can be run again */
    public HealthMonitor(Transitions transitions, LongSupplier nanoClock, long seed) {
        this.transitions = transitions;
        this.nanoClock = nanoClock;
        this.jitter = new Random(seed);
        this.timer = new ScheduledThreadPoolExecutor(
                1, task -> Thread.ofPlatform().daemon().name("parley-health").unstarted(task));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Watches an endpoint from now on, or by another check than before; what was found of it stays. */
    public void watch(Endpoint endpoint, Optional<HealthCheck> check) {
        watch(endpoint, check, false);
    }

    /** The same. {@code udp} says that it is reached by UDP: without a check it returns when it does not refuse a datagram. */
    public void watch(Endpoint endpoint, Optional<HealthCheck> check, boolean udp) {
        Watch watch = watches.computeIfAbsent(endpoint, e -> new Watch(e, nanoClock.getAsLong()));
        watch.udp = udp;
        onTimer(() -> follow(watch, check));
    }

    /** Watches it no more. A probe that runs is cut off and its result ignored. */
    public void forget(Endpoint endpoint) {
        Watch watch = watches.remove(endpoint);
        if (watch != null) {
            onTimer(() -> leave(watch));
        }
    }

    /** What is known of it; UNKNOWN where it is not watched. */
    public HealthState state(Endpoint endpoint) {
        Watch watch = watches.get(endpoint);
        return watch == null ? HealthState.UNKNOWN : watch.state;
    }

    /**
     * Traffic could not connect. Called from event loops: the endpoint is out of the rotation when this returns, for all
     * of them, and the rest happens elsewhere. Costs a lookup when it is down already.
     *
     * @param reason a constant text: "connection refused"
     */
    public void connectFailed(Endpoint endpoint, String reason) {
        Watch watch = watches.get(endpoint);
        if (watch != null && endpoint.takeDown(Endpoint.Cause.UNREACHABLE, reason, nanoClock.getAsLong())) {
            onTimer(() -> saw(watch, new Seen.ConnectFailed(reason)));
        }
    }

    /** Stops. Endpoints stay as they are. */
    @Override
    public void close() {
        onTimer(() -> watches.values().forEach(this::leave));
        timer.shutdown();
    }

    /** One watched endpoint. */
    private static final class Watch {
        private final Endpoint endpoint;
        private final HealthTrack track;
        private volatile HealthState state;
        private volatile boolean udp;
        private @Nullable ScheduledFuture<?> due;
        private @Nullable Probe probe;
        private boolean followed;
        private boolean queued;
        private boolean left;

        Watch(Endpoint endpoint, long nowNs) {
            this.endpoint = endpoint;
            // One that was down when it was last forgotten is still out of the rotation, and must find its way back.
            this.state = endpoint.health().available() ? HealthState.UNKNOWN : HealthState.DOWN;
            this.track = new HealthTrack(state, nowNs);
        }
    }

    private void follow(Watch watch, Optional<HealthCheck> check) {
        if (watch.left || (watch.followed && watch.track.check().equals(check))) {
            return;
        }
        watch.followed = true;
        watch.track.follow(check);
        if (check.isPresent() || watch.state == HealthState.DOWN) {
            probeAfter(watch, 0);
        } else if (watch.due != null) {
            watch.due.cancel(false);
        }
    }

    private void leave(Watch watch) {
        watch.left = true;
        if (watch.due != null) {
            watch.due.cancel(false);
        }
        if (watch.probe != null) {
            watch.probe.cutOff();
        }
    }

    private void saw(Watch watch, Seen seen) {
        if (watch.left) {
            return;
        }
        HealthState before = watch.state;
        HealthState after = watch.track.on(seen, nanoClock.getAsLong());
        watch.state = after;
        // One that fails its check may turn out to be unreachable, which is told as well.
        if (after != before || seen instanceof Seen.ConnectFailed) {
            change(watch, before, after, seen);
        }
        long pauseNs = watch.track.pauseNs(seen, 2 * jitter.nextDouble() - 1);
        if (pauseNs != HealthTrack.NEVER) {
            probeAfter(watch, pauseNs);
        }
    }

    private void change(Watch watch, HealthState before, HealthState after, Seen seen) {
        String reason = switch (seen) {
            case Seen.Passed passed -> "its check passed";
            case Seen.Failed failed -> failed.reason();
            case Seen.ConnectFailed refused -> refused.reason();
        };
        switch (after) {
            case UNKNOWN -> throw new AssertionError("Nothing leads back to UNKNOWN.");
            case UP -> {
                // From UNKNOWN there is nothing to bring up, and a failed connect may just have taken it down.
                if (before == HealthState.DOWN) {
                    watch.endpoint.bringUp(nanoClock.getAsLong());
                }
            }
            case DOWN -> watch.endpoint.takeDown(cause(seen), reason, nanoClock.getAsLong());
        }
        try {
            transitions.changed(watch.endpoint, before, after, reason);
        } catch (RuntimeException e) {
            LOG.error("A listener of health transitions failed. Health goes on without it.", e);
        }
    }

    private static Endpoint.Cause cause(Seen seen) {
        return switch (seen) {
            case Seen.Failed(String reason, boolean reached) when reached -> Endpoint.Cause.UNHEALTHY;
            case Seen.Failed unreached -> Endpoint.Cause.UNREACHABLE;
            case Seen.ConnectFailed refused -> Endpoint.Cause.UNREACHABLE;
            case Seen.Passed passed -> throw new AssertionError("What passed takes nothing down.");
        };
    }

    private void probeAfter(Watch watch, long pauseNs) {
        if (watch.due != null) {
            watch.due.cancel(false);
        }
        watch.due = timer.schedule(() -> probe(watch), pauseNs, TimeUnit.NANOSECONDS);
    }

    /** Starts a probe, unless one runs: its result will set the next. */
    private void probe(Watch watch) {
        if (watch.left || watch.probe != null || watch.queued) {
            return;
        }
        if (probing == MOST_PROBES) {
            watch.queued = true;
            waiting.add(watch);
            return;
        }
        Probe probe;
        try {
            probe = new Probe(watch.endpoint, watch.track.check(), watch.udp);
        } catch (IOException noSocket) {
            // Parley's own want of sockets says nothing about the endpoint; its next probe may have one.
            LOG.warn("A health check of {} has no socket: {}", watch.endpoint, noSocket.getMessage());
            probeAfter(watch, HealthTrack.FIRST_BACKOFF.toNanos());
            return;
        }
        probing++;
        watch.probe = probe;
        ScheduledFuture<?> limit = timer.schedule(probe::cutOff, probe.timeout().toNanos(), TimeUnit.NANOSECONDS);
        Thread.ofVirtual().name("parley-probe").start(() -> {
            Seen seen = probe.run();
            onTimer(() -> {
                limit.cancel(false);
                finished(watch, seen);
            });
        });
    }

    private void finished(Watch watch, Seen seen) {
        probing--;
        watch.probe = null;
        saw(watch, seen);
        while (probing < MOST_PROBES && !waiting.isEmpty()) {
            Watch next = waiting.remove();
            next.queued = false;
            probe(next);
        }
    }

    private void onTimer(Runnable task) {
        try {
            timer.execute(task);
        } catch (RejectedExecutionException closed) {
            // The monitor was closed; what there is to say comes too late for anyone.
        }
    }
}
