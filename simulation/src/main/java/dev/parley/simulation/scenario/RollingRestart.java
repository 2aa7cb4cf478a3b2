package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * All endpoints of a service are killed and started again, a few at a time, the rude way: what is under way is reset, and nobody
 * tells Parley.
 *
 * @param settings of the service, as YAML
 */
public record RollingRestart(String settings, int endpoints) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 1000);
    private static final double UTILISATION = 0.5;
    private static final double FIRST_AT = 10;
    private static final double SPAN = 40;
    private static final double DOWN_FOR = 3;
    private static final double COLD_TIMES = 5;
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final double END = 65;

    @Override
    public String title() {
        return "Rolling restart of " + endpoints;
    }

    @Override
    public String story() {
        return ("%d endpoints at %d %% of their capacity are killed one after the other within %d s, without notice; each is away for"
                        + " %d s and comes back %d times as slow, for %d s.")
                .formatted(
                        endpoints,
                        Math.round(UTILISATION * 100),
                        (int) SPAN,
                        (int) DOWN_FOR,
                        (int) COLD_TIMES,
                        WARM_UP.toSeconds());
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 2s");
        Timeline timeline = World.timeline();
        Crowd crowd =
                world.crowd("orders", world.parleys(2, ""), Crowd.Habits.patient(Duration.ofSeconds(2)), timeline);
        world.at(0, () -> crowd.rate(UTILISATION * fleet.capacity(PLAN)));
        for (int i = 0; i < endpoints; i++) {
            Server server = fleet.servers().get(i);
            double at = FIRST_AT + SPAN * i / endpoints;
            world.at(at, () -> server.crash(world.agenda().nowNs()));
            world.at(
                    at + DOWN_FOR,
                    () -> server.comeBackCold(
                            COLD_TIMES, WARM_UP, world.agenda().nowNs()));
        }
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step restart = timeline.between(FIRST_AT, FIRST_AT + SPAN + DOWN_FOR);
        double healthy = timeline.between(2, FIRST_AT).waits().quantileMs(0.99);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("failed", restart.failed())
                .figure("attempts for each request", (double) restart.attempts() / restart.began())
                .figure("p99 healthy, ms", healthy)
                .figure("p99 during the restart, ms", restart.waits().quantileMs(0.99))
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost(
                        "failed requests", (double) timeline.whole().failed(), 0, ""))
                .must(Invariant.atMost("p99 during the restart", restart.waits().quantileMs(0.99), 3 * healthy, "ms"))
                .must(Invariant.atMost(
                        "attempts for each request", (double) restart.attempts() / restart.began(), 1.02, ""));
    }
}
