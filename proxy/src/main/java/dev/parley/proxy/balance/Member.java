package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;

/**
 * An endpoint as a service has it.
 *
 * @param weight its share relative to the others, 0 to 65535; 0 is never picked
 * @param inRotationSinceNs when it came or returned, on the clock of {@code System.nanoTime}; slow start counts from it
 * @param zone the zone that it is in; empty where it has none
 * @param priority the lower, the sooner it is called
 */
public record Member(Endpoint endpoint, int weight, long inRotationSinceNs, String zone, int priority) {
    /** One of a service that has neither zones nor priorities. */
    public Member(Endpoint endpoint, int weight, long inRotationSinceNs) {
        this(endpoint, weight, inRotationSinceNs, "", 0);
    }
}
