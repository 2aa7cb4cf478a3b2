package dev.parley.simulation.report;

import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.ZoneLoss;
import dev.parley.simulation.world.Timeline;

/** A zone that is lost and returns. */
final class Zones implements Section {
    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "Zones");
        Result result = log.compare(new ZoneLoss("", 10), seed);
        Timeline timeline = result.timeline("clients");
        Plot traffic = new Plot("Loss of a zone: traffic", "time, s", "requests/s")
                .mark(10, "zone a silent")
                .mark(40, "back, cold")
                .steps(
                        "answered, all zones",
                        timeline.stepSeconds(),
                        timeline.each(step -> step.succeeded() / timeline.stepSeconds()))
                .steps(
                        "received by zone a",
                        timeline.stepSeconds(),
                        result.series("requests a second that reach zone a"));
        page.plot(
                "zone-loss",
                traffic,
                "One of three zones is cut off for 30 s. Its traffic leaves at once for the other two, and returns in"
                        + " steps when its endpoints passed their probes. Seed " + seed + ".");
        Plot waits = new Plot("Loss of a zone: what clients wait", "time, s", "ms")
                .logarithmic()
                .mark(10, "zone a silent")
                .mark(40, "back, cold");
        for (double share : new double[] {0.5, 0.99, 0.999}) {
            waits.steps(
                    "p" + (share * 1000 % 10 == 0 ? Math.round(share * 100) : "99.9"),
                    timeline.stepSeconds(),
                    timeline.each(step -> step.waits().quantileMs(share)));
        }
        page.plot(
                "zone-loss-waits",
                waits,
                "Requests that were under way in the zone are given up after attempt_timeout, 250 ms, and tried"
                        + " elsewhere. Seed " + seed + ".");
    }
}
