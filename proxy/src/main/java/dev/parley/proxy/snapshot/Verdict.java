package dev.parley.proxy.snapshot;

import dev.parley.model.Retries;

/**
 * What is to be done with a request: decided by a pure function of its head and the snapshot, and acted on by one switch.
 * Verdicts are made when the snapshot is compiled, so that deciding allocates nothing.
 */
public sealed interface Verdict {
    /**
     * Send it to an endpoint of a service.
     *
     * @param retries when it is sent once more: as the route says, else the service
     */
    record Forward(RouteView route, ServiceView service, Retries retries) implements Verdict {}

    /** Answer with a redirect. */
    record Redirect(RouteView route) implements Verdict {}

    /** Give the route's fixed answer. */
    record Answer(RouteView route) implements Verdict {}

    /** No route matches. */
    record NoRoute() implements Verdict {
        static final NoRoute INSTANCE = new NoRoute();
    }
}
