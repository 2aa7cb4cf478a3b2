package dev.parley.proxy.snapshot;

import dev.parley.model.Configuration;
import dev.parley.model.Listener;
import dev.parley.model.ListenerTls;
import dev.parley.model.Route;
import dev.parley.model.Service;
import dev.parley.proxy.balance.Balancers;
import dev.parley.proxy.balance.FailureDomains;
import dev.parley.proxy.balance.Member;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.resilience.ServiceGuards;
import dev.parley.proxy.resilience.Transitions;
import dev.parley.proxy.route.RouteTable;
import dev.parley.proxy.tls.Alpn;
import dev.parley.proxy.tls.ServerTls;
import dev.parley.proxy.tls.TlsContexts;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.wire.http1.HeadLimits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes a snapshot of a valid configuration and of what is known of its endpoints. Changes nothing that is in use. */
public final class Compiler {
    private final EndpointRegistry endpoints;
    private final MetricsRegistry metrics;
    private final RandomGenerator randomness;
    private final TlsContexts tls;
    private final ServiceGuards guards;
    private final Transitions transitions;
    private final RateLimiters limiters = new RateLimiters();

    /** @param transitions told of each change of a breaker */
    public Compiler(
            EndpointRegistry endpoints,
            MetricsRegistry metrics,
            RandomGenerator randomness,
            TlsContexts tls,
            Transitions transitions) {
        this.endpoints = endpoints;
        this.metrics = metrics;
        this.randomness = randomness;
        this.tls = tls;
        this.transitions = transitions;
        this.guards = new ServiceGuards((service, from, to, reason) -> {
            metrics.service(service).breakerMoved(GuardState.of(to));
            transitions.changed(service, from, to, reason);
        });
    }

    /** Compiles a configuration as it stands at {@code nowNs}. */
    public Snapshot compile(long revision, Configuration configuration, long nowNs) {
        Map<String, ServiceView> services = new LinkedHashMap<>();
        configuration
                .services()
                .forEach((name, service) -> services.put(name, service(name, service, configuration.zone(), nowNs)));
        Map<String, ListenerView> listeners = new LinkedHashMap<>();
        configuration
                .listeners()
                .forEach((name, listener) -> listeners.put(name, listener(name, listener, configuration, services)));
        return new Snapshot(revision, configuration, listeners, services);
    }

    /** Drops what is known of what this configuration does not have. */
    public void retain(Configuration configuration) {
        guards.retain(configuration.services().keySet());
        Set<String> named = new HashSet<>();
        configuration.listeners().keySet().forEach(name -> named.add("listener." + name));
        configuration.routes().keySet().forEach(name -> named.add("route." + name));
        configuration.services().keySet().forEach(name -> named.add("service." + name));
        limiters.retain(named);
    }

    /** Has what outlives configurations follow this one again, after one that was refused. */
    public void restore(Configuration configuration, long nowNs) {
        configuration.services().forEach((name, service) -> guarded(name, service, nowNs));
        retain(configuration);
    }

    private ServiceGuard guarded(String name, Service service, long nowNs) {
        ServiceGuard guard = guards.obtain(name, service, nowNs);
        for (Service.Endpoint each : service.endpoints()) {
            Endpoint endpoint = endpoints.obtain(name, each.address(), service.balance(), nowNs);
            endpoint.guard(guard);
            CircuitBreaker known = endpoint.breaker();
            if (!service.breaker().perEndpoint()) {
                endpoint.breaker(null);
            } else if (known == null) {
                endpoint.breaker(new CircuitBreaker(endpoint.toString(), service.breaker(), nowNs, transitions));
            } else {
                known.tune(service.breaker(), nowNs);
            }
        }
        return guard;
    }

    private ServiceView service(String name, Service service, String zone, long nowNs) {
        ServiceGuard guard = guarded(name, service, nowNs);
        List<Endpoint> all = service.endpoints().stream()
                .map(each -> endpoints.obtain(name, each.address(), service.balance(), nowNs))
                .toList();
        return new ServiceView(
                name,
                service,
                all,
                metrics.service(name),
                plan(zone, service, all, nowNs),
                nowNs,
                service.tls().map(settings -> tls.client(name, settings)).orElse(null),
                guard,
                limiters.obtain("service." + name, service.rateLimits()));
    }

