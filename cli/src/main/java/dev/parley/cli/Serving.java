package dev.parley.cli;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import java.io.PrintWriter;
import java.nio.file.Path;

/** What {@code parley up} does once its arguments are understood: reads, starts, says what is served, and waits for the end. */
final class Serving {
    private final Program program;
    private final PrintWriter err;

    /** @param err takes everything that is said: stdout is the access log's, and stays one JSON object a line */
    Serving(Program program, PrintWriter err) {
        this.program = program;
        this.err = err;
    }

    int serve(Path path) throws InterruptedException {
        return switch (ConfigReader.create().read(path)) {
            case Loaded.Rejected rejected -> {
                Problems.print(rejected, err);
                yield ExitCode.PROBLEM;
            }
            case Loaded.Accepted accepted -> serve(new Program.UpOptions(path, accepted));
        };
    }

    private int serve(Program.UpOptions options) throws InterruptedException {
        return switch (program.up(options)) {
            case Program.CannotStart reasons -> {
                Problems.print(reasons.problems(), err);
                yield ExitCode.PROBLEM;
            }
            case Program.Started started -> {
                // Before it says how to stop it: a signal that came meanwhile would end it without a drain.
                StopSignals.stop(started.running(), err);
                Summary.print(options, started.running(), err);
                started.running().awaitStop();
                err.println("Parley has stopped.");
                err.flush();
                yield ExitCode.OK;
            }
        };
    }
}
