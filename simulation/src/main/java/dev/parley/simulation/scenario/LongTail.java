package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * Nothing is broken, but two requests in a hundred take fifteen times as long as the others, wherever they go: what a second
 * attempt is worth, and what it costs.
 *
 * @param name of the settings, for the report
 * @param settings of the service, as YAML
 * @param mostP99Ms the p99 that these settings must achieve
 */
public record LongTail(String name, String settings, int endpoints, double mostP99Ms) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(
            new ServiceTime.Bimodal(
                    ServiceTime.around(Duration.ofMillis(8), 0.3),
                    ServiceTime.around(Duration.ofMillis(120), 0.3),
                    0.02),
            8,
            1000);
    private static final double UTILISATION = 0.4;
    private static final double END = 60;

    @Override
    public String title() {
        return "Long tail, " + name;
    }

    @Override
    public String story() {
        return ("%d endpoints at %d %% of their capacity; a request takes 8 ms, but 120 ms in two cases of a hundred, whatever the"
                        + " endpoint.")
                .formatted(endpoints, Math.round(UTILISATION * 100));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 2s");
        Timeline timeline = World.timeline();
        Crowd crowd =
                world.crowd("orders", world.parleys(2, ""), Crowd.Habits.patient(Duration.ofSeconds(2)), timeline);
        world.at(0, () -> crowd.rate(UTILISATION * fleet.capacity(PLAN)));
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step settled = timeline.between(10, END);
        double extra = 100.0 * settled.attempts() / settled.began() - 100;
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("p50, ms", settled.waits().quantileMs(0.5))
                .figure("p99, ms", settled.waits().quantileMs(0.99))
                .figure("p99.9, ms", settled.waits().quantileMs(0.999))
                .figure("attempts beyond one a request, %", extra)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost("p99", settled.waits().quantileMs(0.99), mostP99Ms, "ms"))
                .must(Invariant.atMost("attempts beyond one a request", extra, 5.2, "%"));
    }
}
