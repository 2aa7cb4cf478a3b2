package dev.parley.model;

import java.time.Duration;

/**
 * What lasts (TCP connections, WebSockets, UDP sessions, calls of gRPC that stream) stays where it began, so that an endpoint that
 * comes later has none of it. With this the excess at the others is ended, a little at a time, and begins anew: WebSockets with
 * Close 1001, streams of gRPC with UNAVAILABLE, TCP connections with a FIN.
 */
public record Rebalance(
        @Setting(
                "The share of an endpoint's lasting connections and streams that is ended in each minute, while it has more than its share.")
        Percent perMinute,

        @Setting(value = "How far above its share an endpoint may be.", def = "20%")
        Percent tolerance,

        @Setting(value = "What is younger than this is left alone.", def = "1m")
        Duration leastAge) {
    public Rebalance {
        Checks.notNegative("least_age", leastAge);
    }

    /** The short form is the share that is ended in each minute. */
    @FromText
    public static Rebalance of(String text) {
        return new Rebalance(Percent.parse(text), new Percent(20), Duration.ofMinutes(1));
    }
}
