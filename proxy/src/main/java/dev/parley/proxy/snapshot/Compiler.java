package dev.parley.proxy.snapshot;

import dev.parley.model.Configuration;
import dev.parley.model.Listener;
import dev.parley.model.Route;
import dev.parley.model.Service;
import dev.parley.proxy.balance.Balancer;
import dev.parley.proxy.balance.Balancers;
import dev.parley.proxy.balance.Member;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.route.RouteTable;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.wire.http1.HeadLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Makes a snapshot of a valid configuration and of what is known of its endpoints. Changes nothing that is in use. */
public final class Compiler {
    private final EndpointRegistry endpoints;
    private final MetricsRegistry metrics;
    private final RandomGenerator randomness;

    public Compiler(EndpointRegistry endpoints, MetricsRegistry metrics, RandomGenerator randomness) {
        this.endpoints = endpoints;
        this.metrics = metrics;
        this.randomness = randomness;
    }

    /** Compiles a configuration as it stands at {@code nowNs}. */
    public Snapshot compile(long revision, Configuration configuration, long nowNs) {
        Map<String, ServiceView> services = new LinkedHashMap<>();
        configuration.services().forEach((name, service) -> services.put(name, service(name, service, nowNs)));
        Map<String, ListenerView> listeners = new LinkedHashMap<>();
        configuration
                .listeners()
                .forEach((name, listener) -> listeners.put(name, listener(name, listener, configuration, services)));
        return new Snapshot(revision, configuration, listeners, services);
    }

    private ServiceView service(String name, Service service, long nowNs) {
        List<Endpoint> all = service.endpoints().stream()
                .map(each -> endpoints.obtain(name, each.address(), service.balance(), nowNs))
                .toList();
        return new ServiceView(name, service, all, metrics.service(name), balancer(service, all, nowNs));
    }

    /** The balancer over the endpoints of a service that are up; over all of them where none is, so that it says so. */
    static Balancer balancer(Service service, List<Endpoint> endpoints, long nowNs) {
        List<Member> up = members(service, endpoints, true);
        return Balancers.compile(service.balance(), up.isEmpty() ? members(service, endpoints, false) : up, nowNs);
    }

    /** When the balancer is due again because an endpoint ramps up; {@code Long.MAX_VALUE} where none does. */
    static long nextRampNs(Service service, List<Endpoint> endpoints, long nowNs) {
        return Balancers.nextRampNs(service.balance(), members(service, endpoints, true), nowNs);
    }

    private static List<Member> members(Service service, List<Endpoint> endpoints, boolean availableOnly) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            Endpoint.Standing standing = endpoint.standing();
            if (standing.available() || !availableOnly) {
                members.add(new Member(endpoint, service.endpoints().get(i).weight(), standing.sinceNs()));
            }
        }
        return members;
    }

    private ListenerView listener(
            String name, Listener listener, Configuration configuration, Map<String, ServiceView> services) {
        List<RouteTable.Entry<RouteView>> entries = new ArrayList<>();
        RouteView tcp = null;
        for (Map.Entry<String, Route> each : configuration.routes().entrySet()) {
            Route route = each.getValue();
            if (!route.listener().equals(name)) {
                continue;
            }
            RouteView view = new RouteView(
                    each.getKey(), route, listener.port().orElse(0), metrics.route(each.getKey()), services);
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
                listener.protocol() == Listener.Protocol.HTTP ? null : tcp);
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
