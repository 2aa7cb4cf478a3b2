package dev.parley.simulation.scenario;

import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * One endpoint of a service becomes a hundred times slower, and is well again after twenty seconds.
 *
 * @param settings of the service, as YAML; empty for the defaults
 * @param endpoints how many there are
 * @param utilisation the share of what they can carry that comes
 */
public record SlowNode(String settings, int endpoints, double utilisation) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 10_000);
    private static final double TIMES = 100;
    private static final double SLOW_AT = 10;
    private static final double WELL_AT = 30;
    private static final double END = 45;

    @Override
    public String title() {
        return "One slow node of " + endpoints;
    }

    @Override
    public String story() {
        return "One of %d endpoints takes %d times as long from %d s to %d s; the load is %d %% of what all can carry."
                .formatted(endpoints, (int) TIMES, (int) SLOW_AT, (int) WELL_AT, (int) (utilisation * 100));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 2s");
        List<SimulatedParley> parleys = world.parleys(2, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, Crowd.Habits.patient(Duration.ofSeconds(2)), timeline);
        Server slow = fleet.servers().getFirst();
        world.at(0, () -> crowd.rate(utilisation * fleet.capacity(PLAN)));
        world.at(SLOW_AT, () -> slow.slow(TIMES));
        world.at(WELL_AT, () -> slow.slow(1));
        world.runUntil(SLOW_AT + 5);
        long before = slow.received();
        world.runUntil(WELL_AT);
        double share = (double) (slow.received() - before)
                * endpoints
                / timeline.between(SLOW_AT + 5, WELL_AT).attempts();
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step well = timeline.between(2, SLOW_AT);
        Timeline.Step settled = timeline.between(SLOW_AT + 5, WELL_AT);
        double healthy = well.waits().quantileMs(0.99);
        Timeline.Step during = timeline.between(SLOW_AT, WELL_AT);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("p99 healthy, ms", healthy)
                .figure(
                        "p99 in the first 5 s, ms",
                        timeline.between(SLOW_AT, SLOW_AT + 5).waits().quantileMs(0.99))
                .figure("p99 after 5 s, ms", settled.waits().quantileMs(0.99))
                .figure("failed after 5 s, %", 100.0 * settled.failed() / settled.began())
                .figure("failed while slow, %", 100.0 * during.failed() / during.began())
                .figure("share of the slow node, of its fair share", share)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost(
                        "p99 from 5 s after the fault on", settled.waits().quantileMs(0.99), 2 * healthy, "ms"))
                .must(Invariant.atMost("failed from 5 s on", 100.0 * settled.failed() / settled.began(), 0.01, "%"))
                .must(Invariant.atLeast(
                        "answered in the last 5 s, of what came",
                        (double) timeline.between(END - 5, END).succeeded()
                                / timeline.between(END - 5, END).began(),
                        0.99,
                        ""));
    }
}
