package dev.parley.proxy.snapshot;

import dev.parley.model.Balance.HashKey;
import dev.parley.model.Service;
import dev.parley.proxy.balance.Balancer;
import dev.parley.proxy.balance.FailureDomains;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.tls.ClientTls;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A service as exchanges see it. The balancer is live: health and slow start replace it between configuration changes. */
public final class ServiceView {
    private final String name;
    private final Label label;
    private final Service settings;
    private final List<Endpoint> endpoints;
    private final @Nullable KeySource key;
    private final ServiceMetrics metrics;
    private final byte @Nullable [] hostOverride;
    private final @Nullable ClientTls tls;
    private final ServiceGuard guard;
    private final RateLimits rateLimits;
    private volatile FailureDomains domains;
    private volatile Balancer balancer;

    ServiceView(
            String name,
            Service settings,
            List<Endpoint> endpoints,
            ServiceMetrics metrics,
            FailureDomains domains,
            long nowNs,
            @Nullable ClientTls tls,
            ServiceGuard guard,
            RateLimits rateLimits) {
        this.tls = tls;
        this.guard = guard;
        this.rateLimits = rateLimits;
        metrics.observe(new GuardState(guard));
        this.name = name;
        this.label = Label.of(name);
        this.settings = settings;
        this.key = switch (settings.balance().algorithm()) {
            case MAGLEV, RING_HASH ->
                KeySource.of(settings.balance().hash().orElse(new HashKey(HashKey.Source.SOURCE, "")));
            case P2C_EWMA, LEAST_REQUEST, ROUND_ROBIN, RANDOM -> null;
        };
        this.endpoints = List.copyOf(endpoints);
        this.metrics = metrics;
        this.domains = domains;
        this.balancer = domains.compile(settings.balance(), nowNs);
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

    /** What a request is hashed by; 0, which is no key, where the service does not hash. */
    public long keyHash(RequestHead head, byte[] clientAddress) {
        return key == null ? 0 : key.of(head, clientAddress);
    }

    /** What a connection is hashed by; 0, which is no key, where the service does not hash. */
    public long keyHash(byte[] clientAddress) {
        return key == null ? 0 : key.of(clientAddress);
    }

    /** Whether its endpoints speak HTTP/1.1 for certain, so that chunks can go to them as they come. */
    public boolean framesChunks() {
        return settings.protocol() == Service.Protocol.HTTP1;
    }

    /** Whether calls of gRPC-Web go to its endpoints as gRPC. Only of HTTP/2 is it known beforehand that it can carry that. */
    public boolean bridgesGrpcWeb() {
        return settings.grpcWeb() && settings.protocol() == Service.Protocol.HTTP2;
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

    /** How its endpoints are spoken to over TLS; null where they are not. */
    public @Nullable ClientTls tls() {
        return tls;
    }

    /** What decides whether it is called: its breaker, bounds and budgets, the same from one configuration to the next. */
    public ServiceGuard guard() {
        return guard;
    }

    /** How often it may be called. */
    public RateLimits rateLimits() {
        return rateLimits;
    }

    public Balancer balancer() {
        return balancer;
    }

    /** How its traffic is spread over its failure domains now. */
    public FailureDomains domains() {
        return domains;
    }

    void follow(FailureDomains planned, long nowNs) {
        domains = planned;
        balancer = planned.compile(settings.balance(), nowNs);
    }
}
