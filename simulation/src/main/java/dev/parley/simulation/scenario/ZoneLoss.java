package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * The servers of one of three zones are cut off and come back, cold; Parley and its clients in that zone stay.
 *
 * @param settings of the service, as YAML
 * @param perZone endpoints in each zone
 */
public record ZoneLoss(String settings, int perZone) implements Scenario {
    private static final List<String> ZONES = List.of("a", "b", "c");
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 1000);
    private static final String DETECTION = "health: tcp; retries: { attempts: 2, attempt_timeout: 250ms }; ";
    private static final double UTILISATION = 0.45;
    private static final double LOST_AT = 10;
    private static final double BACK_AT = 40;
    private static final double END = 70;

    /** Down once, up once: each further turn is a flap. */
    private static final int MOST_TURNS = 2;

    private static final double TURN = 0.25;

    @Override
    public String title() {
        return "Loss of one of three zones with " + perZone + " endpoints each";
    }

    @Override
    public String story() {
        return ("Clients and a Parley in each of three zones with %d endpoints each, at %d %% of the capacity. From %d s to %d s no"
                        + " packet reaches the servers of zone a, or comes back; they return three times as slow, and are as fast as"
                        + " ever after 5 s. Settings: a TCP check, and attempt_timeout 250ms.")
                .formatted(perZone, Math.round(UTILISATION * 100), (int) LOST_AT, (int) BACK_AT);
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", 3 * perZone, PLAN, ZONES, DETECTION + settings, "budget: 1s");
        Timeline timeline = World.timeline();
        double rate = UTILISATION * fleet.capacity(PLAN) / ZONES.size();
        for (String zone : ZONES) {
            Crowd crowd = world.crowd(
                    "orders", world.parleys(1, zone), Crowd.Habits.patient(Duration.ofSeconds(1)), timeline);
            world.at(0, () -> crowd.rate(rate));
        }
        List<Server> lost = fleet.in("a");
        world.at(LOST_AT, () -> lost.forEach(Server::vanish));
        world.at(
                BACK_AT,
                () -> lost.forEach(server -> server.comeBackCold(
                        3, Duration.ofSeconds(5), world.agenda().nowNs())));
        Sampled share = new Sampled(world, timeline, () -> received(lost));
        share.runUntil(END);

        double healthy = timeline.between(2, LOST_AT).waits().quantileMs(0.99);
        Timeline.Step without = timeline.between(LOST_AT + 5, BACK_AT);
        Timeline.Step back = timeline.between(BACK_AT, END);
        double recovery = Recovery.seconds(timeline, LOST_AT, 0.999);
        double[] rates = share.perSecond();
        double before = mean(rates, timeline, 5, LOST_AT);
        int turns = turns(rates, before);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .series("requests a second that reach zone a", rates)
                .figure("seconds until 99.9 % are answered", recovery)
                .figure(
                        "failed in all, %",
                        100.0 * timeline.whole().failed() / timeline.whole().began())
                .figure("p99 healthy, ms", healthy)
                .figure("p99 without the zone, ms", without.waits().quantileMs(0.99))
                .figure(
                        "p99 while it returns, ms",
                        timeline.between(BACK_AT, BACK_AT + 10).waits().quantileMs(0.99))
                .figure("turns of the zone's share", turns)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost("until 99.9 % are answered", recovery, 3, "s"))
                .must(Invariant.atMost(
                        "failed without the zone, 5 s on", 100.0 * without.failed() / without.began(), 0.5, "%"))
                .must(Invariant.atMost("failed while the zone returns", 100.0 * back.failed() / back.began(), 0.1, "%"))
                .must(Invariant.atMost("turns of the zone's share of its own traffic", turns, MOST_TURNS, ""))
                .must(Invariant.atLeast(
                        "traffic of the zone at the end, of what it had",
                        mean(rates, timeline, END - 10, END) / before,
                        0.9,
                        ""));
    }

    /** How often the traffic of the zone began to fall after it had risen, or to rise after it had fallen, by a quarter of what it was. */
    private static int turns(double[] rates, double usual) {
        int turns = 0;
        int direction = 1;
        double extreme = 0;
        for (double rate : rates) {
            if (direction * (rate - extreme) > 0) {
                extreme = rate;
            } else if (direction * (extreme - rate) > TURN * usual) {
                direction = -direction;
                extreme = rate;
                turns++;
            }
        }
        return turns;
    }

    private static double received(List<Server> servers) {
        return servers.stream().mapToLong(Server::received).sum();
    }

    private static double mean(double[] rates, Timeline timeline, double from, double to) {
        double sum = 0;
        int first = (int) (from / timeline.stepSeconds());
        int end = Math.min(rates.length, (int) (to / timeline.stepSeconds()));
        for (int i = first; i < end; i++) {
            sum += rates[i];
        }
        return sum / (end - first);
    }
}
