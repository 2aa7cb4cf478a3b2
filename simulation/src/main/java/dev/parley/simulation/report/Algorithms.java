package dev.parley.simulation.report;

import dev.parley.simulation.scenario.GreyFailure;
import dev.parley.simulation.scenario.Invariant;
import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.Scenario;
import dev.parley.simulation.scenario.SlowNode;
import dev.parley.simulation.world.Timeline;
import java.util.ArrayList;
import java.util.List;

/** The balancing algorithms side by side, with outlier detection and without. */
final class Algorithms implements Section {
    private static final List<String> NAMES = List.of("p2c_ewma", "least_request", "round_robin", "random", "maglev");
    private static final int ENDPOINTS = 10;

    private record Fault(String name, String file, String failed, String p99) {
        Scenario with(String settings) {
            return switch (name) {
                case "one is 100 times slower" -> new SlowNode(settings, ENDPOINTS, 0.5);
                case "one errs fast, 30 %" ->
                    new GreyFailure(settings, ENDPOINTS, GreyFailure.Kind.ERRS_FAST, 0.3, 0.5);
                case "one errs fast, 100 %" -> new GreyFailure(settings, ENDPOINTS, GreyFailure.Kind.ERRS_FAST, 1, 0.5);
                default -> new GreyFailure(settings, ENDPOINTS, GreyFailure.Kind.HANGS, 0.5, 0.5);
            };
        }
    }

    private static final List<Fault> FAULTS = List.of(
            new Fault("one is 100 times slower", "slow-node", "failed after 5 s, %", "p99 after 5 s, ms"),
            new Fault("one errs fast, 30 %", "errs-30", "failed after 5 s, %", "p99 after 5 s, ms"),
            new Fault("one errs fast, 100 %", "errs-100", "failed after 5 s, %", "p99 after 5 s, ms"),
            new Fault("half of one's requests hang", "hangs", "failed after 5 s, %", "p99 after 5 s, ms"));

    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "Balancing algorithms")
                .block(
                        "One of " + ENDPOINTS
                                + " endpoints goes bad. Without outlier detection it is the algorithm alone that avoids it;"
                                + " with it (the default) even round robin and hashing do, as soon as enough was seen. p99 is over all requests, with"
                                + " those that failed counted for as long as their clients waited. Both from 5 s after the fault on.");
        List<List<String>> rows = new ArrayList<>();
        for (Fault fault : FAULTS) {
            Plot without = plot(fault, "off");
            Plot with = plot(fault, "on");
            for (String algorithm : NAMES) {
                Result off = log.compare(fault.with(settings(algorithm, "off")), seed);
                Result on = log.compare(fault.with(settings(algorithm, "on")), seed);
                rows.add(List.of(
                        algorithm.equals(NAMES.getFirst()) ? fault.name : "",
                        algorithm,
                        Invariant.number(off.figure(fault.failed)),
                        Invariant.number(on.figure(fault.failed)),
                        Invariant.number(off.figure(fault.p99)),
                        Invariant.number(on.figure(fault.p99))));
                draw(without, algorithm, off);
                draw(with, algorithm, on);
            }
            if (fault.file.equals("slow-node")) {
                page.plot(
                        "slow-node-off",
                        without,
                        "One of ten endpoints is 100 times slower from 10 s to 30 s, outlier detection off: p2c_ewma"
                                + " and least_request avoid it by themselves; round_robin, random and maglev go on sending it its share. Seed "
                                + seed + ".");
                page.plot(
                        "slow-node-on",
                        with,
                        "The same with outlier detection: the slow endpoint is ejected for its latency within seconds,"
                                + " whatever the algorithm. Seed " + seed + ".");
            }
        }
        page.table(List.of("fault", "algorithm", "failed %, detection off", "on", "p99 ms, detection off", "on"), rows);
    }

    private static String settings(String algorithm, String detection) {
        return "balance: " + algorithm + "; outlier_detection: " + detection;
    }

    private static Plot plot(Fault fault, String detection) {
        return new Plot("p99 of clients: " + fault.name + ", outlier detection " + detection, "time, s", "p99, ms")
                .logarithmic()
                .mark(10, "slow")
                .mark(30, "well");
    }

    private static void draw(Plot plot, String algorithm, Result result) {
        Timeline timeline = result.timeline("clients");
        plot.steps(
                algorithm,
                timeline.stepSeconds(),
                timeline.each(step -> step.waits().quantileMs(0.99)));
    }
}
