package dev.parley.proxy.outlier;

import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.EjectionCause;
import java.time.Duration;

/** What outlier detection did with an endpoint. */
public sealed interface Transition {
    Endpoint endpoint();

    /**
     * It is left alone.
     *
     * @param reason with the figures, for users: "5 failures in a row"
     * @param time how long, until it is tried
     * @param nth which ejection this is of those that followed closely; 1 is the first
     */
    record Ejected(Endpoint endpoint, EjectionCause cause, String reason, Duration time, int nth)
            implements Transition {}

    /** Its time is over, and single requests try it. */
    record Tried(Endpoint endpoint) implements Transition {}

    /**
     * It takes its full share again.
     *
     * @param reason "3 probes went well", "no other endpoint is left"
     */
    record Returned(Endpoint endpoint, String reason) implements Transition {}
}
