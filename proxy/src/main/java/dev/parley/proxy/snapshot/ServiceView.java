package dev.parley.proxy.snapshot;

import dev.parley.model.Balance.HashKey;
import dev.parley.model.Service;
import dev.parley.proxy.balance.Balancer;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.ServiceMetrics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A service as exchanges see it. The balancer is live: health and slow start replace it between configuration changes. */
public final class ServiceView {
    private final String name;
    private final Label label;
    private final Service settings;
    private final List<Endpoint> endpoints;
    private final KeySource key;
    private final ServiceMetrics metrics;
    private final byte @Nullable [] hostOverride;
    private volatile Balancer balancer;

    ServiceView(String name, Service settings, List<Endpoint> endpoints, ServiceMetrics metrics, Balancer balancer) {
        this.name = name;
        this.label = Label.of(name);
        this.settings = settings;
        this.key = KeySource.of(settings.balance().hash().orElse(new HashKey(HashKey.Source.SOURCE, "")));
        this.endpoints = List.copyOf(endpoints);
        this.metrics = metrics;
        this.balancer = balancer;
        this.hostOverride = settings.host()
                .map(host -> host.getBytes(StandardCharsets.US_ASCII))
                .orElse(null);
    }

    public String name() {
        return name;
    }

    public Label label() {
        return label;
    }

    /** What its requests are hashed by. */
    public KeySource key() {
        return key;
    }

    public Service settings() {
        return settings;
    }

    /** All of its endpoints, in the order of the configuration, whatever their health. */
    public List<Endpoint> endpoints() {
        return endpoints;
    }

    public ServiceMetrics metrics() {
        return metrics;
    }

    /** The Host that endpoints are sent, where it is not the client's own. */
    public byte @Nullable [] hostOverride() {
        return hostOverride;
    }

    public Balancer balancer() {
        return balancer;
    }

    void balancer(Balancer compiled) {
        balancer = compiled;
    }
}
