package dev.parley.simulation.scenario;

import dev.parley.model.Criticality;
import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Backend;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Entrance;
import dev.parley.simulation.world.Requester;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * A chain of three services, each called through Parleys of its own, and the last one dies. Each hop may try again what fails:
 * without budgets and breakers the dead service would get up to 27 attempts for one request.
 *
 * @param name of the settings, for the report
 * @param settings of all three services, as YAML
 * @param death how the last service fails
 * @param mostAmplification attempts at the last service for each request of a client; what its Parleys let through counts
 */
public record DeadDependency(String name, String settings, Death death, int endpoints, double mostAmplification)
        implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(5), 0.4), 32, 1000);
    private static final double PER_SECOND = 100;
    private static final double DEAD_AT = 10;
    private static final double BACK_AT = 30;
    private static final double END = 60;

    /** How a service can be dead. */
    public enum Death {
        /** Nothing listens. */
        REFUSES("refuses connections"),
        /** It answers each request with 500 in a millisecond. */
        ERRS("answers 500"),
        /** It takes requests and never answers. */
        HANGS("hangs");

        private final String what;

        Death(String what) {
            this.what = what;
        }
    }

    @Override
    public String title() {
        return "Dead dependency of three services that %s, %s".formatted(death.what, name);
    }

    @Override
    public String story() {
        return ("Clients call service front, which needs middle, which needs back: %d endpoints each, each hop through a Parley that"
                        + " may try twice again. From %d s to %d s back %s.")
                .formatted(endpoints, (int) DEAD_AT, (int) BACK_AT, death.what);
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet back = world.fleet("back", endpoints, PLAN, List.of(""), settings, "budget: 400ms");
        World.Fleet middle = world.fleet("middle", endpoints, PLAN, List.of(""), settings, "budget: 700ms");
        World.Fleet front = world.fleet("front", endpoints, PLAN, List.of(""), settings, "budget: 1s");
        Timeline atBack = World.timeline();
        Timeline atMiddle = World.timeline();
        connect(middle, world.parleys(1, ""), "back", atBack);
        connect(front, world.parleys(1, ""), "middle", atMiddle);
        List<SimulatedParley> edges = world.parleys(1, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("front", edges, Crowd.Habits.patient(Duration.ofSeconds(1)), timeline);
        world.at(0, () -> crowd.rate(PER_SECOND * endpoints));
        world.at(
                DEAD_AT,
                () -> back.servers()
                        .forEach(server -> die(server, world.agenda().nowNs())));
        world.at(BACK_AT, () -> back.servers().forEach(DeadDependency::live));
        world.runUntil(END);
        crowd.rate(0);

        double requests = timeline.between(DEAD_AT, BACK_AT).began();
        double amplification = atBack.between(DEAD_AT, BACK_AT).attempts() / requests;
        double middles = atMiddle.between(DEAD_AT, BACK_AT).attempts() / requests;
        double fronts = timeline.between(DEAD_AT, BACK_AT).attempts() / requests;
        double recovery = Recovery.seconds(timeline, BACK_AT, 0.99);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .timeline("back", atBack)
                .timeline("middle", atMiddle)
                .figure("attempts at front for each request", fronts)
                .figure("attempts at middle for each request", middles)
                .figure("attempts at back for each request", amplification)
                .figure(
                        "p99 of clients while it is dead, ms",
                        timeline.between(DEAD_AT + 5, BACK_AT).waits().quantileMs(0.99))
                .figure("seconds until 99 % are answered again", recovery)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost(
                        "attempts at the dead service for each request", amplification, mostAmplification, ""))
                .must(Invariant.atMost(
                        "attempts at any service for each request",
                        Math.max(fronts, Math.max(middles, amplification)),
                        mostAmplification,
                        ""))
                .must(Invariant.atMost("until 99 % are answered again", recovery, 15, "s"));
    }

    private static void connect(World.Fleet from, List<SimulatedParley> through, String to, Timeline attempts) {
        Entrance entrance = through.getFirst().entrance(to, attempts);
        Backend backend = (Requester requester, int ticket, long remainingNs, long nowNs) ->
                entrance.send(Criticality.CRITICAL, ticket, Math.max(0, remainingNs), requester, ticket, nowNs);
        from.servers().forEach(server -> server.needs(backend));
    }

    private void die(Server server, long nowNs) {
        switch (death) {
            case REFUSES -> server.crash(nowNs);
            case ERRS -> server.err(1, Duration.ofMillis(1));
            case HANGS -> server.vanish();
        }
    }

    private static void live(Server server) {
        server.err(0, Duration.ZERO);
        server.comeBack();
    }
}
