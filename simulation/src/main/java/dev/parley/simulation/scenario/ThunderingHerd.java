package dev.parley.simulation.scenario;

import dev.parley.model.Criticality;
import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * A whole service is down, its clients try again and again, and when it comes back with cold caches they are all there.
 *
 * @param name of the settings, for the report
 * @param settings of the service, as YAML
 * @param mostSeconds within which it must be well again
 */
public record ThunderingHerd(String name, String settings, int endpoints, double mostSeconds) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 1000);
    private static final double UTILISATION = 0.6;
    private static final double DOWN_AT = 10;
    private static final double BACK_AT = 25;
    private static final double END = 60;
    private static final double COLD_TIMES = 4;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration THINK = Duration.ofSeconds(1);
    private static final Crowd.Habits HABITS =
            new Crowd.Habits(Duration.ofMillis(300), 5, Duration.ofMillis(20), false, Criticality.CRITICAL);

    @Override
    public String title() {
        return "Thundering herd, " + name;
    }

    @Override
    public String story() {
        return ("So many clients that %d endpoints are used for %d %%: each waits 300 ms for an answer, tries five times again with"
                        + " 20 ms between, and thinks a second before the next. From %d s to %d s no endpoint is there; then all"
                        + " come back %d times as slow, and warm up in %d s.")
                .formatted(
                        endpoints,
                        Math.round(UTILISATION * 100),
                        (int) DOWN_AT,
                        (int) BACK_AT,
                        (int) COLD_TIMES,
                        WARM_UP.toSeconds());
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 500ms");
        List<SimulatedParley> parleys = world.parleys(2, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, HABITS, timeline);
        double rate = UTILISATION * fleet.capacity(PLAN);
        crowd.users((int) (rate * (THINK.toNanos() / 1e9 + 0.011)), THINK);
        world.at(DOWN_AT, () -> fleet.servers().forEach(Server::vanish));
        world.at(
                BACK_AT,
                () -> fleet.servers()
                        .forEach(server -> server.comeBackCold(
                                COLD_TIMES, WARM_UP, world.agenda().nowNs())));
        Sampled load = new Sampled(
                world,
                timeline,
                () -> fleet.servers().stream().mapToInt(Server::load).max().orElse(0));
        load.runUntil(END);

        double recovery = Recovery.seconds(timeline, BACK_AT, 0.99);
        Timeline.Step well = timeline.between(2, DOWN_AT);
        Timeline.Step late = timeline.between(END - 10, END);
        double most = 0;
        double[] loads = load.values();
        for (int i = (int) (BACK_AT / timeline.stepSeconds()); i < loads.length; i++) {
            most = Math.max(most, loads[i]);
        }
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .series("requests at the busiest endpoint", loads)
                .figure("seconds until 99 % are answered again", recovery)
                .figure("most requests at one endpoint after the return", most)
                .figure("p99 healthy, ms", well.waits().quantileMs(0.99))
                .figure(
                        "p99 in the 10 s after the return, ms",
                        timeline.between(BACK_AT, BACK_AT + 10).waits().quantileMs(0.99))
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost("until 99 % are answered again", recovery, mostSeconds, "s"))
                .must(Invariant.atMost(
                        "p99 of the last 10 s",
                        late.waits().quantileMs(0.99),
                        2 * well.waits().quantileMs(0.99),
                        "ms"));
    }
}
