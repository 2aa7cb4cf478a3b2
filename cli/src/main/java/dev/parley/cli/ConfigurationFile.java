package dev.parley.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option {@code -f}, which the commands that read a configuration share. */
final class ConfigurationFile {
    private static final Path USUAL = Path.of("parley.yaml");

    @Spec(Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE|DIR",
            description = "The configuration: a YAML or JSON file, or a folder of them. ./parley.yaml by default.")
    private @Nullable Path given;

    /** What the user gave, or the usual file where it is there; else the mistake is explained. */
    Path path() {
        if (given != null) {
            return given;
        }
        if (Files.exists(USUAL)) {
            return USUAL;
        }
        throw new ParameterException(
                command.commandLine(), "no configuration: there is no ./parley.yaml. Give one with -f FILE or -f DIR.");
    }
}
