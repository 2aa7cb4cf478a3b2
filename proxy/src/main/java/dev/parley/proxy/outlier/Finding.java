package dev.parley.proxy.outlier;

import dev.parley.telemetry.metrics.EjectionCause;

/**
 * An endpoint that is worse than the others.
 *
 * @param badness orders those with the same cause: the higher goes first
 * @param reason with its figures, for users
 */
record Finding(Track track, EjectionCause cause, double badness, String reason) {}
