package dev.parley.simulation.report;

import dev.parley.simulation.scenario.Catalogue;
import dev.parley.simulation.scenario.Invariant;
import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;

/** All scenarios with the product's defaults, and whether what they state held. */
final class Invariants implements Section {
    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "What must hold")
                .block(
                        "Each scenario states what must hold and checks it; the module's tests run all of them, smaller, with fixed"
                                + " seeds and with one that is new each time. Nothing is set but what a scenario names.");
        List<List<String>> rows = new ArrayList<>();
        StringBuilder stories = new StringBuilder();
        for (Scenario scenario : Catalogue.full()) {
            Result result = log.run(scenario, seed);
            String name = scenario.title();
            stories.append("- **")
                    .append(name)
                    .append("**: ")
                    .append(scenario.story())
                    .append('\n');
            for (Invariant each : result.invariants()) {
                rows.add(
                        List.of(name, each.what(), measured(each), bound(each), each.holds() ? "holds" : "**broken**"));
                name = "";
            }
        }
        page.block(stories.toString().strip());
        page.table(List.of("scenario", "what", "measured", "bound", ""), rows);
    }

    private static String measured(Invariant each) {
        return withUnit(each.measured(), each.unit());
    }

    private static String bound(Invariant each) {
        return (each.sense() == Invariant.Sense.AT_MOST ? "≤ " : "≥ ") + withUnit(each.bound(), each.unit());
    }

    private static String withUnit(double value, String unit) {
        return Invariant.number(value) + (unit.isEmpty() ? "" : " " + unit);
    }
}
