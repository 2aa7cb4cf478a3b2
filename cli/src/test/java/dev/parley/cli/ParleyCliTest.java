package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Problem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParleyCliTest {
    private static final String HELLO = """
            listeners:
              edge: { port: 8080 }
            services:
              payments:
                endpoints: [127.0.0.1:9001, 127.0.0.1:9002]
            routes:
              payments: { listener: edge, path: /pay, to: payments }
            """;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Program program = options -> {
        throw new AssertionError("no command but up starts Parley");
    };

    private int run(String... args) {
        return new ParleyCli(program, new PrintWriter(out, true), new PrintWriter(err, true)).run(args);
    }

    private String write(String text) throws Exception {
        return Files.writeString(folder.resolve("parley.yaml"), text).toString();
    }

    @Test
    void checksAConfigurationThatCanBeServed() throws Exception {
        String file = write(HELLO);

        assertThat(run("check", "-f", file)).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .isEqualToIgnoringNewLines(file + " can be served: 1 listener, 1 service with 2 endpoints, 1 route.");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void showsEveryProblemWithItsLineAndACaret() throws Exception {
        String file = write(HELLO.replace("port: 8080", "port: 808080").replace("to: payments", "tp: payments"));

        assertThat(run("check", "-f", file)).isEqualTo(ExitCode.PROBLEM);
        assertThat(err.toString()).contains(file + ":2:", "808080", file + ":7:", "tp", "^", "problems.");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void suggestsACommandThatWasMistyped() {
        assertThat(run("chekc")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines("parley: 'chekc' is not a command. Did you mean check?See parley --help.");
    }

    @Test
    void suggestsAnOptionThatWasMistyped() {
        assertThat(run("check", "--flie", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains(
                        "'--flie' is not an option of parley check. Did you mean --file?", "See parley check --help.");
    }

    @Test
    void saysWhatIsMissingWhereThereIsNoConfiguration() {
        assertThat(run("up")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("there is no ./parley.yaml. Give one with -f FILE");
    }

    @Test
    void saysThatAFileIsNotThere() {
        assertThat(run("check", "-f", folder.resolve("none.yaml").toString())).isEqualTo(ExitCode.PROBLEM);
        assertThat(err.toString()).contains("none.yaml");
    }

    @Test
    void helpsWhoGivesNoCommand() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString()).contains("Usage: parley COMMAND", "Commands:", "up", "check", "Exit codes:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"up", "check", "top", "schema", "version"})
    void everyCommandExplainsItself(String command) {
        assertThat(run(command, "--help")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("Usage: parley " + command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "9901", "localhost:x", "http://localhost:9901", "localhost:9901/status", "a b:1"
            })
    void topExplainsAnAddressThatIsNone(String address) {
        assertThat(run("top", "--admin", address)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'" + address + "' is not HOST:PORT. Write 127.0.0.1:9901");
    }

    @Test
    void topWantsAnIntervalThatParleyCanBear() {
        assertThat(run("top", "--interval", "1ms")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--interval is at least 100ms");
        assertThat(run("top", "--interval", "soon")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("soon");
    }

    @Test
    void printsAJsonSchema() {
        assertThat(run("schema")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).startsWith("{").contains("\"$schema\"", "\"listeners\"");
    }

    @Test
    void showsItsVersion() {
        assertThat(run("version")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).matches("(?s)parley \\d+\\.\\d+\\.\\d+ \\(Java 25.*\\)\\R");
        out.getBuffer().setLength(0);
        assertThat(run("--version")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).startsWith("parley ");
    }

    /** The first form is told without picocli, the second with it. */
    @ParameterizedTest
    @ValueSource(strings = {"-f %s", "--file=%s"})
    void printsWhatItServesAndRunsUntilItIsStopped(String form) throws Exception {
        String file = write(HELLO);
        FakeRunning running = new FakeRunning();
        program = options -> {
            assertThat(options.path()).isEqualTo(Path.of(file));
            assertThat(options.loaded().configuration().services()).containsOnlyKeys("payments");
            running.stop();
            return new Program.Started(running);
        };

        assertThat(run(("up " + form.formatted(file)).split(" "))).isEqualTo(ExitCode.OK);
        assertThat(err.toString().lines())
                .containsSubsequence(
                        "Parley %s serves %s".formatted(Version.text(), file),
                        "  listener  edge      http  http://127.0.0.1:8080",
                        "  service   payments  127.0.0.1:9001, 127.0.0.1:9002",
                        "  routes    1",
                        "  admin     http://127.0.0.1:9901/metrics  http://127.0.0.1:9901/status"
                                + "  http://127.0.0.1:9901/readyz",
                        "Parley has stopped.");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void saysWhyItCannotStart() throws Exception {
        program = options -> new Program.CannotStart(List.of(new Problem(
                "port-in-use",
                "listeners.edge",
                "Port 8080 is taken.",
                "",
                "Stop what listens there, or change port.")));

        assertThat(run("up", "-f", write(HELLO))).isEqualTo(ExitCode.PROBLEM);
        assertThat(err.toString())
                .contains("listeners.edge: Port 8080 is taken. Stop what listens there, or change port. [port-in-use]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-f %s", "--file=%s"})
    void tellsAFaultOfItsOwnFromOneOfTheUser(String form) throws Exception {
        program = options -> {
            throw new IllegalStateException("impossible");
        };

        assertThat(run(("up " + form.formatted(write(HELLO))).split(" "))).isEqualTo(ExitCode.PROBLEM);
        assertThat(err.toString()).contains("a fault of Parley, not of yours", "IllegalStateException: impossible");
    }

    /** A Parley that serves nothing and stops when it is told to. */
    private static final class FakeRunning implements Running {
        private final CountDownLatch stopped = new CountDownLatch(1);

        @Override
        public Map<String, SocketAddress> listeners() {
            return Map.of("edge", new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8080));
        }

        @Override
        public Optional<InetSocketAddress> admin() {
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9901));
        }

        @Override
        public void awaitStop() throws InterruptedException {
            stopped.await();
        }

        @Override
        public void stop() {
            stopped.countDown();
        }
    }
}
