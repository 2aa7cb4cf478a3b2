package dev.parley.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code parley up}: serves a configuration until it is told to stop. */
@Command(
        name = "up",
        descriptionHeading = "%n",
        description = {
            "Serve a configuration until SIGTERM or Ctrl-C.",
            "Changes of its files apply live; a bad change leaves the old configuration serving and says why."
        },
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  parley up                              ./parley.yaml",
            "  parley up -f conf.d                    a folder, whose files make up one configuration",
            "  parley up 2>parley.log | jq .          the access log is on stdout, one JSON object a line",
            "  kill -HUP PID                          read the configuration again now, open the access log anew",
            "",
            "SIGTERM drains: nothing new is accepted, and what is open may end within the time of the setting",
            "drain (30s). A second signal ends it at once.",
            "Exit codes: 0 it was stopped, 1 it could not start, 2 the command line was not understood.",
            "Read next: parley check --help."
        })
final class UpCommand implements Callable<Integer> {
    private final Program program;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    UpCommand(Program program) {
        this.program = program;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Serving(program, spec.commandLine().getErr()).serve(file.path());
    }
}
