package dev.parley.app.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.DurableKeys;
import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.proxy.Proxy;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.metrics.MetricsRegistry;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import dev.parley.wire.http1.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;

/** The data plane in this process, with routes that look for idempotency keys, and with its state in a folder of the test's. */
final class KeyedParley implements AutoCloseable {
    private final Proxy proxy;
    private final MetricsRegistry metrics;
    private final DurableKeys keys;

    private KeyedParley(Proxy proxy, MetricsRegistry metrics, DurableKeys keys) {
        this.proxy = proxy;
        this.metrics = metrics;
        this.keys = keys;
    }

    /** Starts it; {@code service} and {@code idempotency} are settings as they stand in a YAML map. */
    static KeyedParley before(Path folder, String endpoint, String service, String idempotency) throws IOException {
        return serve(folder, """
                admin: { enabled: false }
                listeners: { edge: { port: 0 } }
                services: { pay: { endpoints: [%s], %s } }
                routes: { pay: { listener: edge, to: pay, idempotency: { %s } } }
                """.formatted(endpoint, service, idempotency));
    }

    /** Starts a configuration with listener {@code edge}. */
    static KeyedParley serve(Path folder, String yaml) throws IOException {
        Loaded loaded = ConfigReader.create().readText("test.yaml", yaml);
        if (!(loaded instanceof Loaded.Accepted accepted)) {
            throw new AssertionError(loaded.toString());
        }
        MetricsRegistry metrics = new MetricsRegistry(
                2,
                Outcome.codes(),
                Arrays.stream(Refusal.values()).map(Refusal::code).toList());
        DurableKeys keys = new DurableKeys(folder.resolve("state"));
        Proxy proxy = new Proxy(Worker.Group.start(2, Transport.best()), metrics, null, keys);
        proxy.apply(accepted.configuration());
        keys.serve(accepted.configuration());
        return new KeyedParley(proxy, metrics, keys);
    }

    int port() {
        if (proxy.addresses().get("edge") instanceof InetSocketAddress address) {
            return address.getPort();
        }
        throw new AssertionError("no port: " + proxy.addresses());
    }

    /** One POST of a key and a body on a connection of its own, with further field lines, each without its line end. */
    Reply post(String key, String body, String... fields) throws IOException {
        try (RawClient client = RawClient.connect(port())) {
            return client.send(request(key, body, fields)).readReply();
        }
    }

    static String request(String key, String body, String... fields) {
        return requestTo("/pay", key, body, fields);
    }

    static String requestTo(String path, String key, String body, String... fields) {
        StringBuilder request = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: ")
                .append(key)
                .append("\r\nContent-Length: ")
                .append(body.length())
                .append("\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        return request.append("\r\n").append(body).toString();
    }

    /** How many requests of the route had such a result. */
    int results(String result) throws IOException {
        String name = "parley_route_idempotency_total{result=\"%s\",route=\"pay\"} ".formatted(result);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.scrape("").writeTo(text);
        return text.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    void awaitResults(String result, int count) {
        await().atMost(Bounds.WAIT)
                .untilAsserted(() -> assertThat(results(result)).isEqualTo(count));
    }

    @Override
    public void close() {
        proxy.close();
        keys.close();
    }
}
