package dev.parley.simulation.scenario;

import dev.parley.proxy.upstream.Endpoint;
import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * A service that is hardly called, and of whose calls a few fail wherever they go: no endpoint is to blame more than another,
 * and none is to be ejected.
 *
 * @param perSecond requests a second, over all endpoints and Parleys
 * @param minutes how long it goes on
 */
public record LowTraffic(int endpoints, double perSecond, double errorShare, double minutes) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(20), 0.8), 4, 100);

    @Override
    public String title() {
        return "Low traffic: %s a second to %d endpoints".formatted(Invariant.number(perSecond), endpoints);
    }

    @Override
    public String story() {
        return ("%d endpoints get %s requests a second together, for %d minutes; %s %% of all fail, wherever they go, and service"
                        + " times vary widely.")
                .formatted(
                        endpoints,
                        Invariant.number(perSecond),
                        Math.round(minutes),
                        Invariant.number(errorShare * 100));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), "", "budget: 5s");
        List<SimulatedParley> parleys = world.parleys(2, "");
        Timeline timeline = new Timeline(Duration.ofSeconds(10));
        Crowd crowd = world.crowd("orders", parleys, Crowd.Habits.patient(Duration.ofSeconds(5)), timeline);
        fleet.servers().forEach(server -> server.err(errorShare, Duration.ofMillis(2)));
        world.at(0, () -> crowd.rate(perSecond));
        Sampled down = new Sampled(world, timeline, () -> unavailable(parleys));
        down.runUntil(minutes * 60);

        long ejections = parleys.stream()
                .mapToLong(parley -> parley.service("orders").ejections())
                .sum();
        Timeline.Step whole = timeline.whole();
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .series("endpoints that are out", down.values())
                .figure("ejections", ejections)
                .figure("failed, %", 100.0 * whole.failed() / whole.began())
                .figure("requests", whole.began())
                .must(Invariant.atMost("ejections", ejections, 0, ""))
                .must(Invariant.atMost("failed", 100.0 * whole.failed() / whole.began(), 200 * errorShare, "%"));
    }

    private static double unavailable(List<SimulatedParley> parleys) {
        return parleys.stream()
                .flatMap(parley -> parley.service("orders").endpoints().stream())
                .filter(endpoint -> endpoint.standing().cause() == Endpoint.Cause.EJECTED)
                .count();
    }
}
