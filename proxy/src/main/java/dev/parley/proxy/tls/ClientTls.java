package dev.parley.proxy.tls;

import dev.parley.model.EndpointAddress;
import dev.parley.model.ServiceTls;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** TLS to the endpoints of a service. Safe for all loops. */
public final class ClientTls {
    private final ServiceTls settings;
    private final Function<List<String>, TlsContext> contextOf;
    private final ConcurrentHashMap<List<String>, TlsContext> byProtocols = new ConcurrentHashMap<>();
    private final HealthTls health;

    ClientTls(ServiceTls settings, HealthTls health, Function<List<String>, TlsContext> contextOf) {
        this.settings = settings;
        this.health = health;
        this.contextOf = contextOf;
    }

    /**
     * The handler for a connection to an endpoint.
     *
     * @param protocols application protocols to offer, best first; empty for none
     */
    public TlsHandler handler(EndpointAddress endpoint, List<String> protocols, TlsHandler.Waiter waiter) {
        TlsContext context = byProtocols.computeIfAbsent(protocols, contextOf);
        TlsContext.Peering peering = new TlsContext.Peering(name(endpoint), endpoint.toString());
        return new TlsHandler(context.session(peering), waiter);
    }

    /** What an endpoint is asked for, and has to prove to be: what is configured, else its own host. */
    String name(EndpointAddress endpoint) {
        return settings.name().orElseGet(() -> switch (endpoint) {
            case EndpointAddress.Inet inet -> inet.host();
            case EndpointAddress.Unix unix -> "localhost";
        });
    }

    /** TLS for blocking checks of health. */
    public HealthTls health() {
        return health;
    }

    void release() {
        byProtocols.values().forEach(TlsContext::release);
    }
}
