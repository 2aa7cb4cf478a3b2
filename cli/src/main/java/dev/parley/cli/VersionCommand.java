package dev.parley.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code parley version}. */
@Command(
        name = "version",
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        descriptionHeading = "%n",
        description = "Show the version of Parley and of the Java that runs it.")
final class VersionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        return print(spec.commandLine().getOut());
    }

    static int print(PrintWriter out) {
        out.println("parley %s (Java %s, %s, %s)"
                .formatted(
                        Version.text(),
                        Runtime.version(),
                        System.getProperty("java.vendor"),
                        System.getProperty("os.arch")));
        out.flush();
        return ExitCode.OK;
    }
}
