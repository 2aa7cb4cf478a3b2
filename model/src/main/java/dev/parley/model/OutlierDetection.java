package dev.parley.model;

import java.time.Duration;

/**
 * When an endpoint that answers worse than the others is taken out of the rotation, and how it returns. What counts as a
 * failure is a connection that breaks, an answer that does not come in time, a status of 500 or above, and a grpc-status
 * that blames the endpoint.
 */
public record OutlierDetection(
        @Setting(value = "Whether endpoints are ejected for how they answer.", def = "true", source = "Linkerd, Envoy")
        boolean enabled,

        @Setting(
                value = "Failures in a row, with no success between them, that eject at once; 0 counts none.",
                def = "5",
                source = "Envoy consecutive_5xx; Linkerd 7")
        int consecutiveFailures,

        @Setting(
                value = "The time over which success and latency are looked at.",
                def = "10s",
                source = "Envoy interval, Linkerd")
        Duration window,

        @Setting(
                value = "Answers of an endpoint within the window below which its success and latency say nothing.",
                def = "50",
                source = "Envoy success_rate_request_volume 100, halved for pools that are small")
        int minimumRequests,

        @Setting(
                value =
                        "Endpoints with that many answers that a comparison of success or latency needs; with fewer only the least success counts.",
                def = "3",
                source = "Envoy success_rate_minimum_hosts 5")
        int minimumEndpoints,

        @Setting(
                value =
                        "Standard deviations that an endpoint's share of success may lie below the mean of the others', besides what chance explains.",
                def = "1.9",
                source = "Envoy success_rate_stdev_factor")
        Factor deviations,

        @Setting(
                value = "A share of success that is never enough to eject for, however much better the others are.",
                def = "90%")
        Percent sufficientSuccess,

        @Setting(
                value =
                        "A share of success below which an endpoint is ejected with however few others to compare, while one does better; 0% never.",
                def = "50%",
                source = "Linkerd 80%, Envoy failure_percentage_threshold 85%")
        Percent leastSuccess,

        @Setting(
                value =
                        "How many times the median latency of the pool's other endpoints an endpoint may take on average, where one answer counts for at most ten times that; 0 never ejects for latency.",
                def = "5",
                source = "no peer ejects for latency")
        Factor latencyFactor,

        @Setting(value = "A latency below which no endpoint is ejected as slow.", def = "20ms")
        Duration latencyFloor,

        @Setting(
                value =
                        "How long the first ejection lasts, give or take a tenth; each that follows closely lasts twice as long as the one before.",
                def = "5s",
                source = "Linkerd 1s, Envoy base_ejection_time 30s")
        Duration ejection,

        @Setting(value = "The longest ejection.", def = "5m", source = "Envoy max_ejection_time")
        Duration longestEjection,

        @Setting(
                value =
                        "The share of a service's endpoints that may be ejected at a time; one may always be, where there are at least two.",
                def = "50%",
                source = "Envoy max_ejection_percent 10%, which keeps a broken zone in the rotation")
        Percent mostEjected,

        @Setting(
                value =
                        "After an ejection: successes in a row, one request at a time, until it gets its full share again.",
                def = "3",
                source = "Linkerd probes with 1")
        int probes) {

    public OutlierDetection {
        Checks.range("consecutive_failures", consecutiveFailures, 0, 10_000);
        Checks.positive("window", window);
        Checks.range("minimum_requests", minimumRequests, 1, 1_000_000);
        Checks.range("minimum_endpoints", minimumEndpoints, 2, 10_000);
        Checks.notNegative("latency_floor", latencyFloor);
        Checks.positive("ejection", ejection);
        if (longestEjection.compareTo(ejection) < 0) {
            throw new IllegalArgumentException("longest_ejection is %s, which is below ejection, %s."
                    .formatted(Durations.text(longestEjection), Durations.text(ejection)));
        }
        Checks.range("probes", probes, 1, 1000);
    }

    /** The short form is on or off, with all defaults. */
    @FromText
    public static OutlierDetection of(String text) {
        return new OutlierDetection(
                Switch.parse(text),
                5,
                Duration.ofSeconds(10),
                50,
                3,
                new Factor(1.9),
                new Percent(90),
                new Percent(50),
                new Factor(5),
                Duration.ofMillis(20),
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                new Percent(50),
                3);
    }
}
