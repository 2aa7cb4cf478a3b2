package dev.parley.cli;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.config.LocatedProblem;
import java.nio.file.Path;
import java.util.List;
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
            "Exit codes: 0 it can be served, 1 it has problems or a certificate has expired, 2 the command line was not understood.",
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
                yield warn(accepted.warnings());
            }
            case Loaded.Rejected rejected -> {
                Problems.print(rejected, spec.commandLine().getErr());
                yield ExitCode.PROBLEM;
            }
        };
    }

    /** A certificate that is over can be served, and is of no use: whoever checks in a script is to notice. */
    private int warn(List<LocatedProblem> warnings) {
        for (LocatedProblem warning : warnings) {
            spec.commandLine().getErr().println("warning: " + warning.render());
        }
        spec.commandLine().getErr().flush();
        boolean expired =
                warnings.stream().anyMatch(each -> each.problem().code().equals("certificate-expired"));
        return expired ? ExitCode.PROBLEM : ExitCode.OK;
    }
}
