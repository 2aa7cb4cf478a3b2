package dev.parley.app.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.model.Configuration;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.log.Destination;
import dev.parley.telemetry.log.LineWriter;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.wire.http1.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;

/** The real data plane in this process, on free ports of the loopback address, with its access log at hand. */
final class ParleyFixture implements AutoCloseable {
    private static final int LOG_BYTES = 4 << 20;

    private final Proxy proxy;
    private final MetricsRegistry metrics;
    private final LineWriter log;
    private final Path logFile;
    private boolean ended;

    private ParleyFixture(Proxy proxy, MetricsRegistry metrics, LineWriter log, Path logFile) {
        this.proxy = proxy;
        this.metrics = metrics;
        this.log = log;
        this.logFile = logFile;
    }

    /** Starts what a configuration says; listeners should have port 0. One event loop, so that tests know where work is. */
    static ParleyFixture start(String yaml) throws IOException {
        Configuration configuration = switch (ConfigReader.create().readText("test.yaml", yaml)) {
            case Loaded.Accepted accepted -> accepted.configuration();
            case Loaded.Rejected rejected ->
                throw new AssertionError(rejected.problems().toString());
        };
        Path logFile = Files.createTempFile("parley-access", ".log");
        MetricsRegistry metrics = new MetricsRegistry(
                1,
                Outcome.codes(),
                Arrays.stream(Refusal.values()).map(Refusal::code).toList());
        LineWriter log = new LineWriter(new Destination.AppendedFile(logFile), 1, LOG_BYTES);
        Proxy proxy = new Proxy(Worker.Group.start(1, Transport.best()), metrics, log);
        proxy.apply(configuration);
        return new ParleyFixture(proxy, metrics, log, logFile);
    }

    /** Starts one listener, {@code edge}, and one route of all its requests to one origin. */
    static ParleyFixture before(Origin origin) throws IOException {
        return before(origin, "", "", "");
    }

    /** The same, with settings of the listener, the service and the route, as they stand in a YAML map: {@code a: 1, b: 2}. */
    static ParleyFixture before(Origin origin, String listener, String service, String route) throws IOException {
        return start("""
                admin: { enabled: false }
                listeners: { edge: { port: 0, %s } }
                services: { s: { endpoints: [%s], %s } }
                routes: { r: { listener: edge, to: s, %s } }
                """.formatted(listener, origin.endpoint(), service, route));
    }

    /** The port of listener {@code edge}. */
    int port() {
        return proxy.addresses().get("edge") instanceof InetSocketAddress edge ? edge.getPort() : -1;
    }

    RawClient connect() throws IOException {
        return RawClient.connect(port());
    }

    /** All metrics as Prometheus reads them. */
    String metrics() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.scrape("").writeTo(text);
        return text.toString(UTF_8);
    }

    /** Waits until Parley has closed the connections of all clients. */
    void awaitNoClients() {
        Awaitility.await()
                .atMost(Bounds.WAIT)
                .until(() -> metrics().contains("parley_listener_connections_open{listener=\"edge\"} 0"));
    }

    /** The lines of the access log, once there are at least so many. */
    List<String> awaitLog(int lines) {
        return Awaitility.await()
                .atMost(Bounds.WAIT)
                .until(() -> Files.readString(logFile).lines().toList(), read -> read.size() >= lines);
    }

    /** Ends Parley and answers every line that it logged. */
    List<String> closeAndReadLog() throws IOException {
        end();
        return Files.readString(logFile).lines().toList();
    }

    private void end() {
        if (!ended) {
            ended = true;
            proxy.close();
            log.close();
        }
    }

    @Override
    public void close() throws IOException {
        end();
        Files.deleteIfExists(logFile);
    }
}
