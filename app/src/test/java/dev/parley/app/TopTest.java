package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code parley top} as a user starts it, on a Parley that serves. */
class TopTest {
    @TempDir
    Path folder;

    private ChildProcess top(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "top"));
        command.addAll(List.of(options));
        return ChildProcess.start(folder, Bounds.WAIT.multipliedBy(3), command);
    }

    private Path configuration(int adminPort, String endpoint, int dead) throws Exception {
        return Files.writeString(folder.resolve("parley.yaml"), """
                admin: { port: %d }
                access_log: none
                zone: north
                listeners:
                  edge: { port: 0 }
                services:
                  hello:
                    endpoints:
                      - { address: "%s", zone: north }
                      - { address: "127.0.0.1:%d", zone: south, priority: 1 }
                    health: { interval: 100ms }
                routes:
                  hello: { listener: edge, to: hello, budget: 750ms, criticality: critical_plus }
                """.formatted(adminPort, endpoint, dead));
    }

    private static int freePort() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void showsServicesRoutesEndpointsAndEventsOfARunningParley() throws Exception {
        int dead = freePort();
        try (Origin origin = Origin.answering(Answer.ok("hello"));
                TestParley parley = TestParley.start(configuration(0, origin.endpoint(), dead))) {
            await().atMost(Bounds.WAIT)
                    .until(() -> parley.askAdmin("/status").body().contains("\"kind\":\"endpoint_down\""));

            try (ChildProcess top = top("--once", "--interval", "1s", "--admin", parley.adminAddress())) {
                while (top.isAlive()) {
                    parley.get("edge", "/");
                }
                assertThat(top.awaitExit()).isZero();
                assertThat(top.output())
                        .containsPattern(
                                "Parley \\S+ at 127.0.0.1:\\d+  up \\d+s .* 1/2 endpoints up  revision 1  zone north")
                        .containsPattern("(?m)^hello +\\d+\\.\\d +100.0% .* closed +1/2$")
                        .containsPattern("(?m)^hello +\\d+\\.\\d +100.0% .* 750 ms .* critical plus$")
                        .containsPattern("(?m)^hello +\\S+:\\d+ +up +\\d+\\.\\d +100.0% .* north ")
                        .containsPattern("(?m)^hello +127.0.0.1:" + dead
                                + " +unreachable \\d+s .* south/1 .* connection refused$")
                        .containsPattern("(?m)^\\d\\d:\\d\\d:\\d\\d endpoint down hello 127.0.0.1:" + dead + " ")
                        .doesNotContain("\u001b");
            }
        }
    }

    @Test
    void saysWhatToDoWhereNothingAnswers() throws Exception {
        try (ChildProcess top = top("--admin", "127.0.0.1:" + freePort())) {
            assertThat(top.awaitExit()).isEqualTo(1);
            assertThat(top.output())
                    .contains(": connection refused.", "--admin HOST:PORT")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void saysThatWhatAnswersIsNotParley() throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("hello"));
                ChildProcess top = top("--once", "--admin", origin.endpoint())) {
            assertThat(top.awaitExit()).isEqualTo(1);
            assertThat(top.output()).contains("is not Parley's admin address");
        }
    }

    @Test
    void goesOnWhenParleyIsRestarted() throws Exception {
        int admin = freePort();
        try (Origin origin = Origin.answering(Answer.ok("hello"))) {
            Path configuration = configuration(admin, origin.endpoint(), freePort());
            TestParley first = TestParley.start(configuration);
            try (ChildProcess top = top("--interval", "100ms", "--admin", "127.0.0.1:" + admin)) {
                top.awaitOutput("endpoints up");
                first.close();
                top.awaitOutput("NOT REACHABLE for ");
                int before = top.output().length();
                try (TestParley _ = TestParley.start(configuration)) {
                    await().atMost(Bounds.WAIT)
                            .until(() -> top.output().substring(before).contains("endpoints up"));
                }
                top.terminate();
                assertThat(top.awaitExit()).isZero();
            } finally {
                first.close();
            }
        }
    }
}
