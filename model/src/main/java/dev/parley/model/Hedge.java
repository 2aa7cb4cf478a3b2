package dev.parley.model;

import java.time.Duration;

/**
 * A second attempt at another endpoint while the first is still awaited, for requests that are safe to send twice; the first
 * answer counts, and the other attempt is given up (Dean and Barroso, "The tail at scale", CACM 2013).
 */
public record Hedge(
        @Setting(
                "How long the first attempt is awaited alone: a time, or p50 to p99, which is that quantile of the service's latency.")
        After after,

        @Setting(
                value = "Second attempts per request, over the last 10 seconds; beyond it the first is awaited.",
                def = "5%",
                source = "The tail at scale; Envoy has no bound")
        Percent budget) {

    /** The short form is the time alone. */
    @FromText
    public static Hedge after(String text) {
        return new Hedge(After.parse(text), new Percent(5));
    }

    /** A fixed time, or a quantile of what the service has lately taken; of the two the other is zero. */
    public record After(Duration time, int quantile) {
        /** Reads {@code 50ms} or {@code p95}. */
        @FromText
        public static After parse(String text) {
            if (text.matches("p[5-9]\\d")) {
                return new After(Duration.ZERO, Integer.parseInt(text.substring(1)));
            }
            Duration time = Durations.parse(text);
            Checks.positive("after", time);
            return new After(time, 0);
        }

        @Override
        public String toString() {
            return quantile > 0 ? "p" + quantile : Durations.text(time);
        }
    }
}
