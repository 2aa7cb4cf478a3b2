package dev.parley.simulation.report;

import dev.parley.simulation.scenario.Invariant;
import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.SlowNode;
import java.util.List;

/** One run of the size of a large installation. */
final class LargeRun implements Section {
    private static final int ENDPOINTS = 2000;
    private static final double UTILISATION = 0.05;

    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "Two thousand endpoints");
        SlowNode scenario = new SlowNode("", ENDPOINTS, UTILISATION);
        Result result = log.run(scenario, seed);
        page.block(scenario.story() + " Seed " + seed + ".");
        page.table(
                List.of(
                        "requests",
                        "p99 healthy, ms",
                        "p99 after 5 s, ms",
                        "failed after 5 s, %",
                        "what the slow one gets, of its fair share"),
                List.of(List.of(
                        Invariant.number(result.figure("requests")),
                        Invariant.number(result.figure("p99 healthy, ms")),
                        Invariant.number(result.figure("p99 after 5 s, ms")),
                        Invariant.number(result.figure("failed after 5 s, %")),
                        Invariant.number(result.figure("share of the slow node, of its fair share")))));
    }
}
