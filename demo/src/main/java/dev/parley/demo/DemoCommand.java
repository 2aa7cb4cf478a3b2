package dev.parley.demo;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Problems;
import dev.parley.cli.Program;
import dev.parley.cli.Signals;
import dev.parley.cli.TimeConverter;
import dev.parley.cli.terminal.FullScreen;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code parley demo}: from options to a {@link Performance} and its exit code. */
@Command(
        name = "demo",
        descriptionHeading = "%n",
        description = {
            "Show Parley at work: services of HTTP, gRPC, WebSocket and TCP, load on each, and a live table.",
            "Each endpoint is a process of its own. Kill one, and watch that no request fails."
        },
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nKeys, on a terminal:%n",
        footer = {
            "  k  kill -9 the next endpoint      r  restart what is dead      q  quit",
            "  c  chaos on or off                1-7  one fault of it: kill, freeze, slow, errors, resets, zone, surge",
            "",
            "Examples:",
            "  parley demo                       until q or Ctrl-C",
            "  parley demo --for 30s             by itself: kills an endpoint every 10s, restarts it, and says",
            "                                    with its exit code whether any request failed",
            "  parley demo --rate 2000 --kill-every 2s",
            "  parley demo --for 60s --chaos     breaks something every ten seconds, heals it, and says whether any",
            "                                    request failed",
            "",
            "Exit codes: 0 no request failed, 1 a request failed or the demo could not start, 2 the command line",
            "was not understood.",
            "Read next: parley up --help, to serve a configuration of your own."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MOST_PER_SECOND = 100_000;

    private final Program program;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "How long the load lasts: 30s, 5m. Until q or Ctrl-C where it is not given.")
    private @Nullable Duration length;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "The port of Parley's HTTP listener; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "500",
            description = "HTTP requests a second. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(
            names = "--kill-every",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Kill an endpoint this often and restart it half that time later; 0 leaves it to the keys. "
                    + "Default: 10s with --for or without a terminal, else 0; 0 with --chaos.")
    private @Nullable Duration killEvery;

    @Option(
            names = "--chaos",
            description =
                    "Break things on purpose from the start, one at a time: kill, freeze, slow down, fail, reset, lose a "
                            + "zone, triple the load.")
    private boolean chaos;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "What chaos goes by: the same seed breaks the same things in the same order. Random by default.")
    private @Nullable Long seed;

    @Option(
            names = "--plain",
            description = "Add lines in place of painting a table, and take no keys. The default without a terminal.")
    private boolean plain;

    DemoCommand(Program program) {
        this.program = program;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        require(rate >= 1 && rate <= MOST_PER_SECOND, "--rate is from 1 to " + MOST_PER_SECOND + ".");
        require(port >= 0 && port <= 65_535, "--port is from 0 to 65535.");
        PrintWriter out = spec.commandLine().getOut();
        boolean terminal = !plain && FullScreen.possible();
        out.println("Starting ten service processes and Parley ...");
        out.flush();
        try (Stage stage = Stage.setUp(program, port)) {
            Performance performance = new Performance(
                    stage, new Script(rate, cycle(terminal), Optional.ofNullable(length), chaos, seed()));
            Signals.on("INT", performance::end);
            Signals.on("TERM", performance::end);
            // Parley reads its configuration again on SIGHUP; to a demo it says that its terminal was closed.
            Signals.on("HUP", performance::end);
            return performance.run(out, terminal) ? ExitCode.OK : ExitCode.PROBLEM;
        } catch (Stage.CannotSetUp reasons) {
            Problems.print(reasons.problems(), spec.commandLine().getErr());
            spec.commandLine().getErr().println("Another port may be free: parley demo --port 0 takes one that is.");
            return ExitCode.PROBLEM;
        }
    }

    private void require(boolean held, String rule) {
        if (!held) {
            throw new ParameterException(spec.commandLine(), rule);
        }
    }

    private long seed() {
        return seed != null ? seed : ThreadLocalRandom.current().nextInt(1_000_000);
    }

    private Duration cycle(boolean terminal) {
        if (killEvery != null) {
            return killEvery;
        }
        return chaos || (terminal && length == null) ? Duration.ZERO : Duration.ofSeconds(10);
    }
}
