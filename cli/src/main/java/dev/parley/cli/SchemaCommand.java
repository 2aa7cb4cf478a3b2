package dev.parley.cli;

import dev.parley.config.JsonSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code parley schema}: the JSON Schema of the configuration, for editors. */
@Command(
        name = "schema",
        descriptionHeading = "%n",
        description = "Print the JSON Schema of the configuration, for editors that complete and check.",
        synopsisHeading = "Usage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  parley schema > parley.schema.json",
            "",
            "Then begin parley.yaml with this line, which VS Code, IntelliJ and Helix understand:",
            "  # yaml-language-server: $schema=parley.schema.json"
        })
final class SchemaCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().getOut().println(JsonSchema.generate().strip());
        return ExitCode.OK;
    }
}
