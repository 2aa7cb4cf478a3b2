package dev.parley.model;

import java.time.Duration;

/**
 * When a service is not called any more: at once where it has too much under way, and for a time where nearly all calls to it
 * fail or are slow. A call that is not made is answered 503 with the reason and Retry-After.
 */
public record Breaker(
        @Setting(
                value = "Connections to all endpoints of the service, over all event loops; 0 is no bound.",
                def = "0",
                source = "Envoy max_connections bounds a cluster; here connections_per_endpoint bounds each endpoint")
        int connections,

        @Setting(
                value = "Requests of the service that wait for a connection to be made.",
                def = "10000",
                source = "Linkerd's queue; Envoy max_pending_requests 1024")
        int pending,

        @Setting(
                value = "Requests of the service that are under way.",
                def = "100000",
                source = "Linkerd; Envoy max_requests 1024")
        int inFlight,

        @Setting(
                value = "Requests under way at one endpoint; then others are tried.",
                def = "100000",
                source = "HAProxy maxconn has no default")
        int inFlightPerEndpoint,

        @Setting(
                value = "The share of failed calls that opens it; 100% never does.",
                def = "90%",
                source = "resilience4j failureRateThreshold 50%")
        Percent errorRate,

        @Setting(value = "A call that takes longer is slow; 0 calls none so.", def = "0s")
        Duration slowCall,

        @Setting(
                value = "The share of slow calls that opens it; 100% never does.",
                def = "90%",
                source = "resilience4j slowCallRateThreshold 100%")
        Percent slowRate,

        @Setting(value = "The time over which calls are counted.", def = "10s", source = "Envoy, Hystrix")
        Duration window,

        @Setting(
                value = "Calls within the window below which it does not open.",
                def = "100",
                source = "resilience4j minimumNumberOfCalls")
        int minimumCalls,

        @Setting(
                value = "How long it stays open before it lets probes through; doubles with each failed probing.",
                def = "1s",
                source = "Linkerd's least penalty; Hystrix 5s, resilience4j 60s")
        Duration open,

        @Setting(
                value =
                        "The longest that it stays open. Long times of several breakers in a chain can miss each other: the probe of"
                                + " one finds the next still open.",
                def = "5s",
                source = "Hystrix sleepWindow; Linkerd 1m")
        Duration longestOpen,

        @Setting(
                value = "Half open: the calls that are let through at a time, and whose success closes it.",
                def = "5",
                source = "resilience4j permittedNumberOfCallsInHalfOpenState 10")
        int probes,

        @Setting(
                value = "Whether each endpoint has a breaker of its own too, by the same rates; then others are tried.",
                def = "true")
        boolean perEndpoint) {

    public Breaker {
        Checks.range("connections", connections, 0, 10_000_000);
        Checks.range("pending", pending, 1, 10_000_000);
        Checks.range("in_flight", inFlight, 1, 10_000_000);
        Checks.range("in_flight_per_endpoint", inFlightPerEndpoint, 1, 10_000_000);
        Checks.notNegative("slow_call", slowCall);
        Checks.positive("window", window);
        Checks.range("minimum_calls", minimumCalls, 1, 10_000_000);
        Checks.positive("open", open);
        if (longestOpen.compareTo(open) < 0) {
            throw new IllegalArgumentException("longest_open is %s, which is below open, %s."
                    .formatted(Durations.text(longestOpen), Durations.text(open)));
        }
        Checks.range("probes", probes, 1, 10_000);
    }
}
