package dev.parley.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The programs of the machine that tests talk to. */
public final class Programs {
    private Programs() {}

    /** Where a program is, or the test is skipped and its report says which program it would have needed. */
    public static Path require(String program) {
        Optional<Path> found = find(program);
        Assumptions.assumeTrue(
                found.isPresent(), () -> "needs the program %s, which is not installed".formatted(program));
        return found.orElseThrow();
    }

    /** Where a program is: on PATH, or where Debian puts servers, which PATH often leaves out. */
    public static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(folder, program);
            if (Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
