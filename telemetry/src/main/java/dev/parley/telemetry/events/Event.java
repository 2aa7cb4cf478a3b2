package dev.parley.telemetry.events;

import java.time.Instant;
import java.util.Locale;

/**
 * Something that changed what Parley does with traffic.
 *
 * @param service the service that it concerns; empty where it concerns none
 * @param endpoint the address of the endpoint that it concerns; empty where it concerns none or all
 * @param reason why, with the figures that it was decided by; empty where the kind says all
 */
public record Event(Instant time, Kind kind, String service, String endpoint, String reason) {

    /** What kinds of changes are told. */
    public enum Kind {
        /** An endpoint is back in the rotation: its check succeeds, or a connection to it can be made. */
        ENDPOINT_UP,
        /** An endpoint left the rotation: its check fails, or no connection to it can be made. */
        ENDPOINT_DOWN,
        /** An endpoint was taken out for how it answered. */
        ENDPOINT_EJECTED,
        /** The time of an ejection is over, and single requests try whether the endpoint is well. */
        ENDPOINT_PROBING,
        /** An ejected endpoint has its full share again. */
        ENDPOINT_RETURNED,
        /** A circuit breaker refuses calls from now on. */
        BREAKER_OPENED,
        /** A circuit breaker lets single calls through. */
        BREAKER_HALF_OPEN,
        /** A circuit breaker lets all calls through again. */
        BREAKER_CLOSED,
        /** So few endpoints of a service are up that those that are not well are called too. */
        PANIC_BEGAN,
        /** Enough endpoints of a service are up again. */
        PANIC_ENDED,
        /** Another zone or priority of a service carries traffic, or carries another share of it. */
        LEVELS_CHANGED,
        /** A change of the configuration was applied. */
        CONFIGURATION_APPLIED,
        /** A change of the configuration was refused, and the one before serves on. */
        CONFIGURATION_REJECTED;

        /** As {@code /status} has it: {@code endpoint_ejected}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
