package dev.parley.telemetry.metrics;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All that is counted, by the names that the configuration gives. A handle is kept across changes of the configuration,
 * so that counters go on; {@link #retain} drops those whose names are gone. Interactions that are still open on a dropped
 * handle count into it unseen. Safe for any thread.
 */
public final class MetricsRegistry {
    /**
     * Handles of one kind. Beyond it all further names share one handle named {@value #OVERFLOW}: a configuration that
     * large is refused nowhere, but must not take the process down through its metrics.
     */
    static final int MOST_OF_A_KIND = 100_000;

    static final String OVERFLOW = "(more)";

    private static final EndpointKey OVERFLOW_ENDPOINT = new EndpointKey(OVERFLOW, OVERFLOW);

    private final int loops;
    private final List<String> outcomes;
    private final List<String> refusals;
    private final Map<String, ListenerMetrics> listeners = new ConcurrentHashMap<>();
    private final Map<String, RouteMetrics> routes = new ConcurrentHashMap<>();
    private final Map<String, ServiceMetrics> services = new ConcurrentHashMap<>();
    private final Map<EndpointKey, EndpointMetrics> endpoints = new ConcurrentHashMap<>();
    private final Map<Metric, DoubleSupplier> readings = new ConcurrentHashMap<>();
    private final Map<Metric, Supplier<Map<List<String>, Double>>> labelled = new ConcurrentHashMap<>();
    private final Map<Metric, List<String>> facts = new ConcurrentHashMap<>();

    /**
     * @param loops the number of event loops, whose indices are 0 to one less
     * @param outcomes the codes of what may become of an interaction, in the order of their indices
     * @param refusals the codes for which a request may be refused, in the order of their indices
     */
    public MetricsRegistry(int loops, List<String> outcomes, List<String> refusals) {
        this.loops = loops;
        this.outcomes = List.copyOf(outcomes);
        this.refusals = List.copyOf(refusals);
    }

    public int loops() {
        return loops;
    }

    /** The handle of a listener, made on first use. */
    public ListenerMetrics listener(String name) {
        return obtain(listeners, name, OVERFLOW, key -> new ListenerMetrics(key, loops, outcomes, refusals));
    }

    /** The handle of a route, made on first use. */
    public RouteMetrics route(String name) {
        return obtain(routes, name, OVERFLOW, key -> new RouteMetrics(key, loops));
    }

    /** The handle of a service, made on first use. */
    public ServiceMetrics service(String name) {
        return obtain(services, name, OVERFLOW, key -> new ServiceMetrics(key, loops));
    }

    /** The handle of an endpoint, made on first use. */
    public EndpointMetrics endpoint(String service, String endpoint) {
        EndpointKey wanted = new EndpointKey(service, endpoint);
        return obtain(endpoints, wanted, OVERFLOW_ENDPOINT, key -> new EndpointMetrics(key, loops));
    }

    private static <K, M> M obtain(Map<K, M> known, K key, K overflow, Function<K, M> make) {
        M metrics = known.get(key);
        if (metrics != null) {
            return metrics;
        }
        return known.computeIfAbsent(known.size() < MOST_OF_A_KIND ? key : overflow, make);
    }

    /** Drops the handles of all names that are not among these. */
    public void retain(
            Set<String> listenerNames,
            Set<String> routeNames,
            Set<String> serviceNames,
            Set<EndpointKey> endpointKeys) {
        listeners.keySet().removeIf(name -> !listenerNames.contains(name) && !name.equals(OVERFLOW));
        routes.keySet().removeIf(name -> !routeNames.contains(name) && !name.equals(OVERFLOW));
        services.keySet().removeIf(name -> !serviceNames.contains(name) && !name.equals(OVERFLOW));
        endpoints.keySet().removeIf(key -> !endpointKeys.contains(key) && !key.equals(OVERFLOW_ENDPOINT));
    }

    /** Says where a gauge or counter without labels is read at scrape, by any thread. */
    public void read(Metric metric, DoubleSupplier value) {
        if (!metric.labels().isEmpty() || metric.kind() == Metric.Kind.HISTOGRAM) {
            throw new IllegalArgumentException(metric + " is not one number without labels.");
        }
        readings.put(metric, value);
    }

    /** Says where a gauge whose labels come and go is read at scrape, by any thread: its values by those of the labels. */
    public void readEach(Metric metric, Supplier<Map<List<String>, Double>> values) {
        if (metric.labels().isEmpty() || metric.kind() != Metric.Kind.GAUGE) {
            throw new IllegalArgumentException(metric + " is not a gauge with labels.");
        }
        labelled.put(metric, values);
    }

    /** States a fact once: the values of the labels of an info metric. */
    public void state(Metric metric, String... labelValues) {
        if (metric.kind() != Metric.Kind.INFO || metric.labels().size() != labelValues.length) {
            throw new IllegalArgumentException(metric + " is not a fact with " + labelValues.length + " labels.");
        }
        facts.put(metric, List.of(labelValues));
    }

    /**
     * Reads everything, to be written in the format that the scraper prefers: OpenMetrics 1.0 where it says so, else
     * Prometheus' text format 0.0.4.
     *
     * @param accept the scraper's Accept header, empty where it sent none
     */
    public Exposition scrape(String accept) {
        Exposition exposition = new Exposition(accept);
        listeners.values().forEach(listener -> listener.collect(exposition));
        routes.values().forEach(route -> route.collect(exposition));
        services.values().forEach(service -> service.collect(exposition));
        endpoints.values().forEach(endpoint -> endpoint.collect(exposition));
        readings.forEach((metric, value) -> exposition.add(metric, value.getAsDouble()));
        labelled.forEach((metric, values) -> values.get()
                .forEach(
                        (labels, value) -> exposition.add(metric, value.doubleValue(), labels.toArray(String[]::new))));
        facts.forEach((metric, values) -> exposition.state(metric, values.toArray(String[]::new)));
        return exposition;
    }
}
