package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.app.Main;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as it is run: what its files and its signals do. */
class StoppingTest {
    private static final String GET = "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final CountDownLatch held = new CountDownLatch(1);
    private Origin origin;
    private NamedServer other;
    private int port;
    private int admin;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        origin = Origin.start(request -> request.head().startsWith("GET /slow")
                ? Answer.after(held).then(Answer.ok("late"))
                : Answer.ok("first"));
        other = NamedServer.start("second");
        port = LiveProxy.freePort();
        admin = LiveProxy.freePort();
    }

    @AfterEach
    void stop() throws IOException {
        held.countDown();
        origin.close();
        other.close();
    }

    private String serving(String endpoint) {
        return """
            admin: { port: %d }
            access_log: none
            drain: 15s
            event_loops: 2
            listeners: { edge: { port: %d } }
            services: { s: { endpoints: ["%s"] } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(admin, port, endpoint);
    }

    private ChildProcess parley(Path configuration) throws Exception {
        ChildProcess parley = ChildProcess.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-Dparley.warm-up=off",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "up",
                "-f",
                configuration.toString());
        parley.awaitOutput("Stop with");
        await().atMost(Bounds.WAIT)
                .ignoreExceptions()
                .until(() -> get(admin, "/readyz").startsWith("200"));
        return parley;
    }

    /** Status and body. */
    private static String get(int at, String path) throws IOException {
        try (RawClient client = RawClient.connect(at)) {
            Reply reply = client.send(GET.formatted(path)).readReply();
            return reply.status() + " " + reply.body();
        }
    }

    private void awaitAnswer(String body) {
        await().atMost(Bounds.WAIT).until(() -> get(port, "/").equals("200 " + body));
    }

    @Test
    void theFirstSignalDrainsAndTheProcessEndsWell() throws Exception {
        try (ChildProcess parley =
                        parley(Files.writeString(folder.resolve("parley.yaml"), serving(origin.endpoint())));
                RawClient busy = RawClient.connect(port)) {
            busy.send(GET.formatted("/slow"));
            origin.takeRequest();
            parley.terminate();
            await().atMost(Bounds.WAIT).until(() -> get(admin, "/readyz").startsWith("503"));
            await().atMost(Bounds.WAIT)
                    .untilAsserted(() ->
                            assertThatThrownBy(() -> RawClient.connect(port)).isInstanceOf(IOException.class));
            assertThat(parley.isAlive()).isTrue();
            held.countDown();
            assertThat(busy.readReply().body()).isEqualTo("late");
            assertThat(parley.awaitExit()).isZero();
        }
    }

    @Test
    void theSecondSignalEndsItAtOnce() throws Exception {
        try (ChildProcess parley =
                        parley(Files.writeString(folder.resolve("parley.yaml"), serving(origin.endpoint())));
                RawClient busy = RawClient.connect(port)) {
            busy.send(GET.formatted("/slow"));
            origin.takeRequest();
            parley.terminate();
            parley.awaitOutput("draining");
            parley.terminate();
            assertThat(parley.awaitExit()).isEqualTo(143);
        }
    }

    @Test
    void changesOfItsFileApplyLiveAndABadOneSaysWhy() throws Exception {
        Path file = Files.writeString(folder.resolve("parley.yaml"), serving(origin.endpoint()));
        try (ChildProcess parley = parley(file);
                Load load = Load.on(port, "/", 4)) {
            awaitAnswer("first");
            Path next = Files.writeString(folder.resolve("next"), serving(other.endpoint()));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            awaitAnswer("second");

            Files.writeString(file, serving(other.endpoint()).replace("to: s", "to: nobody"));
            parley.awaitOutput("nobody");
            assertThat(parley.output()).contains("configuration rejected");
            await().atMost(Bounds.WAIT).until(() -> !get(admin, "/status").contains("\"problems\":[]"));
            assertThat(get(admin, "/metrics")).contains("parley_config_changes_rejected_total 1.0");
            assertThat(get(port, "/")).isEqualTo("200 second");

            Files.writeString(file, serving(origin.endpoint()));
            awaitAnswer("first");
            assertThat(get(admin, "/status")).contains("\"problems\":[]");

            String applied = "parley_config_changes_accepted_total 2.0";
            assertThat(get(admin, "/metrics")).contains(applied);
            try (ChildProcess hangUp = ChildProcess.start("kill", "-HUP", String.valueOf(parley.pid()))) {
                assertThat(hangUp.awaitExit()).isZero();
            }
            await().atMost(Bounds.WAIT).until(() -> !get(admin, "/metrics").contains(applied));
            load.requireNoFailure();
        }
    }

    @Test
    void aFolderIsOneConfigurationThatChangesWithItsFiles() throws Exception {
        Path conf = Files.createDirectory(folder.resolve("conf.d"));
        String whole = serving(origin.endpoint());
        int services = whole.indexOf("services:");
        int routes = whole.indexOf("routes:");
        Files.writeString(conf.resolve("a.yaml"), whole.substring(0, services) + whole.substring(routes));
        Files.writeString(conf.resolve("b.yaml"), whole.substring(services, routes));
        try (ChildProcess parley = parley(conf);
                Load load = Load.on(port, "/", 4)) {
            awaitAnswer("first");
            Files.writeString(
                    conf.resolve("b.yaml"),
                    whole.substring(services, routes).replace(origin.endpoint(), other.endpoint()));
            awaitAnswer("second");
            load.requireNoFailure();
            assertThat(parley.isAlive()).isTrue();
        }
    }
}
