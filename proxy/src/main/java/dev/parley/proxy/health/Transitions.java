package dev.parley.proxy.health;

import dev.parley.proxy.upstream.Endpoint;

/** Told of each change of an endpoint's health, so that the snapshot is compiled anew and the change is recorded. */
@FunctionalInterface
public interface Transitions {
    /**
     * Called on the monitor's timer thread, after the endpoint itself says so; must return soon and not throw.
     *
     * @param reason why, for users: "connection refused", "status 503, expected 200-399", "its check passed"
     */
    void changed(Endpoint endpoint, HealthState from, HealthState to, String reason);
}
