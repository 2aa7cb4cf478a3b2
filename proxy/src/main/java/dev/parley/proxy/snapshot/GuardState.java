package dev.parley.proxy.snapshot;

import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.telemetry.metrics.ServiceMetrics.BreakerState;

/** A service's guard, as its metrics read it. */
record GuardState(ServiceGuard guard) implements ServiceMetrics.State {
    static BreakerState of(CircuitBreaker.State state) {
        return switch (state) {
            case CLOSED -> BreakerState.CLOSED;
            case OPEN -> BreakerState.OPEN;
            case HALF_OPEN -> BreakerState.HALF_OPEN;
        };
    }

    @Override
    public BreakerState breaker() {
        return of(guard.breaker().state());
    }

    @Override
    public long inFlight() {
        return guard.inFlight();
    }

    @Override
    public long pending() {
        return guard.pending();
    }

    @Override
    public long awaiting() {
        return guard.concurrency().inFlight();
    }

    @Override
    public long concurrencyLimit() {
        return guard.concurrency().limit();
    }
}
