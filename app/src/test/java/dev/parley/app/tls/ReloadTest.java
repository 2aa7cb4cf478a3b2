package dev.parley.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.config.ConfigReader;
import dev.parley.config.ConfigWatcher;
import dev.parley.config.Loaded;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Pki;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that change while they are in use. */
class ReloadTest {
    @TempDir
    private Path folder = Path.of("");

    private static void put(Pki.Issued from, Path folder) throws IOException {
        Files.copy(from.key(), folder.resolve("edge.key"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(from.certificate(), folder.resolve("edge.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String commonName(TlsClient client, int port) throws IOException {
        try (SSLSocket socket = client.socket(port)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    @Test
    void takesAChangedCertificateAndKeepsTheOldOneOverABadOne() throws Exception {
        Pki pki = Pki.make(folder, "ca");
        Pki.Issued first = pki.issue("first", "DNS:localhost");
        Pki.Issued second = pki.issue("second", "DNS:localhost");
        put(first, folder);
        try (Origin origin = Origin.start(request -> Answer.ok("hello"))) {
            Path file = Files.writeString(folder.resolve("parley.yaml"), """
                    admin: { enabled: false }
                    listeners: { edge: { port: 0, tls: { certificates: { certificate: edge.pem, key: edge.key } } } }
                    services: { s: { endpoints: [%s] } }
                    routes: { r: { listener: edge, to: s } }
                    """.formatted(origin.endpoint()));
            Loaded.Accepted loaded = (Loaded.Accepted) ConfigReader.create().read(file);
            List<String> refused = new CopyOnWriteArrayList<>();
            try (TlsProxy parley = TlsProxy.start(Engine.BORINGSSL, "listeners: {}\nservices: {}\nroutes: {}\n")) {
                parley.proxy().apply(loaded.configuration());
                try (ConfigWatcher watcher =
                        ConfigWatcher.watch(ConfigReader.create(), file, loaded.digest(), changed -> {
                            switch (changed) {
                                case Loaded.Accepted accepted -> apply(parley, accepted);
                                case Loaded.Rejected rejected ->
                                    rejected.problems().forEach(each -> refused.add(each.render()));
                            }
                        })) {
                    TlsClient client = TlsClient.trusting(pki);
                    int port = parley.port("edge");
                    assertThat(commonName(client, port)).isEqualTo("CN=first");

                    put(second, folder);
                    await().atMost(Bounds.WAIT)
                            .until(() -> commonName(client, port).equals("CN=second"));

                    refused.clear();
                    Files.copy(first.key(), folder.resolve("edge.key"), StandardCopyOption.REPLACE_EXISTING);
                    await().atMost(Bounds.WAIT).until(() -> !refused.isEmpty());
                    assertThat(refused.getFirst()).contains("parley.yaml:2:", "does not belong to the certificate");
                    assertThat(commonName(client, port)).isEqualTo("CN=second");

                    put(first, folder);
                    await().atMost(Bounds.WAIT)
                            .until(() -> commonName(client, port).equals("CN=first"));
                    assertThat(watcher).isNotNull();
                }
            }
        }
    }

    private static void apply(TlsProxy parley, Loaded.Accepted accepted) {
        try {
            parley.proxy().apply(accepted.configuration());
        } catch (IOException refused) {
            throw new java.io.UncheckedIOException(refused);
        }
    }

    @Test
    void losesNoRequestToAChangeUnderLoad() throws Exception {
        Pki pki = Pki.make(folder, "ca");
        Pki.Issued[] certificates = {pki.issue("first", "DNS:localhost"), pki.issue("second", "DNS:localhost")};
        try (Origin origin = Origin.start(request -> Answer.ok("hello"));
                TlsProxy parley = TlsProxy.start(Engine.BORINGSSL, yaml(certificates[0], origin))) {
            int port = parley.port("edge");
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            List<String> failures = new CopyOnWriteArrayList<>();
            List<Thread> load = new java.util.ArrayList<>();
            for (int i = 0; i < 6; i++) {
                boolean keepAlive = i % 2 == 0;
                load.add(Thread.ofPlatform().start(() -> {
                    try {
                        ask(TlsClient.trusting(pki), port, keepAlive, over, answered);
                    } catch (Exception failed) {
                        failures.add(failed.toString());
                    }
                }));
            }
            for (int change = 1; change <= 20; change++) {
                int before = answered.get();
                parley.apply(yaml(certificates[change % 2], origin));
                await().atMost(Bounds.WAIT).until(() -> answered.get() > before + 5 || !failures.isEmpty());
            }
            over.set(true);
            for (Thread each : load) {
                each.join();
            }
            assertThat(failures).isEmpty();
        }
    }

    private static void ask(TlsClient client, int port, boolean keepAlive, AtomicBoolean over, AtomicInteger answered)
            throws IOException {
        while (!over.get()) {
            try (RawClient connection = client.connect(port)) {
                do {
                    connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    if (connection.readReply().status() != 200) {
                        throw new IOException("not 200");
                    }
                    answered.incrementAndGet();
                } while (keepAlive && !over.get());
            }
        }
    }

    private static String yaml(Pki.Issued certificate, Origin origin) {
        return """
                listeners: { edge: { port: 0, tls: { certificates: %s } } }
                services: { s: { endpoints: [%s] } }
                routes: { r: { listener: edge, to: s } }
                """.formatted(certificate.yaml(), origin.endpoint());
    }
}
