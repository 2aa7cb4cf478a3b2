package dev.parley.simulation.scenario;

import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * A burst pushes a service beyond its capacity; when the burst is over, clients that time out and try again keep it there
 * (Bronson et al., "Metastable failures in distributed systems", HotOS 2021).
 *
 * @param name of the settings, for the report
 * @param settings of the service, as YAML
 * @param recovers whether it must, with these settings; without limits it must not, else the scenario shows nothing
 */
public record MetastableOverload(String name, String settings, String route, int endpoints, boolean recovers)
        implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 2000);
    private static final double UTILISATION = 0.7;
    private static final double BURST_AT = 10;
    private static final double BURST_OVER = 13;
    private static final double BURST_TIMES = 3;
    private static final double END = 60;
    private static final double MOST_SECONDS = 10;
    private static final Crowd.Habits HABITS = Crowd.Habits.naive(Duration.ofMillis(500), 3);

    @Override
    public String title() {
        return "Metastable overload, " + name;
    }

    @Override
    public String story() {
        return ("%d endpoints at %d %% of their capacity; for %d s there is %d times as much. Clients wait 500 ms for an answer and"
                        + " try three times again at once, whatever went wrong; servers work on what nobody waits for.")
                .formatted(
                        endpoints,
                        Math.round(UTILISATION * 100),
                        Math.round(BURST_OVER - BURST_AT),
                        Math.round(BURST_TIMES));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, route);
        List<SimulatedParley> parleys = world.parleys(2, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, HABITS, timeline);
        double rate = UTILISATION * fleet.capacity(PLAN);
        world.at(0, () -> crowd.rate(rate));
        world.at(BURST_AT, () -> crowd.rate(BURST_TIMES * rate));
        world.at(BURST_OVER, () -> crowd.rate(rate));
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step burst = timeline.between(BURST_AT + 1, BURST_OVER);
        Timeline.Step late = timeline.between(END - 10, END);
        double recovery = Recovery.seconds(timeline, BURST_OVER, 0.99);
        double lateShare = (double) late.succeeded() / late.began();
        Result result = new Result(title(), seed)
                .timeline("clients", timeline)
                .figure(
                        "answered well in the burst, of capacity, %",
                        100 * burst.succeeded() / 2.0 / fleet.capacity(PLAN))
                .figure("seconds until 99 % are answered again", recovery)
                .figure("answered well in the last 10 s, %", 100 * lateShare)
                .figure("p99 in the last 10 s, ms", late.waits().quantileMs(0.99))
                .figure("requests", timeline.whole().began());
        return recovers
                ? result.must(Invariant.atMost("until 99 % are answered again", recovery, MOST_SECONDS, "s"))
                        .must(Invariant.atLeast("answered well in the last 10 s", lateShare, 0.99, ""))
                : result.must(Invariant.atMost("answered well in the last 10 s, without limits", lateShare, 0.9, ""));
    }
}
