package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code parley demo} as a user starts it, with kills of its own. */
class DemoTest {
    @TempDir
    Path folder;

    private static ChildProcess demo(Path folder, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "demo"));
        command.addAll(List.of(options));
        return ChildProcess.start(folder, Bounds.WAIT.multipliedBy(6), command);
    }

    /** Ten processes start first, and then Parley warms up. */
    private static void awaitLoad(ChildProcess demo) throws Exception {
        demo.awaitOutput("Waiting until Parley is warm");
        demo.awaitOutput("CLIENTS");
    }

    /** What a row of the summary's table says: done, failed, and what was broken. */
    private static long figure(String summary, String protocol, int group) {
        Matcher row = Pattern.compile("(?m)^" + protocol + " +\\d+/s +(\\d+) .* +(\\d+) +(\\d+) +(?:-|(\\d+) \\D+)$")
                .matcher(summary);
        assertThat(row.find()).as(protocol + " in " + summary).isTrue();
        return row.group(group) == null ? 0 : Long.parseLong(row.group(group));
    }

    @Test
    void noRequestFailsWhileAnEndpointOfEachProtocolIsKilled() throws Exception {
        try (ChildProcess demo = demo(folder, "--port", "0", "--kill-every", "2s", "--plain")) {
            awaitLoad(demo);
            // The fifth comes when the clients of the fourth have long found out.
            for (String victim : List.of("orders-1", "payments-1", "chat-1", "echo-1", "orders-2")) {
                demo.awaitOutput(": " + victim + " at");
            }
            demo.terminate();
            int exit = demo.awaitExit();
            String all = demo.output();
            String summary = all.substring(all.lastIndexOf("CLIENTS"));

            for (String protocol : List.of("http", "grpc", "websocket", "tcp")) {
                assertThat(figure(summary, protocol, 1)).as(protocol).isGreaterThan(100);
                assertThat(figure(summary, protocol, 2)).as(protocol).isZero();
            }
            // Connections are carried by nobody else: those of the killed endpoints broke, and the table says so.
            assertThat(figure(summary, "websocket", 4) + figure(summary, "tcp", 4))
                    .isPositive();
            assertThat(summary).contains("No request failed; ", " endpoints were killed with kill -9.");
            assertThat(exit).isZero();
        }
    }

    @Test
    void noRequestFailsInChaos() throws Exception {
        try (ChildProcess demo = demo(folder, "--port", "0", "--plain", "--chaos", "--seed", "7")) {
            awaitLoad(demo);
            demo.awaitOutput("orders-3 answers 500 at once");
            demo.awaitOutput("orders-3 is well again");
            demo.awaitOutput("orders-2 closes connections in place of answers");
            demo.awaitOutput("orders-2 is well again");
            demo.terminate();
            int exit = demo.awaitExit();

            assertThat(demo.output())
                    .contains(
                            "chaos has the seed 7",
                            "failed requests: 0 of ",
                            "No request failed; 2 faults, of seed 7.");
            assertThat(exit).isZero();
        }
    }

    @Test
    void leavesNoProcessBehindWhenItIsEnded() throws Exception {
        try (ChildProcess demo = demo(folder, "--port", "0", "--kill-every", "0", "--plain")) {
            awaitLoad(demo);
            List<ProcessHandle> services =
                    ProcessHandle.of(demo.pid()).orElseThrow().children().toList();
            assertThat(services).hasSize(10);

            demo.terminate();

            assertThat(demo.awaitExit()).isZero();
            for (ProcessHandle service : services) {
                service.onExit().get(Bounds.WAIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }
}
