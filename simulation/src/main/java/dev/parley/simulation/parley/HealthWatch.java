package dev.parley.simulation.parley;

import dev.parley.model.HealthCheck;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.health.HealthState;
import dev.parley.proxy.health.HealthTrack;
import dev.parley.proxy.health.Seen;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.simulation.world.Actor;
import dev.parley.simulation.world.Draws;
import dev.parley.simulation.world.Server;
import java.time.Duration;
import java.util.Optional;

/**
 * Probes one endpoint when the product's {@link HealthTrack} says so: what HealthMonitor does with sockets and a timer
 * thread. A probe finds out whether the server can be reached, as a TCP connect or a health page does; a server that answers
 * traffic with errors passes it, which is what makes a failure grey.
 */
final class HealthWatch implements Actor {
    /** As in {@code health.Probe}: how long a connect may take where no check is configured. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private static final int PROBE = 1;
    private static final int PASSED = 2;
    private static final int FAILED = 3;

    private final SimulatedService service;
    private final Endpoint endpoint;
    private final Server server;
    private final FastRandom jitter;
    private final HealthTrack track;

    HealthWatch(
            SimulatedService service,
            Endpoint endpoint,
            Server server,
            Optional<HealthCheck> check,
            FastRandom jitter,
            long nowNs) {
        this.service = service;
        this.endpoint = endpoint;
        this.server = server;
        this.jitter = jitter;
        this.track = new HealthTrack(HealthState.UNKNOWN, nowNs);
        track.follow(check);
        if (check.isPresent()) {
            service.around()
                    .agenda()
                    .after((long) (Draws.unit(jitter) * check.get().interval().toNanos()), this, PROBE, 0);
        }
    }

    /** Traffic could not connect. */
    void connectFailed(String reason, long nowNs) {
        if (endpoint.takeDown(Endpoint.Cause.UNREACHABLE, reason, nowNs)) {
            service.healthChanged(nowNs);
            saw(new Seen.ConnectFailed(reason), nowNs);
        }
    }

    @Override
    public void act(int what, int ticket, long nowNs) {
        switch (what) {
            case PROBE -> probe();
            case PASSED -> saw(new Seen.Passed(), nowNs);
            default -> saw(new Seen.Failed("connection refused", false), nowNs);
        }
    }

    private void probe() {
        long timeoutNs =
                track.check().map(HealthCheck::timeout).orElse(CONNECT_TIMEOUT).toNanos();
        long roundTripNs = 2 * service.delayNs(server, jitter);
        switch (server.presence()) {
            case UP -> service.around().agenda().after(roundTripNs, this, PASSED, 0);
            case REFUSING -> service.around().agenda().after(roundTripNs, this, FAILED, 0);
            case SILENT -> service.around().agenda().after(timeoutNs, this, FAILED, 0);
        }
    }

    private void saw(Seen seen, long nowNs) {
        HealthState before = track.state();
        HealthState after = track.on(seen, nowNs);
        if (after == HealthState.UP && before == HealthState.DOWN) {
            endpoint.bringUp(nowNs);
            service.healthChanged(nowNs);
        } else if (after == HealthState.DOWN && before != HealthState.DOWN) {
            endpoint.takeDown(Endpoint.Cause.UNREACHABLE, "its check failed", nowNs);
            service.healthChanged(nowNs);
        }
        long pauseNs = track.pauseNs(seen, 2 * Draws.unit(jitter) - 1);
        if (pauseNs >= 0) {
            service.around().agenda().after(pauseNs, this, PROBE, 0);
        }
    }
}