    /** How the traffic of a service is spread over its failure domains, as its endpoints stand now. */
    public static FailureDomains plan(String zone, Service service, List<Endpoint> endpoints, long nowNs) {
        return FailureDomains.plan(service.locality(), zone, members(service, endpoints), nowNs);
    }

    /** Whether the plan will be another one with time, although nothing goes up or down. */
    public static boolean settling(FailureDomains plan, Service service, List<Endpoint> endpoints, long nowNs) {
        List<Member> members = members(service, endpoints);
        return plan.nextStepNs(nowNs) != Long.MAX_VALUE
                || Balancers.nextRampNs(service.balance(), members, nowNs) != Long.MAX_VALUE;
    }

    private static List<Member> members(Service service, List<Endpoint> endpoints) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            Service.Endpoint configured = service.endpoints().get(i);
            members.add(new Member(
                    endpoint,
                    configured.weight(),
                    endpoint.standing().sinceNs(),
                    configured.zone(),
                    configured.priority()));
        }
        return members;
    }

    private ListenerView listener(
            String name, Listener listener, Configuration configuration, Map<String, ServiceView> services) {
        List<RouteTable.Entry<RouteView>> entries = new ArrayList<>();
        List<Map.Entry<Route, RouteView>> undecrypted = new ArrayList<>();
        RouteView tcp = null;
        for (Map.Entry<String, Route> each : configuration.routes().entrySet()) {
            Route route = each.getValue();
            if (!route.listener().equals(name)) {
                continue;
            }
            RouteView view = new RouteView(
                    each.getKey(),
                    route,
                    listener.port().orElse(0),
                    metrics.route(each.getKey()),
                    services,
                    limiters.obtain("route." + each.getKey(), route.rateLimits()));
            if (!route.sni().isEmpty()) {
                undecrypted.add(Map.entry(route, view));
                continue;
            }
            entries.add(new RouteTable.Entry<>(each.getKey(), route, view));
            tcp = takesConnections(route) ? view : tcp;
        }
        HeadLimits limits = new HeadLimits(
                listener.limits().headBytes().toInt(),
                listener.limits().targetBytes().toInt(),
                listener.limits().headFields());
        return new ListenerView(
                name,
                Label.of(name),
                listener,
                limits,
                metrics.listener(name),
                RouteTable.compile(entries, randomness),
                listener.protocol() == Listener.Protocol.HTTP ? null : tcp,
                serverTls(name, listener),
                passthrough(listener, undecrypted, tcp),
                limiters.obtain("listener." + name, listener.rateLimits()));
    }

    private @Nullable ServerTls serverTls(String name, Listener listener) {
        ListenerTls settings = listener.tls().orElse(null);
        if (settings == null || !settings.terminates()) {
            return null;
        }
        boolean http = listener.protocol() != Listener.Protocol.TCP;
        return tls.server(name, settings, Alpn.offered(settings.alpn(), http));
    }

    /** A route without names takes what no other does, where nothing is decrypted. */
    private static @Nullable SniRoutes passthrough(
            Listener listener, List<Map.Entry<Route, RouteView>> routes, @Nullable RouteView tcp) {
        ListenerTls settings = listener.tls().orElse(null);
        if (settings == null || !settings.passthrough()) {
            return null;
        }
        SniRoutes names = new SniRoutes(settings.terminates() ? null : tcp);
        routes.forEach(each -> names.add(each.getKey().sni(), each.getValue()));
        return names;
    }

    /** Whether a route asks nothing that only HTTP can answer, so that a bare connection can take it. */
    private static boolean takesConnections(Route route) {
        return route.to().isPresent()
                && route.host().isEmpty()
                && route.matchedPath().text().equals("/")
                && route.matchedMethods().isEmpty()
                && route.headers().isEmpty()
                && route.query().isEmpty();
    }
}
