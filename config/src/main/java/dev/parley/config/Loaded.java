package dev.parley.config;

import dev.parley.model.Configuration;
import java.nio.file.Path;
import java.util.List;

/** What came of reading a configuration: the whole of it, or every reason why not. */
public sealed interface Loaded {
    /**
     * A configuration that can be served.
     *
     * @param files what it was read from, in the order in which they were merged; empty for a text
     * @param digest of names and contents, in hexadecimal, also of the certificates that it names: the same if nothing changed
     * @param warnings what can be served and is not as it should be, such as a certificate that has expired
     */
    record Accepted(Configuration configuration, List<Path> files, String digest, List<LocatedProblem> warnings)
            implements Loaded {}

    /** A configuration with problems: at least one, in the order of files and lines. */
    record Rejected(List<LocatedProblem> problems) implements Loaded {}
}
