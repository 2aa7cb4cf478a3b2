package dev.parley.simulation.scenario;

import dev.parley.proxy.resilience.Refusal;
import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * A service answers a share of its requests with 500, quickly and on all endpoints, because something that those need is broken.
 * It has all the capacity that it ever had, and what does not need the broken thing is to be answered as ever.
 *
 * @param settings of the service, as YAML
 * @param share of requests that fail
 */
public record HalfFails(String settings, double share, int endpoints) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 1000);
    private static final double UTILISATION = 0.6;
    private static final double FAIL_AT = 10;
    private static final double END = 40;

    @Override
    public String title() {
        return "%d %% of all answers are errors".formatted(Math.round(share * 100));
    }

    @Override
    public String story() {
        return ("From %d s on, each of %d endpoints answers %d %% of its requests with 500 at once, at a load of %d %%: no endpoint"
                        + " is worse than another, and nothing is overloaded.")
                .formatted((int) FAIL_AT, endpoints, Math.round(share * 100), Math.round(UTILISATION * 100));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 1s");
        List<SimulatedParley> parleys = world.parleys(1, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, Crowd.Habits.patient(Duration.ofSeconds(1)), timeline);
        world.at(0, () -> crowd.rate(UTILISATION * fleet.capacity(PLAN)));
        world.at(FAIL_AT, () -> fleet.servers().forEach(server -> server.err(share, Duration.ofMillis(1))));
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step step = timeline.between(FAIL_AT + 2, END);
        double answered = 100.0 * step.succeeded() / step.began();
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("answered well, %", answered)
                .figure(
                        "refused for want of room",
                        parleys.getFirst().service("orders").refusals(Refusal.OVERLOADED))
                .figure("requests", timeline.whole().began())
                .must(Invariant.atLeast("answered well", answered, 98 * (1 - share), "%"));
    }
}
