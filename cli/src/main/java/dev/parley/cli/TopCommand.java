package dev.parley.cli;

import dev.parley.cli.status.AdminAddress;
import dev.parley.cli.terminal.FullScreen;
import dev.parley.cli.terminal.Ink;
import dev.parley.cli.top.Board;
import dev.parley.cli.top.Watch;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code parley top}: a live table of what a running Parley does, read at its admin address. */
@Command(
        name = "top",
        descriptionHeading = "%n",
        description = {
            "Show a running Parley live: services, routes and endpoints, the worst first, and what happened lately.",
            "It only reads /status of the admin address, and goes on when Parley is restarted."
        },
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nKeys, on a terminal:%n",
        footer = {
            "  q quit      s sort by another column      / show only what has a text, Escape shows all again",
            "  up, down, page up, page down, home, end: scroll through the endpoints",
            "",
            "Examples:",
            "  parley top                             the Parley of this machine",
            "  parley top --admin 10.0.0.7:9901       another one, whose admin address must be reachable",
            "  parley top --once | grep ejected       one look, all of it, as text",
            "",
            "Exit codes: 0 it was ended, 1 no Parley answers there, 2 the command line was not understood.",
            "Read next: docs/operations.md, which explains each column."
        })
final class TopCommand implements Callable<Integer> {
    private static final Duration SHORTEST = Duration.ofMillis(100);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9901",
            description = "The admin address of Parley. Default: ${DEFAULT-VALUE}.")
    private String admin = "";

    @Option(names = "--once", description = "Print everything once, of two looks that are --interval apart, and end.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeConverter.class,
            description = "The time between two looks, at least 100ms. Default: ${DEFAULT-VALUE}.")
    private Duration interval = Duration.ofSeconds(1);

    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            defaultValue = "",
            description =
                    "Show only endpoints and events that have this in their service, address, state, zone or reason.")
    private String filter = "";

    @Override
    public Integer call() throws InterruptedException {
        if (interval.compareTo(SHORTEST) < 0) {
            throw new ParameterException(spec.commandLine(), "--interval is at least 100ms.");
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean terminal = !once && FullScreen.possible();
        try (AdminAddress address = address()) {
            Board board = new Board(address.toString(), ZoneId.systemDefault(), Ink.on(terminal));
            Watch watch = new Watch(address, board, interval, filter);
            Signals.on("INT", watch::end);
            Signals.on("TERM", watch::end);
            Optional<String> trouble = once ? watch.once(out) : watch.run(out, terminal);
            trouble.ifPresent(this::explain);
            return trouble.isPresent() ? ExitCode.PROBLEM : ExitCode.OK;
        }
    }

    private AdminAddress address() {
        try {
            return new AdminAddress(admin);
        } catch (IllegalArgumentException malformed) {
            throw new ParameterException(spec.commandLine(), "--admin " + malformed.getMessage());
        }
    }

    private void explain(String reason) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("parley: no Parley at %s: %s.".formatted(admin, reason));
        err.println(
                "Start one with parley up, or say where it is with --admin HOST:PORT: its admin address is what the");
        err.println("setting admin says, and what parley up prints when it starts.");
        err.flush();
    }
}
