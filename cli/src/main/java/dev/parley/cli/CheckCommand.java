package dev.parley.cli;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code parley check}: every problem of a configuration at once, and nothing is started. */
@Command(
        name = "check",
        descriptionHeading = "%n",
        description = "Check a configuration and show every problem at once, each with its place.",
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  parley check                   ./parley.yaml",
            "  parley check -f conf.d         a folder, whose files make up one configuration",
            "",
            "Exit codes: 0 it can be served, 1 it has problems, 2 the command line was not understood.",
            "Read next: parley schema --help, for editors that check while you type."
        })
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    @Override
    public Integer call() {
        Path path = file.path();
        return switch (ConfigReader.create().read(path)) {
            case Loaded.Accepted accepted -> {
                spec.commandLine().getOut().println(Summary.line(path, accepted));
                yield ExitCode.OK;
            }
            case Loaded.Rejected rejected -> {
                Problems.print(rejected, spec.commandLine().getErr());
                yield ExitCode.PROBLEM;
            }
        };
    }
}
