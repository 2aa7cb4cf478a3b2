package dev.parley.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.RawClient;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CastTest {
    @TempDir
    Path folder;

    private final FreePorts ports = new FreePorts(new SplittableRandom());

    private ServiceProcess echoService() throws IOException {
        return new ServiceProcess("payments-1", "", ports.take(), EchoService.class, folder, "2");
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
        List<Service> services = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            services.add(new Service(protocol.label(), protocol, List.of(echoService(), echoService())));
        }
        String text = DemoConfiguration.text(0, services, folder.resolve("access.log"));

        Loaded loaded = ConfigReader.create().readText("parley.yaml", text);

        assertThat(loaded).isInstanceOf(Loaded.Accepted.class);
    }

    @Test
    void theLoadCountsWhatFailsAndWhatDoesNot() throws Exception {
        try (ServiceProcess process = echoService()) {
            process.start();
            Tally requests;
            try (Load load = new Load()) {
                requests = load.tally(Protocol.HTTP);
                load.http(socketAddress(process), "/a", 400);
                await().atMost(Bounds.WAIT).until(() -> requests.requests() >= 100);
                assertThat(requests.failures()).isZero();
                process.kill();
                await().atMost(Bounds.WAIT).until(() -> requests.failures() >= 10);
            }
            assertThat(requests.reasons()).isNotEmpty();
            assertThat(requests.latencies().quantile(0.5)).isPositive();
        }
    }

    @Test
    void aConnectionThatBreaksWithoutAKillIsAFailure() throws Exception {
        for (boolean killed : List.of(true, false)) {
            try (ServiceProcess process = new ServiceProcess("echo-1", "", ports.take(), EchoTcp.class, folder);
                    Load load = new Load()) {
                process.start();
                Tally tally = load.tally(Protocol.TCP);
                load.tcp(socketAddress(process), () -> killed);
                await().atMost(Bounds.WAIT).until(() -> tally.requests() >= 20);
                assertThat(tally.failures() + tally.broken()).isZero();
                process.kill();
                // With nobody to send to, the third try of a message is a failure either way.
                await().atMost(Bounds.WAIT).until(() -> tally.failures() >= 8);
                assertThat(tally.broken() > 0).isEqualTo(killed);
            }
        }
    }

    @Test
    void theGrpcServiceAnswersCallsAndRefusesOtherMethods() throws Exception {
        try (ServiceProcess process =
                new ServiceProcess("payments-1", "", ports.take(), GrpcService.class, folder, "2")) {
            process.start();
            try (GrpcConnection connection = new GrpcConnection(socketAddress(process))) {
                // More than the first window of the connection holds, so that windows are granted both ways.
                for (int call = 0; call < 5000; call++) {
                    assertThat(connection.call(GrpcService.METHOD, "order-1"))
                            .isEqualTo(new GrpcConnection.Reply(Grpc.OK, "payments-1"));
                }
                assertThat(connection.call("/demo.Payments/Refund", "order-1").status())
                        .isEqualTo(Grpc.UNIMPLEMENTED);
                process.kill();
                assertThatThrownBy(() -> connection.call(GrpcService.METHOD, "order-1"))
                        .isInstanceOf(IOException.class);
                await().atMost(Bounds.WAIT).until(() -> !connection.usable());
            }
        }
    }

    @Test
    void theWebSocketServiceSendsMessagesBack() throws Exception {
        // The example of RFC 6455, section 1.3.
        assertThat(WebSocketService.accept("dGhlIHNhbXBsZSBub25jZQ==")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        try (ServiceProcess process = new ServiceProcess("chat-1", "", ports.take(), WebSocketService.class, folder);
                HttpClient client = HttpClient.newHttpClient()) {
            process.start();
            try (Conversation conversation = new WebSocketConversation(client, socketAddress(process), "/chat")) {
                conversation.exchange();
                conversation.exchange();
            }
            Conversation conversation = new WebSocketConversation(client, socketAddress(process), "/chat");
            conversation.exchange();
            process.kill();
            assertThatThrownBy(conversation::exchange).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aServiceBehavesAsItIsTold() throws Exception {
        try (ServiceProcess process = echoService()) {
            process.start();
            assertThat(statusOf(process)).isEqualTo(200);

            process.behave(Behaviour.ERRORS);
            await().atMost(Bounds.WAIT).until(() -> statusOf(process) == 500);

            process.behave(Behaviour.RESETS);
            await().atMost(Bounds.WAIT).until(() -> statusOf(process) == -1);

            process.behave(Behaviour.SLOW);
            // Its mean is 2 ms; a hundred times that is from 100 to 300 ms.
            await().atMost(Bounds.WAIT).until(() -> {
                long before = System.nanoTime();
                return statusOf(process) == 200 && System.nanoTime() - before >= 100_000_000;
            });

            process.behave(Behaviour.ERRORS);
            await().atMost(Bounds.WAIT).until(() -> statusOf(process) == 500);
            process.kill();
            process.start();
            assertThat(statusOf(process)).isEqualTo(200);
        }
    }

    /** The status of one request, -1 where the connection was closed in place of an answer. */
    private static int statusOf(ServiceProcess process) throws IOException {
        try (HttpConnection connection = new HttpConnection(socketAddress(process))) {
            return connection.get("/x").status();
        } catch (EOFException | SocketException closed) {
            return -1;
        }
    }

    @Test
    void aFrozenServiceAnswersOnceItThaws() throws Exception {
        try (ServiceProcess process = echoService();
                ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            process.start();
            assertThat(process.hurtLately()).isFalse();
            process.freeze();
            assertThat(process.hurtLately()).isTrue();
            Future<Integer> status = thread.submit(() -> statusOf(process));
            await().atMost(Bounds.WAIT).until(() -> stateOf(process.pid()).startsWith("T"));
            assertThat(status).isNotDone();

            process.thaw();

            assertThat(status.get(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(200);
        }
    }

    private static String stateOf(long pid) throws Exception {
        Process ps = new ProcessBuilder("ps", "-o", "stat=", "-p", Long.toString(pid)).start();
        return new String(ps.getInputStream().readAllBytes(), US_ASCII).strip();
    }

    @Test
    void chaosBreaksTheSameThingsForTheSameSeedAndHealsThem() throws Exception {
        try (Cast cast = Cast.start(folder)) {
            List<String> first = chaos(cast, 7);
            List<String> second = chaos(cast, 7);
            List<String> third = chaos(cast, 8);

            assertThat(first).isEqualTo(second).isNotEqualTo(third);
            for (Fault fault : Fault.values()) {
                assertThat(first).anyMatch(told -> told.contains(fault.what()));
            }
            assertThat(cast.services())
                    .allMatch(service -> service.alive() == service.processes().size());
            for (ServiceProcess process : cast.of(Protocol.HTTP)) {
                await().atMost(Bounds.WAIT).until(() -> statusOf(process) == 200);
            }
        }
    }

    /** What one round of all faults tells; its clock is moved by this test. */
    private static List<String> chaos(Cast cast, long seed) {
        List<String> told = new ArrayList<>();
        try (Load load = new Load()) {
            load.http(socketAddress(cast.all().getFirst()), "/a", 1);
            Chaos chaos = new Chaos(cast, load, seed, Runnable::run, told::add);
            long now = 0;
            chaos.toggle(now);
            while (chaos.faults() < Fault.values().length) {
                chaos.turn(now);
                now += 500_000_000;
            }
            chaos.toggle(now);
            chaos.healAll(now);
        }
        return told;
    }

    @Test
    void theTcpServiceEchoes() throws Exception {
        try (ServiceProcess process = new ServiceProcess("echo-1", "", ports.take(), EchoTcp.class, folder)) {
            process.start();
            try (RawClient client = RawClient.connect(socketAddress(process))) {
                assertThat(client.send("hello").readText(5)).isEqualTo("hello");
            }
        }
    }

    @Test
    void killsTakeTurnsAndSpareTheLastOfEachService() throws Exception {
        try (Cast cast = Cast.start(folder)) {
            List<String> victims = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                victims.add(cast.killNext().orElseThrow().name());
            }
            assertThat(victims).containsExactly("orders-1", "payments-1", "chat-1", "echo-1", "orders-2", "orders-3");
            assertThat(cast.killNext()).isEqualTo(Optional.empty());
            assertThat(cast.services()).allMatch(service -> service.alive() == 1 && service.hurtLately());
            assertThat(cast.restartDead()).hasSize(6);
            assertThat(cast.killNext()).isPresent();
        }
    }
}
