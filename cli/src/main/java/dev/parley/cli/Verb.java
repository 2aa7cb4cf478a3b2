package dev.parley.cli;

/**
 * A command that another module adds. It is found through {@link java.util.ServiceLoader}, so that the command line
 * depends on no module that it can do without, and it is loaded only when none of the built-in commands is meant.
 */
public interface Verb {
    /** An instance of a class annotated with {@link picocli.CommandLine.Command}, which implements Callable of Integer. */
    Object command(Program program);
}
