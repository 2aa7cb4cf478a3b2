package dev.parley.app;

import dev.parley.cli.ParleyCli;

/** Where the process begins. */
public final class Main {
    private Main() {}

    /** Runs a command; {@code train} is the launcher's own, which makes the AOT cache from it. */
    public static void main(String[] args) {
        if (args.length == 1 && args[0].equals("train")) {
            Training.run();
            return;
        }
        System.exit(ParleyCli.run(args, new Assembly()));
    }
}
