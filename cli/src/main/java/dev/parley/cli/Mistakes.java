package dev.parley.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells who mistyped what was not understood, what may have been meant, and where to look. */
final class Mistakes implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException mistake, String[] args) {
        CommandLine command = mistake.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("parley: " + explain(mistake));
        err.println("See %s --help.".formatted(command.getCommandSpec().qualifiedName()));
        err.flush();
        return ExitCode.USAGE;
    }

    private static String explain(ParameterException mistake) {
        if (!(mistake instanceof UnmatchedArgumentException unmatched)) {
            return String.valueOf(mistake.getMessage());
        }
        String word = unmatched.getUnmatched().getFirst();
        CommandSpec command = mistake.getCommandLine().getCommandSpec();
        boolean option = word.startsWith("-");
        boolean atRoot = command.parent() == null;
        List<String> known = new ArrayList<>(
                option ? command.optionsMap().keySet() : command.subcommands().keySet());
        String kind = option ? "an option" : atRoot ? "a command" : "an argument";
        String meant = Nearest.to(word, known)
                .map(nearest -> " Did you mean " + nearest + "?")
                .orElse("");
        return "'%s' is not %s%s.%s".formatted(word, kind, atRoot ? "" : " of " + command.qualifiedName(), meant);
    }
}
