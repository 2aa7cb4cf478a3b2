package dev.parley.app.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

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
import dev.parley.wire.http1.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The data plane on two event loops, by one engine of TLS, with its metrics and its access log. */
final class TlsProxy implements AutoCloseable {
    private final Proxy proxy;
    private final MetricsRegistry metrics;
    private final LineWriter log;
    private final Path logFile;

    private TlsProxy(Proxy proxy, MetricsRegistry metrics, LineWriter log, Path logFile) {
        this.proxy = proxy;
        this.metrics = metrics;
        this.log = log;
        this.logFile = logFile;
    }

    static TlsProxy start(Engine engine, String yaml) throws IOException {
        engine.choose();
        Path logFile = Files.createTempFile("parley-tls", ".log");
        MetricsRegistry metrics = new MetricsRegistry(
                2,
                Outcome.codes(),
                Arrays.stream(Refusal.values()).map(Refusal::code).toList());
        LineWriter log = new LineWriter(new Destination.AppendedFile(logFile), 2, 4 << 20);
        Proxy proxy = new Proxy(Worker.Group.start(2, Transport.best()), metrics, log);
        TlsProxy started = new TlsProxy(proxy, metrics, log, logFile);
        try {
            started.apply(yaml);
            return started;
        } catch (IOException | RuntimeException refused) {
            started.close();
            throw refused;
        }
    }

    void apply(String yaml) throws IOException {
        proxy.apply(read(yaml));
    }

    static Configuration read(String yaml) {
        return switch (ConfigReader.create().readText("test.yaml", "admin: { enabled: false }\n" + yaml)) {
            case Loaded.Accepted accepted -> accepted.configuration();
            case Loaded.Rejected rejected ->
                throw new AssertionError(rejected.problems().toString());
        };
    }

    Proxy proxy() {
        return proxy;
    }

    int port(String listener) {
        if (proxy.addresses().get(listener) instanceof InetSocketAddress address) {
            return address.getPort();
        }
        throw new AssertionError("no listener " + listener + " among " + proxy.addresses());
    }

    String metrics() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.scrape("").writeTo(text);
        return text.toString(UTF_8);
    }

    /** How many handshakes of a listener ended so. */
    int handshakes(String listener, String result) throws IOException {
        String name =
                "parley_listener_tls_handshakes_total{listener=\"%s\",result=\"%s\"} ".formatted(listener, result);
        return metrics()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElse(0);
    }

    void awaitHandshakes(String listener, String result, int count) {
        await().atMost(Bounds.WAIT).until(() -> handshakes(listener, result) >= count);
    }

    /** A line of the access log with all of these, once it is there. */
    String awaitLogged(String... parts) {
        return await().atMost(Bounds.WAIT)
                .until(
                        () -> Files.readString(logFile)
                                .lines()
                                .filter(line -> List.of(parts).stream().allMatch(line::contains))
                                .findFirst()
                                .orElse(""),
                        line -> !line.isEmpty());
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        log.close();
        Files.deleteIfExists(logFile);
    }
}
