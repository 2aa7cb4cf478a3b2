package dev.parley.simulation;

import dev.parley.simulation.report.Page;
import dev.parley.simulation.report.Report;
import dev.parley.simulation.report.RunLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes docs/simulation.md: what {@code bench/simulate} runs.
 *
 * <pre>
 *   Simulate [--seed N] FOLDER
 * </pre>
 *
 * Exits with 0 where everything held, 1 where something did not, 2 where it was called wrongly.
 */
public final class Simulate {
    private static final String USAGE = "Usage: simulate [--seed N] FOLDER, where N is a whole number.";

    private Simulate() {}

    /** Writes the report into the folder that is named. */
    public static void main(String[] arguments) throws IOException {
        List<String> given = List.of(arguments);
        boolean seeded = given.size() == 3
                && given.getFirst().equals("--seed")
                && given.get(1).matches("-?\\d{1,18}");
        if (!seeded && given.size() != 1) {
            System.err.println(USAGE);
            System.exit(2);
        }
        long seed = seeded ? Long.parseLong(given.get(1)) : Report.SEED;
        System.out.println("Seed " + seed);
        RunLog log = new RunLog(System.out);
        Page page = Report.write(seed, log);
        page.write(Path.of(given.getLast()));
        log.broken().forEach(each -> System.out.println("Does not hold: " + each));
        System.exit(log.broken().isEmpty() ? 0 : 1);
    }
}
