package dev.parley.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code /metrics} said of each endpoint at one moment.
 *
 * @param atNs when it was asked, of {@link System#nanoTime()}
 * @param retries attempts that followed a failed one, by service
 */
record Snapshot(long atNs, Map<Key, Counts> endpoints, Map<String, Double> retries) {
    /** An endpoint of a service, as the labels name it. */
    record Key(String service, String endpoint) {}

    /** Counters since the start, and gauges, of one endpoint. */
    static final class Counts {
        double requests;
        double failures;
        double connects;
        double inFlight;
        boolean up;
        final TreeMap<Double, Double> latencyBuckets = new TreeMap<>();
    }

    static Snapshot parse(long atNs, String metrics) {
        Map<Key, Counts> endpoints = new HashMap<>();
        List<MetricsText.Sample> samples = MetricsText.parse(metrics, "parley_endpoint_");
        for (MetricsText.Sample sample : samples) {
            Key key = new Key(sample.label("service"), sample.label("endpoint"));
            add(sample, endpoints.computeIfAbsent(key, absent -> new Counts()));
        }
        Map<String, Double> retries = new HashMap<>();
        for (MetricsText.Sample sample : MetricsText.parse(metrics, "parley_service_retries_total")) {
            retries.merge(sample.label("service"), sample.value(), Double::sum);
        }
        return new Snapshot(atNs, endpoints, retries);
    }

    private static void add(MetricsText.Sample sample, Counts counts) {
        switch (sample.name()) {
            case "parley_endpoint_requests_total" -> {
                counts.requests += sample.value();
                // An attempt without a whole answer counts as none; such a request is sent to another endpoint.
                if (sample.label("class").equals("5xx") || sample.label("class").equals("none")) {
                    counts.failures += sample.value();
                }
            }
            case "parley_endpoint_latency_seconds_bucket" -> {
                double bound = sample.label("le").equals("+Inf")
                        ? Double.POSITIVE_INFINITY
                        : Double.parseDouble(sample.label("le"));
                counts.latencyBuckets.merge(bound, sample.value(), Double::sum);
            }
            case "parley_endpoint_connects_total" -> counts.connects = sample.value();
            case "parley_endpoint_in_flight" -> counts.inFlight = sample.value();
            case "parley_endpoint_up" -> counts.up = sample.value() > 0;
            default -> {
                // The demo shows the few above.
            }
        }
    }

    Counts of(Key key) {
        return endpoints.getOrDefault(key, new Counts());
    }
}
