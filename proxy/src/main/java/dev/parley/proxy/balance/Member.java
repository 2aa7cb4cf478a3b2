package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;

/**
 * An endpoint as a service has it.
 *
 * @param weight its share relative to the others, 0 to 65535; 0 is never picked
 * @param inRotationSinceNs when it came or returned, on the clock of {@code System.nanoTime}; slow start counts from it
 */
public record Member(Endpoint endpoint, int weight, long inRotationSinceNs) {}
