package dev.parley.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Tells an outer cause, which the user can act on, from a bug, which is shown whole. */
final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return tell(failure, command.getErr());
    }

    static int tell(Exception failure, PrintWriter err) {
        switch (failure) {
            case UncheckedIOException outer -> err.println("parley: " + outer.getCause());
            case IOException outer -> err.println("parley: " + outer);
            default -> {
                err.println("parley: this is a fault of Parley, not of yours. Please report what follows.");
                failure.printStackTrace(err);
            }
        }
        err.flush();
        return ExitCode.PROBLEM;
    }
}
