package dev.parley.simulation.report;

import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.Scenario;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Runs scenarios for the report and tells of each as it ends: the report itself knows no real time. */
public final class RunLog {
    private final PrintStream out;
    private final List<String> broken = new ArrayList<>();

    public RunLog(PrintStream out) {
        this.out = out;
    }

    /** Runs one whose invariants must hold; what does not is remembered. */
    Result run(Scenario scenario, long seed) {
        Result result = compare(scenario, seed);
        broken.addAll(result.broken());
        return result;
    }

    /** Runs one that is there to be compared with, and need not hold. */
    Result compare(Scenario scenario, long seed) {
        long start = System.nanoTime();
        Result result = scenario.run(seed);
        out.printf("%6.1f s  %s%n", (System.nanoTime() - start) / 1e9, scenario.title());
        result.broken().forEach(each -> out.println("          does not hold: " + each));
        return result;
    }

    /** What did not hold and must, each with its seed. */
    public List<String> broken() {
        return List.copyOf(broken);
    }
}
