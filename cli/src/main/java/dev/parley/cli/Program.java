package dev.parley.cli;

import dev.parley.config.Loaded;
import dev.parley.model.Problem;
import java.nio.file.Path;
import java.util.List;

/** The port through which commands start Parley in this process. The app supplies it. */
public interface Program {
    /**
     * Starts Parley: all listeners are bound and serve when this returns {@link Started}, or nothing was left open when
     * it returns {@link CannotStart}.
     */
    Start up(UpOptions options) throws InterruptedException;

    /**
     * What to serve.
     *
     * @param path the file or folder that it was read from, which is watched for changes
     * @param loaded what was read there, so that it is read and judged once
     */
    record UpOptions(Path path, Loaded.Accepted loaded) {}

    /** What came of starting. */
    sealed interface Start {}

    /** Parley serves. */
    record Started(Running running) implements Start {}

    /** Parley cannot serve here and now, such as where a port is taken: at least one reason. */
    record CannotStart(List<Problem> problems) implements Start {
        public CannotStart {
            problems = List.copyOf(problems);
        }
    }
}
