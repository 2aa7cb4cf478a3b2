package dev.parley.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code parley} itself: says what there is. */
@Command(
        name = "parley",
        descriptionHeading = "%n",
        description = "Balances, checks and observes the traffic between services. One program, one short file.",
        optionListHeading = "%nOptions:%n",
        synopsisHeading = "Usage: ",
        customSynopsis = "parley COMMAND [OPTIONS]",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  parley demo                    real services, real load, and a live table: start here",
            "  parley check -f parley.yaml    every problem of a configuration at once",
            "  parley up -f parley.yaml       serve it; later changes of the file apply live",
            "  parley top                     what it does, live",
            "  curl localhost:9901/metrics    the same, for Prometheus",
            "",
            "The smallest configuration, parley.yaml:",
            "  listeners:",
            "    edge: { port: 8080 }",
            "  services:",
            "    payments: { endpoints: [127.0.0.1:9001, 127.0.0.1:9002] }",
            "  routes:",
            "    payments: { listener: edge, path: /pay, to: payments }",
            "",
            "Exit codes: 0 it went well, 1 a problem in what you gave, 2 the command line was not understood.",
            "Read next: parley COMMAND --help, then README.md and ARCHITECTURE.md."
        })
final class ParleyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-V", "--version"},
            description = "Show the version.")
    private boolean version;

    @Override
    public Integer call() {
        if (version) {
            return VersionCommand.print(spec.commandLine().getOut());
        }
        spec.commandLine().usage(spec.commandLine().getOut());
        return ExitCode.USAGE;
    }
}
