package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.model.Configuration;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Outcome;
import dev.parley.proxy.resilience.ServiceGuard;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.log.Destination;
import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.EndpointMetrics;
import dev.parley.telemetry.metrics.ListenerMetrics;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.telemetry.metrics.ServiceMetrics;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.wire.http1.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The data plane on two event loops, in this process, with its configuration as text and every count in reach. */
public final class LiveProxy implements AutoCloseable {
    private static final String NOTHING = "drain: 2s\nlisteners: {}\nservices: {}\nroutes: {}\n";

    private final Worker.Group workers;
    private final MetricsRegistry metrics = new MetricsRegistry(
            2,
            Outcome.codes(),
            Arrays.stream(Refusal.values()).map(Refusal::code).toList());
    private final Path log;
    private final LineWriter lines;
    private final Proxy proxy;
    /** Everything that any configuration had, for what is retired must come to zero too. */
    private final Set<Endpoint> endpoints = new LinkedHashSet<>();

    private final Set<ServiceGuard> guards = new LinkedHashSet<>();
    private final List<EndpointMetrics> endpointMetrics = new CopyOnWriteArrayList<>();
    private final List<ListenerMetrics> listenerMetrics = new CopyOnWriteArrayList<>();

    private LiveProxy(Transport transport) throws IOException {
        workers = Worker.Group.start(2, transport);
        log = Files.createTempFile("parley-life", ".log");
        lines = new LineWriter(Destination.of(log.toString()), 2, 4 << 20);
        proxy = new Proxy(workers, metrics, lines);
    }

    public static LiveProxy start(String yaml) throws IOException {
        return start(yaml, Transport.best());
    }

    static LiveProxy start(String yaml, Transport transport) throws IOException {
        LiveProxy started = new LiveProxy(transport);
        try {
            started.apply(yaml);
            return started;
        } catch (IOException | RuntimeException failed) {
            started.close();
            throw failed;
        }
    }

    /** A port that nobody listens on, for configurations that have to name one. */
    public static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    public static Configuration read(String yaml) {
        return switch (ConfigReader.create().readText("test.yaml", yaml)) {
            case Loaded.Accepted accepted -> accepted.configuration();
            case Loaded.Rejected rejected -> throw new AssertionError(rejected.problems());
        };
    }

    public void apply(String yaml) throws IOException {
        proxy.apply(read(yaml));
        for (ServiceView service : proxy.snapshot().services().values()) {
            guards.add(service.guard());
            for (Endpoint endpoint : service.endpoints()) {
                if (endpoints.add(endpoint)) {
                    endpointMetrics.add(
                            metrics.endpoint(service.name(), endpoint.address().toString()));
                }
            }
        }
        proxy.snapshot().listeners().values().forEach(view -> {
            if (!listenerMetrics.contains(view.metrics())) {
                listenerMetrics.add(view.metrics());
            }
        });
    }

    public Proxy proxy() {
        return proxy;
    }

    public SocketAddress address(String listener) {
        SocketAddress address = proxy.addresses().get(listener);
        if (address == null) {
            throw new AssertionError("no listener " + listener + " among " + proxy.addresses());
        }
        return address;
    }

    public int port(String listener) {
        return ((InetSocketAddress) address(listener)).getPort();
    }

    public RawClient connect(String listener) throws IOException {
        return RawClient.connect((InetSocketAddress) address(listener));
    }

    /** An endpoint of a service, by its place in the configuration. */
    public Endpoint endpoint(String service, int index) {
        return service(service).endpoints().get(index);
    }

    /** What decides whether a service is called. */
    public ServiceGuard guard(String service) {
        return service(service).guard();
    }

    private ServiceView service(String service) {
        ServiceView view = proxy.snapshot().services().get(service);
        if (view == null) {
            throw new AssertionError("no service " + service);
        }
        return view;
    }

    public ServiceMetrics serviceMetrics(String service) {
        return service(service).metrics();
    }

    public ListenerMetrics listenerMetrics(String listener) {
        return metrics.listener(listener);
    }

    public EndpointMetrics endpointMetrics(String service, int index) {
        return metrics.endpoint(service, endpoint(service, index).address().toString());
    }

    /** All metrics, as a scraper reads them. */
    public String scrape() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.scrape("").writeTo(text);
        return text.toString(StandardCharsets.UTF_8);
    }

    /** The line of the access log that has this text, once it is there. */
    public String awaitLogged(String text) {
        List<String> found = new ArrayList<>();
        await().atMost(Bounds.WAIT).untilAsserted(() -> {
            found.clear();
            Files.readAllLines(log).stream().filter(line -> line.contains(text)).forEach(found::add);
            assertThat(found).isNotEmpty();
        });
        return found.getFirst();
    }

    /**
     * Takes all endpoints and listeners away and requires that every count of what is open or in flight comes to exactly
     * zero: one that is left over, or taken twice, would skew balancing and limits for as long as the process lives.
     */
    public void requireNothingIsLeft() throws IOException {
        apply(NOTHING);
        await().atMost(Bounds.WAIT).untilAsserted(() -> {
            assertThat(endpoints).allSatisfy(endpoint -> {
                assertThat(endpoint.inFlight()).as("in flight of %s", endpoint).isZero();
                assertThat(endpoint.connections())
                        .as("connections of %s", endpoint)
                        .isZero();
                assertThat(endpoint.serviceInFlight())
                        .as("in flight of the service of %s", endpoint)
                        .isZero();
            });
            assertThat(guards).allSatisfy(guard -> {
                assertThat(guard.inFlight())
                        .as("in flight of %s", guard.service())
                        .isZero();
                assertThat(guard.pending()).as("pending of %s", guard.service()).isZero();
                assertThat(guard.connections())
                        .as("connections of %s", guard.service())
                        .isZero();
                assertThat(guard.concurrency().inFlight())
                        .as("awaiting an answer of %s", guard.service())
                        .isZero();
            });
            assertThat(endpointMetrics)
                    .allSatisfy(each -> assertThat(each.connectionsOpen()).isZero());
            assertThat(listenerMetrics)
                    .allSatisfy(each -> assertThat(each.connectionsOpen()).isZero());
        });
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        lines.close();
        Files.deleteIfExists(log);
    }
}
