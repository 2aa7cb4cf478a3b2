package dev.parley.cli;

/** What {@code parley} exits with. */
public final class ExitCode {
    /** It went well. */
    public static final int OK = 0;

    /** What the user gave cannot be used as it is, such as a configuration with problems; the output says why. */
    public static final int PROBLEM = 1;

    /** The command line itself was not understood. */
    public static final int USAGE = 2;

    private ExitCode() {}
}
