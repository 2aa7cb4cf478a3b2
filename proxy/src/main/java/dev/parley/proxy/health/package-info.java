/**
 * Whether endpoints are well: what probes and traffic saw of each, turned into UNKNOWN, UP or DOWN.
 *
 * <p>One timer thread decides everything, so that nothing here is locked; probes run on virtual threads with blocking
 * sockets. Event loops only report failed connects. What DOWN means for traffic is the endpoint's
 * ({@code upstream}) and the snapshot's business; failures of answers never enter here. Start reading at
 * {@link dev.parley.proxy.health.HealthMonitor}, then {@link dev.parley.proxy.health.HealthTrack} for the rules.
 */
@NullMarked
package dev.parley.proxy.health;

import org.jspecify.annotations.NullMarked;
