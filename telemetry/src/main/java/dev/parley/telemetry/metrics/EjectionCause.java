package dev.parley.telemetry.metrics;

import java.util.Locale;

/** Why an endpoint was ejected, as the label {@code cause} of its metric says it. */
public enum EjectionCause {
    /** It failed so many times with no success between. */
    CONSECUTIVE_FAILURES,
    /** It failed much more often than the others, or nearly always. */
    SUCCESS_RATE,
    /** It took much longer than the others. */
    LATENCY,
    /** It had been ejected, was tried, and failed again. */
    PROBE;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
