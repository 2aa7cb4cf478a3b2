package dev.parley.simulation.scenario;

import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * All endpoints of a service answer half of the requests with 500 for ten seconds, after all the work that an answer takes, and
 * every failed request may be tried three times again: retries without a budget nearly double the load.
 *
 * @param settings of the service but for its retries, as YAML
 * @param budget of retries, as a share and a floor for each Parley: {@code 20%} and {@code 10/s} by default
 * @param mostAmplification attempts for each request that are allowed while half of it fails
 */
public record RetryStorm(String settings, String budget, String floor, int endpoints, double mostAmplification)
        implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 500);
    private static final double UTILISATION = 0.7;
    private static final double FAIL_AT = 10;
    private static final double WELL_AT = 20;
    private static final double END = 45;
    private static final int PARLEYS = 2;

    @Override
    public String title() {
        return "Retry storm with a budget of " + budget;
    }

    @Override
    public String story() {
        return ("Each of %d endpoints answers half of its requests with 500, after all the work, from %d s to %d s, at a load of"
                        + " %d %%; Parley may try a request three times again, with a budget of %s and %s.")
                .formatted(endpoints, (int) FAIL_AT, (int) WELL_AT, (int) (UTILISATION * 100), budget, floor);
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        String retries = "retries: { attempts: 3, statuses: [500, 503], budget: %s, budget_floor: %s }; %s"
                .formatted(budget, floor, settings);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), retries, "budget: 1s");
        List<SimulatedParley> parleys = world.parleys(PARLEYS, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, Crowd.Habits.patient(Duration.ofSeconds(1)), timeline);
        world.at(0, () -> crowd.rate(UTILISATION * fleet.capacity(PLAN)));
        world.at(FAIL_AT, () -> fleet.servers().forEach(server -> server.failLate(0.5)));
        world.at(WELL_AT, () -> fleet.servers().forEach(server -> server.failLate(0)));
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step storm = timeline.between(FAIL_AT, WELL_AT);
        double amplification = (double) storm.attempts() / storm.began();
        double recovery = Recovery.seconds(timeline, WELL_AT, 0.99);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("attempts for each request in the storm", amplification)
                .figure("answered well in the storm, %", 100.0 * storm.succeeded() / storm.began())
                .figure("p99 in the storm, ms", storm.waits().quantileMs(0.99))
                .figure("seconds until 99 % are answered again", recovery)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost("attempts for each request in the storm", amplification, mostAmplification, ""))
                .must(Invariant.atMost("until 99 % are answered again", recovery, 5, "s"));
    }
}
