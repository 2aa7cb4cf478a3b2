package dev.parley.simulation.parley;

import dev.parley.model.Configuration;
import dev.parley.model.Retries;
import dev.parley.model.Route;
import dev.parley.model.Service;
import dev.parley.proxy.balance.Balancer;
import dev.parley.proxy.balance.FailureDomains;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.outlier.OutlierDetector;
import dev.parley.proxy.outlier.Transition;
import dev.parley.proxy.resilience.CircuitBreaker;
import dev.parley.proxy.resilience.Refusal;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.resilience.Transitions;
import dev.parley.proxy.snapshot.Compiler;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Server;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A service as one Parley has it: its endpoints, what is known of them, and the balancer that follows from it. */
public final class SimulatedService {
    private final Surroundings around;
    private final String zone;
    private final Service settings;
    private final Route route;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<Server> servers = new ArrayList<>();
    private final List<HealthWatch> watches = new ArrayList<>();
    private final Deque<ProxiedCall> free = new ArrayDeque<>();
    private final ServiceGuard guard;
    private final OutlierDetector outliers;
    private final long[] refusals = new long[Refusal.values().length];
    private final int firstId;
    private int breakerChanges;
    private Balancer balancer;
    private FailureDomains domains;
    private boolean settling;
    private long ejections;

    SimulatedService(
            String name, Configuration configuration, Surroundings around, EndpointRegistry registry, long seed) {
        this.around = around;
        this.zone = configuration.zone();
        this.settings = configuration.services().get(name);
        this.route = configuration.routes().get(name);
        long now = around.agenda().nowNs();
        FastRandom jitter = new FastRandom(seed);
        Transitions transitions = (what, from, to, reason) -> breakerChanges++;
        this.guard = new ServiceGuard(name, settings, now, transitions);
        for (Service.Endpoint each : settings.endpoints()) {
            Endpoint endpoint = registry.obtain(name, each.address(), settings.balance(), now);
            endpoint.guard(guard);
            if (settings.breaker().perEndpoint()) {
                endpoint.breaker(new CircuitBreaker(endpoint.toString(), settings.breaker(), now, transitions));
            }
            Server server = around.servers().get(each.address());
            endpoints.add(endpoint);
            servers.add(server);
            watches.add(new HealthWatch(this, endpoint, server, settings.health(), jitter, now));
        }
        this.outliers = new OutlierDetector(settings.outlierDetection(), seed, this::ejectionChanged);
        outliers.follow(settings.outlierDetection(), endpoints, now);
        this.firstId = endpoints.getFirst().id();
        this.domains = Compiler.plan(zone, settings, endpoints, now);
        this.balancer = domains.compile(settings.balance(), now);
    }

    Surroundings around() {
        return around;
    }

    Service settings() {
        return settings;
    }

    /** The budget of its route, in nanoseconds. */
    long budgetNs() {
        return route.budget().map(Duration::toNanos).orElse(Entrance.NO_BUDGET);
    }

    /** Its route's retries, or its own. */
    Retries retries() {
        return route.retries().orElse(settings.retries());
    }

    /** What admits its calls. */
    public ServiceGuard guard() {
        return guard;
    }

    void refused(Refusal why) {
        refusals[why.ordinal()]++;
    }

    /** How many calls were refused for a reason. */
    public long refusals(Refusal why) {
        return refusals[why.ordinal()];
    }

    /** How often an endpoint was ejected. */
    public long ejections() {
        return ejections;
    }

    /** How often its breaker changed its state. */
    public int breakerChanges() {
        return breakerChanges;
    }

    Balancer balancer() {
        return balancer;
    }

    /** Its endpoints, in the order of the configuration. */
    public List<Endpoint> endpoints() {
        return endpoints;
    }

    /** How its traffic is spread over its failure domains now. */
    public FailureDomains domains() {
        return domains;
    }

    Server serverOf(Endpoint endpoint) {
        return servers.get(endpoint.id() - firstId);
    }

    /** One way from this Parley to a server, or back. */
    long delayNs(Server server, FastRandom random) {
        return around.network().delayNs(zone.equals(server.zone()), random);
    }

    void connectFailed(Endpoint endpoint, String reason, long nowNs) {
        watches.get(endpoint.id() - firstId).connectFailed(reason, nowNs);
    }

    /** What {@code outlier/OutlierMonitor} does on its thread: tells of it, and comes back when the ejection ends. */
    private void ejectionChanged(Transition transition) {
        Agenda agenda = around.agenda();
        agenda.after(0, this::planAgain, 0, 0);
        if (transition instanceof Transition.Ejected ejected) {
            ejections++;
            agenda.after(ejected.time().toNanos(), this::endEjections, 0, 0);
        }
    }

    private void planAgain(int what, int ticket, long nowNs) {
        changed(nowNs);
    }

    private void endEjections(int what, int ticket, long nowNs) {
        outliers.endEjections(nowNs);
    }

    /** Health took an endpoint away or brought one back. */
    void healthChanged(long nowNs) {
        outliers.healthChanged(nowNs);
        changed(nowNs);
    }

    /** An endpoint went up or down: what {@code snapshot/LiveSnapshot} does then. */
    void changed(long nowNs) {
        FailureDomains planned = Compiler.plan(zone, settings, endpoints, nowNs);
        endpoints.forEach(endpoint -> endpoint.letIn(planned.panic()));
        balancer = planned.compile(settings.balance(), nowNs);
        settling = Compiler.settling(planned, settings, endpoints, nowNs);
        domains = planned;
    }

    /** A second passed. */
    void tick(long nowNs) {
        outliers.sweep(nowNs);
        if (settling) {
            changed(nowNs);
        }
    }

    ProxiedCall call() {
        return free.isEmpty() ? new ProxiedCall(this) : free.pop();
    }

    void over(ProxiedCall call) {
        free.push(call);
    }
}
