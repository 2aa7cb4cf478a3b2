package dev.parley.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CastTest {
    @TempDir
    Path folder;

    private final FreePorts ports = new FreePorts(new SplittableRandom());

    private ServiceProcess echoService() throws IOException {
        return new ServiceProcess("payments-1", ports.take(), EchoService.class, folder, "2");
    }

    private static InetSocketAddress socketAddress(ServiceProcess process) {
        String address = process.address();
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(address.substring(address.indexOf(':') + 1)));
    }

    @Test
    void aKilledServiceComesBackOnItsPort() throws Exception {
        try (ServiceProcess process = echoService()) {
            process.start();
            long firstPid = process.pid();
            process.kill();
            assertThat(process.isAlive()).isFalse();
            process.start();

            assertThat(process.pid()).isNotEqualTo(firstPid);
            try (HttpConnection connection = new HttpConnection(socketAddress(process))) {
                assertThat(connection.get("/x")).isEqualTo(new HttpConnection.Response(200, "payments-1\n"));
                assertThat(connection.get("/health").body()).isEqualTo("well\n");
            }
        }
    }

    @Test
    void aServiceEndsWithItsParentHoweverThatEnds() throws Exception {
        // The shell stands for the demo: it starts a service, whose input it holds, and is then killed.
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = Path.of(EchoTcp.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        int port = ports.take();
        try (ChildProcess parent = ChildProcess.start(
                "bash",
                "-c",
                "sleep 1000 | '%s' -cp '%s' %s echo %d & echo child $!; wait"
                        .formatted(java, classes, EchoTcp.class.getName(), port))) {
            String output = parent.awaitOutput(ServiceProcess.ANNOUNCEMENT + port);
            long pid = output.lines()
                    .filter(line -> line.startsWith("child "))
                    .mapToLong(line -> Long.parseLong(line.substring(6)))
                    .findFirst()
                    .orElseThrow();
            ProcessHandle service = ProcessHandle.of(pid).orElseThrow();
            List<ProcessHandle> holders = ProcessHandle.of(parent.pid())
                    .orElseThrow()
                    .children()
                    .filter(child -> child.pid() != pid)
                    .toList();
            assertThat(service.isAlive()).isTrue();

            holders.forEach(ProcessHandle::destroyForcibly);

            await().atMost(Bounds.WAIT).until(() -> !service.isAlive());
        }
    }

    @Test
    void ctrlCLeavesServicesToTheirParent() throws Exception {
        try (ServiceProcess process = echoService()) {
            process.start();
            assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();

            try (HttpConnection connection = new HttpConnection(socketAddress(process))) {
                assertThat(connection.get("/x").status()).isEqualTo(200);
            }
            assertThat(process.isAlive()).isTrue();
        }
    }

    @Test
    void theConfigurationOfTheDemoCanBeServed() throws Exception {
        Map<String, List<ServiceProcess>> services = Map.of(
                "payments",
                List.of(echoService(), echoService()),
                Cast.TCP_SERVICE,
                List.of(new ServiceProcess("echo-1", ports.take(), EchoTcp.class, folder)));
        String text = DemoConfiguration.text(0, services, folder.resolve("access.log"));

        Loaded loaded = ConfigReader.create().readText("parley.yaml", text);

        assertThat(loaded).isInstanceOf(Loaded.Accepted.class);
    }

    @Test
    void theLoadCountsWhatFailsAndWhatDoesNot() throws Exception {
        try (ServiceProcess process = echoService()) {
            process.start();
            Tally requests;
            try (Load load = Load.start(socketAddress(process), List.of("/a", "/b"), 400)) {
                requests = load.requests();
                await().atMost(Bounds.WAIT).until(() -> load.requests().requests() >= 100);
                assertThat(requests.failures()).isZero();
                process.kill();
                await().atMost(Bounds.WAIT).until(() -> load.requests().failures() >= 10);
            }
            assertThat(requests.reasons()).isNotEmpty();
            assertThat(requests.latencies().quantile(0.5)).isPositive();
        }
    }

    @Test
    void theTcpServiceEchoes() throws Exception {
        try (ServiceProcess process = new ServiceProcess("echo-1", ports.take(), EchoTcp.class, folder)) {
            process.start();
            try (RawClient client = RawClient.connect(socketAddress(process))) {
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            }
        }
    }

    @Test
    void killsTakeTurnsAndSpareTheTcpService() throws Exception {
        try (Cast cast = Cast.start(folder)) {
            List<String> victims = List.of(
                    cast.killNext().orElseThrow().name(),
                    cast.killNext().orElseThrow().name(),
                    cast.killNext().orElseThrow().name());
            assertThat(victims).containsExactly("payments-1", "orders-1", "payments-2");
            assertThat(cast.restartDead()).hasSize(3);
            for (int i = 0; i < 6; i++) {
                assertThat(cast.killNext()).isPresent();
            }
            assertThat(cast.killNext()).isEqualTo(Optional.empty());
            assertThat(cast.all())
                    .last()
                    .matches(ServiceProcess::isAlive)
                    .extracting(ServiceProcess::name)
                    .isEqualTo("echo-1");
        }
    }
}
