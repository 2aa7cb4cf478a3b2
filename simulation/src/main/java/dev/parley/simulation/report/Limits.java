package dev.parley.simulation.report;

import dev.parley.model.Criticality;
import dev.parley.simulation.scenario.Invariant;
import dev.parley.simulation.scenario.MetastableOverload;
import dev.parley.simulation.scenario.Overload;
import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.ThunderingHerd;
import dev.parley.simulation.world.Timeline;
import java.util.List;

/** Overload with the adaptive limit and breakers, and without them. */
final class Limits implements Section {
    private static final String OFF =
            "concurrency: off; outlier_detection: off; breaker: { error_rate: 100%, per_endpoint: false }";
    private static final int ENDPOINTS = 20;
    private static final String RECOVERY = "seconds until 99 % are answered again";

    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "Overload")
                .block(
                        "Servers here work on what nobody waits for any more, and have a queue of two thousand: what is let in beyond their"
                                + " capacity makes everything late, and what is late is tried again. With the adaptive limit (the default) Parley lets in"
                                + " what is answered in time and refuses the rest at once, the least critical first.");
        overload(page, seed, log);
        Result[] bursts = metastable(page, seed, log);
        Result[] herds = herd(page, seed, log);
        page.table(
                List.of(
                        "limits",
                        "metastable: seconds to recover",
                        "answered in its last 10 s, %",
                        "herd: seconds to recover"),
                List.of(recoveries("on", bursts[0], herds[0]), recoveries("off", bursts[1], herds[1])));
    }

    private static void overload(Page page, long seed, RunLog log) {
        Result on = log.compare(new Overload("limits on", "", ENDPOINTS, true), seed);
        Result off = log.compare(new Overload("limits off", OFF, ENDPOINTS, false), seed);
        Plot plot = new Plot("Three times the capacity: answered in time, limits on", "time, s", "requests/s")
                .mark(10, "overload begins");
        for (Criticality each : Criticality.values()) {
            goodput(plot, each.name(), on.timeline(each.name()));
        }
        page.plot(
                "overload",
                plot,
                "From 10 s on three times as many requests come as can be answered. CRITICAL_PLUS keeps all of its"
                        + " answers, CRITICAL gets the rest of the capacity, and the sheddable ones are refused but for a trickle. Seed "
                        + seed + ".");
        Plot critical = new Plot("Three times the capacity: p99 of CRITICAL_PLUS", "time, s", "p99, ms")
                .logarithmic()
                .mark(10, "overload begins");
        waits(critical, "limits on", on.timeline(Criticality.CRITICAL_PLUS.name()));
        waits(critical, "limits off", off.timeline(Criticality.CRITICAL_PLUS.name()));
        page.plot(
                "overload-p99",
                critical,
                "What the most critical clients wait for, until an answer or the end of their budget of"
                        + " 500 ms. Seed " + seed + ".");
        page.table(
                List.of(
                        "limits",
                        "goodput, % of capacity",
                        "CRITICAL_PLUS answered, %",
                        "CRITICAL answered, %",
                        "SHEDDABLE answered, %"),
                List.of(goodputs("on", on), goodputs("off", off)));
    }

    private static List<String> goodputs(String name, Result result) {
        return List.of(
                name,
                Invariant.number(result.figure("goodput, of capacity, %")),
                Invariant.number(result.figure("CRITICAL_PLUS answered, %")),
                Invariant.number(result.figure("CRITICAL answered, %")),
                Invariant.number(result.figure("SHEDDABLE answered, %")));
    }

    private static Result[] metastable(Page page, long seed, RunLog log) {
        Result on = log.compare(new MetastableOverload("limits on", "", "budget: 500ms", ENDPOINTS, true), seed);
        Result off = log.compare(new MetastableOverload("limits off", OFF, "", ENDPOINTS, false), seed);
        Plot plot = new Plot("Metastable overload: answered in time", "time, s", "requests/s")
                .mark(10, "three times as much")
                .mark(13, "as before");
        Timeline timeline = on.timeline("clients");
        goodput(plot, "limits on", timeline);
        goodput(plot, "limits off", off.timeline("clients"));
        plot.steps("asked for", timeline.stepSeconds(), timeline.each(step -> step.began() / timeline.stepSeconds()));
        page.plot(
                "metastable",
                plot,
                "Three seconds of three times the load. Without limits the queues are never caught up with: each"
                        + " client asks four times and leaves before its answer comes. With them the burst is cut to what can be answered, and when"
                        + " it is over so is the trouble. Seed " + seed + ".");
        return new Result[] {on, off};
    }

    private static Result[] herd(Page page, long seed, RunLog log) {
        Result on = log.compare(new ThunderingHerd("limits on", "", ENDPOINTS, 10), seed);
        Result off = log.compare(new ThunderingHerd("limits off", OFF, ENDPOINTS, 10), seed);
        Plot plot = new Plot("Thundering herd: answered in time", "time, s", "requests/s")
                .mark(10, "all endpoints silent")
                .mark(25, "back, cold");
        goodput(plot, "limits on", on.timeline("clients"));
        goodput(plot, "limits off", off.timeline("clients"));
        page.plot(
                "herd",
                plot,
                "A service is away for 15 s and returns with cold caches to clients that try again and again. Seed "
                        + seed + ".");
        return new Result[] {on, off};
    }

    private static List<String> recoveries(String name, Result burst, Result herd) {
        return List.of(
                name,
                seconds(burst.figure(RECOVERY)),
                Invariant.number(burst.figure("answered well in the last 10 s, %")),
                seconds(herd.figure(RECOVERY)));
    }

    private static String seconds(double value) {
        return Double.isInfinite(value) ? "never" : Invariant.number(value);
    }

    private static void goodput(Plot plot, String name, Timeline timeline) {
        plot.steps(name, timeline.stepSeconds(), timeline.each(step -> step.succeeded() / timeline.stepSeconds()));
    }

    private static void waits(Plot plot, String name, Timeline timeline) {
        plot.steps(
                name, timeline.stepSeconds(), timeline.each(step -> step.waits().quantileMs(0.99)));
    }
}
