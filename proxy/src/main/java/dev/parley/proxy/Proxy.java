package dev.parley.proxy;

import dev.parley.model.Configuration;
import dev.parley.model.Service;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.health.HealthMonitor;
import dev.parley.proxy.http1.Http1Requests;
import dev.parley.proxy.http1.Http1Upstream;
import dev.parley.proxy.http2.Http2Upstream;
import dev.parley.proxy.idempotency.HeldBytes;
import dev.parley.proxy.idempotency.IdempotencyStore;
import dev.parley.proxy.listen.Listeners;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.outlier.OutlierMonitor;
import dev.parley.proxy.outlier.Transition;
import dev.parley.proxy.record.DecisionIds;
import dev.parley.proxy.record.Recorder;
import dev.parley.proxy.snapshot.Compiler;
import dev.parley.proxy.snapshot.LiveSnapshot;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.snapshot.Snapshot;
import dev.parley.proxy.tls.ClientTls;
import dev.parley.proxy.tls.ServerTls;
import dev.parley.proxy.tls.TlsContexts;
import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.ConnectionPools;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import dev.parley.proxy.upstream.PooledConnection;
import dev.parley.proxy.upstream.ProxyPreface;
import dev.parley.proxy.upstream.Resolver;
import dev.parley.telemetry.events.RecentEvents;
import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.EndpointKey;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.MetricsRegistry;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The data plane of one process: event loops, listeners, endpoints, health. {@link #apply} takes a whole configuration and
 * puts it in force or leaves everything as it was.
 */
public final class Proxy implements AutoCloseable {
    private static final long STOP_SECONDS = 2;
    /** A loop that is stuck for longer than this holds up no change of the configuration. */
    private static final long LONGEST_TURN_MS = 5000;

    private final Worker.Group workers;
    private final List<LoopState> loops = new ArrayList<>();
    private final MetricsRegistry metrics;
    private final EndpointRegistry endpoints = new EndpointRegistry();
    private final Resolver resolver = new Resolver(endpoints::endpoints);
    private final HeldBytes heldBytes = new HeldBytes();
    private final RecentEvents events = new RecentEvents(Clock.systemUTC());
    private final StateChanges changes = new StateChanges(events, this::metricsOf);
    private final LiveSnapshot live = new LiveSnapshot(changes::planned);
    private final TlsContexts tls = new TlsContexts();
    private final HealthMonitor health;
    private final OutlierMonitor outliers;
    private final Compiler compiler;
    private final Listeners listeners;
    private long revision;

    /**
     * Starts the event loops; nothing is served until {@link #apply}.
     *
     * @param workers the loops, as many as {@code metrics} was made for
     * @param accessLog where interactions are logged; null for nowhere
     */
    public Proxy(Worker.Group workers, MetricsRegistry metrics, @Nullable LineWriter accessLog) {
        this(workers, metrics, accessLog, IdempotencyStore.NONE);
    }

    /**
     * Starts the event loops; nothing is served until {@link #apply}.
     *
     * @param workers the loops, as many as {@code metrics} was made for
     * @param accessLog where interactions are logged; null for nowhere
     * @param keys where the answers to idempotency keys are kept; stays the caller's
     */
    public Proxy(Worker.Group workers, MetricsRegistry metrics, @Nullable LineWriter accessLog, IdempotencyStore keys) {
        this.workers = workers;
        this.metrics = metrics;
        SecureRandom seeds = new SecureRandom();
        health = new HealthMonitor(
                (endpoint, from, to, reason) -> healthChanged(endpoint, reason), System::nanoTime, seeds.nextLong());
        outliers = new OutlierMonitor(this::ejectionChanged, System::nanoTime, seeds.nextLong());
        compiler = new Compiler(endpoints, metrics, seeds, tls, changes::breaker);
        for (Worker worker : workers.workers()) {
            LoopState loop = loop(worker, accessLog, seeds, keys);
            loops.add(loop);
            Rebalancer.start(loop, live);
        }
        endpoints.onRetired(this::retire);
        listeners = new Listeners(loops, workers.workers().getFirst().transport());
    }

    private LoopState loop(Worker worker, @Nullable LineWriter accessLog, SecureRandom seeds, IdempotencyStore keys) {
        UpstreamOpener opener = new UpstreamOpener();
        ConnectionPools pools = new ConnectionPools(worker, this::metricsOf, opener);
        Recorder recorder = new Recorder(worker.index(), accessLog == null ? null : accessLog.lane(worker.index()));
        LoopState state = new LoopState(
                worker,
                recorder,
                new DecisionIds(seeds),
                new FastRandom(seeds.nextLong()),
                pools,
                new Http1Requests(),
                health::connectFailed,
                keys,
                heldBytes);
        opener.loop = state;
        return state;
    }

    /** Makes upstream connections of a loop whose state is made with the pools that need this. */
    private static final class UpstreamOpener implements ConnectionPools.UpstreamFactory {
        private @Nullable LoopState loop;

        @Override
        public PooledConnection open(ConnectionPool pool, Service settings, boolean http2) {
            LoopState state = loop;
            if (state == null) {
                throw new AssertionError("connections are opened only once the loop is there");
            }
            return http2 ? new Http2Upstream(state, pool, settings) : new Http1Upstream(state, pool, settings);
        }
    }

    private EndpointMetrics metricsOf(Endpoint endpoint) {
        return metrics.endpoint(endpoint.service(), endpoint.address().toString());
    }

    /**
     * Puts a valid configuration in force: binds what is new, compiles beside the running snapshot, swaps, drains what is gone.
     *
     * @throws IOException where an address cannot be had; the old configuration serves on, untouched
     */
    public synchronized void apply(Configuration configuration) throws IOException {
        Snapshot compiled;
        Listeners.Change change;
        try {
            compiled = compiler.compile(revision + 1, configuration, System.nanoTime());
            change = listeners.prepare(compiled.listeners());
        } catch (IOException | RuntimeException refused) {
            forgetRefused();
            throw refused;
        }
        resolver.resolveNew();
        revision++;
        watch(compiled);
        watchOutliers(compiled);
        live.replace(compiled);
        change.commit(configuration.drain());
        awaitTurn();
        retain(configuration);
        retainTls(compiled);
    }

    /** After all loops have taken a turn: none is about to use what goes. */
    private void retainTls(Snapshot serving) {
        Set<ServerTls> servers = new HashSet<>();
        serving.listeners().values().forEach(listener -> {
            if (listener.tls() != null) {
                servers.add(listener.tls());
            }
        });
        Set<ClientTls> clients = new HashSet<>();
        serving.services().values().forEach(service -> {
            if (service.tls() != null) {
                clients.add(service.tls());
            }
        });
        tls.retain(servers, clients);
    }

    /**
     * Returns when no loop is in the middle of anything that it began before this: a request that was decided by the snapshot
     * before must find the endpoints of that snapshot still there when it picks one.
     */
    private void awaitTurn() {
        List<Future<?>> turns = new ArrayList<>();
        for (LoopState loop : loops) {
            turns.add(loop.worker().loop().submit(() -> {}));
        }
        turns.forEach(turn -> turn.awaitUninterruptibly(LONGEST_TURN_MS));
    }

    /** What was compiled of a refused configuration is known to the registries already: it goes, and what serves stays. */
    private void forgetRefused() {
        if (revision == 0) {
            tls.retain(Set.of(), Set.of());
            return;
        }
        retainTls(snapshot());
        Configuration serving = snapshot().configuration();
        long now = System.nanoTime();
        serving.services()
                .forEach((name, service) -> service.endpoints()
                        .forEach(each -> endpoints.obtain(name, each.address(), service.balance(), now)));
        compiler.restore(serving, now);
        retain(serving);
    }

    private void retain(Configuration configuration) {
        compiler.retain(configuration);
        endpoints.retain(keys(configuration));
        changes.retain(configuration.services().keySet());
        metrics.retain(
                configuration.listeners().keySet(),
                configuration.routes().keySet(),
                configuration.services().keySet(),
                metricKeys(configuration));
    }

    private void watch(Snapshot compiled) {
        Set<String> byUdp = compiled.configuration().servicesByUdp();
        for (ServiceView service : compiled.services().values()) {
            for (Endpoint endpoint : service.endpoints()) {
                metricsOf(endpoint).observe(new Observed(endpoint));
                endpoint.ownPreface(ProxyPreface.local(service.settings().proxyProtocol()));
                if (endpoint.tls(service.tls())) {
                    onEachLoop(loop -> loop.pools().closeIdle(endpoint));
                }
                health.watch(endpoint, service.settings().health(), byUdp.contains(service.name()));
            }
        }
    }

    /** Endpoints without weight take no share of the traffic, and stand in for nobody. */
    private void watchOutliers(Snapshot compiled) {
        for (ServiceView service : compiled.services().values()) {
            List<Endpoint> weighted = new ArrayList<>();
            for (int i = 0; i < service.endpoints().size(); i++) {
                if (service.settings().endpoints().get(i).weight() > 0) {
                    weighted.add(service.endpoints().get(i));
                }
            }
            outliers.watch(service.name(), service.settings().outlierDetection(), weighted);
        }
        outliers.retain(compiled.services().keySet());
    }

    /** An endpoint's live state, as its metrics read it. */
    private record Observed(Endpoint endpoint) implements EndpointMetrics.State {
        @Override
        public int inFlight() {
            return endpoint.inFlight();
        }

        @Override
        public boolean up() {
            return endpoint.standing().available();
        }

        @Override
        public boolean ejected() {
            return endpoint.ejection().cause() == Endpoint.Cause.EJECTED;
        }

        @Override
        public double ewmaLatencyNs() {
            return endpoint.cost(System.nanoTime()) / (endpoint.inFlight() + 1);
        }
    }

    private static Set<EndpointRegistry.Key> keys(Configuration configuration) {
        Set<EndpointRegistry.Key> keys = new HashSet<>();
        configuration
                .services()
                .forEach((name, service) -> service.endpoints()
                        .forEach(endpoint -> keys.add(new EndpointRegistry.Key(name, endpoint.address()))));
        return keys;
    }

    private static Set<EndpointKey> metricKeys(Configuration configuration) {
        Set<EndpointKey> keys = new HashSet<>();
        configuration
                .services()
                .forEach((name, service) -> service.endpoints()
                        .forEach(endpoint -> keys.add(
                                new EndpointKey(name, endpoint.address().toString()))));
        return keys;
    }

    private void healthChanged(Endpoint endpoint, String reason) {
        outliers.healthChanged(endpoint);
        live.changed(endpoint);
        changes.health(endpoint, reason);
        if (!endpoint.health().available()) {
            onEachLoop(loop -> loop.pools().closeIdle(endpoint));
        }
    }

    private void ejectionChanged(Transition transition) {
        Endpoint endpoint = transition.endpoint();
        live.changed(endpoint);
        changes.ejection(transition);
        if (transition instanceof Transition.Ejected) {
            onEachLoop(loop -> loop.pools().closeIdle(endpoint));
        }
    }

    private void retire(Endpoint endpoint) {
        health.forget(endpoint);
        Duration drain = live.current().configuration().drain();
        onEachLoop(loop -> loop.pools().retire(endpoint, drain));
    }

    private void onEachLoop(java.util.function.Consumer<LoopState> act) {
        for (LoopState loop : loops) {
            loop.worker().loop().execute(() -> act.accept(loop));
        }
    }

    /** The snapshot that serves. */
    public Snapshot snapshot() {
        return live.current();
    }

    /** Certificates and what is made of them. */
    public TlsContexts tls() {
        return tls;
    }

    /** What happened lately. */
    public RecentEvents events() {
        return events;
    }

    /** The ejections of endpoints. */
    public OutlierMonitor outliers() {
        return outliers;
    }

    /** The health of endpoints. */
    public HealthMonitor health() {
        return health;
    }

    /** The address of each listener, by name. */
    public Map<String, SocketAddress> addresses() {
        return listeners.addresses();
    }

    public int eventLoops() {
        return loops.size();
    }

    /** The longest that any event loop kept its traffic waiting, in nanoseconds. */
    public long longestTurnNs() {
        return workers.workers().stream().mapToLong(Worker::longestTurnNs).max().orElse(0);
    }

    /** Stops accepting, lets what is under way finish at most so long, and returns when nothing is open or the time is up. */
    public void drain(Duration time) {
        listeners.drainAll(time);
        long deadline = System.nanoTime() + time.toNanos();
        while (listeners.openConnections() > 0 && System.nanoTime() < deadline) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public void close() {
        listeners.drainAll(Duration.ZERO);
        health.close();
        outliers.close();
        resolver.close();
        live.close();
        tls.close();
        onEachLoop(loop -> loop.pools().close());
        workers.threads().shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
