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
 * Three times as many requests as a service can answer, of four criticalities.
 *
 * @param name of the settings, for the report
 * @param settings of the service, as YAML
 * @param holds whether the figures must hold with these settings; without limits they must not, else nothing is shown
 */
public record Overload(String name, String settings, int endpoints, boolean holds) implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 2000);
    private static final Duration BUDGET = Duration.ofMillis(500);
    private static final double OVERLOAD_AT = 10;
    private static final double END = 40;
    private static final double SETTLED = 3;
    private static final double NORMAL = 0.6;
    private static final double TIMES = 3;

    @Override
    public String title() {
        return "Three times the capacity, " + name;
    }

    @Override
    public String story() {
        return ("%d endpoints at %d %% of their capacity, and from %d s on at %d %%: 15 %% of it CRITICAL_PLUS, 25 %% CRITICAL, 30 %%"
                        + " SHEDDABLE_PLUS and 30 %% SHEDDABLE, each with a budget of %d ms.")
                .formatted(
                        endpoints,
                        Math.round(NORMAL * 100),
                        (int) OVERLOAD_AT,
                        Math.round(TIMES * 100),
                        BUDGET.toMillis());
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet = world.fleet("orders", endpoints, PLAN, List.of(""), settings, "budget: 500ms");
        List<SimulatedParley> parleys = world.parleys(2, "");
        double capacity = fleet.capacity(PLAN);
        Result result = new Result(title(), seed);
        for (Criticality each : Criticality.values()) {
            Timeline timeline = World.timeline();
            result.timeline(each.name(), timeline);
            Crowd crowd =
                    world.crowd("orders", parleys, Crowd.Habits.patient(BUDGET).as(each), timeline);
            double rate = share(each) * capacity;
            world.at(0, () -> crowd.rate(NORMAL * rate));
            world.at(OVERLOAD_AT, () -> crowd.rate(TIMES * rate));
        }
        Sampled limit = new Sampled(
                world,
                result.timeline(Criticality.CRITICAL.name()),
                () -> parleys.getFirst().service("orders").guard().concurrency().limit());
        limit.runUntil(END);

        result.series("limit of one Parley", limit.values());
        double good = 0;
        for (Criticality each : Criticality.values()) {
            Timeline timeline = result.timeline(each.name());
            Timeline.Step step = timeline.between(OVERLOAD_AT + SETTLED, END);
            good += step.succeeded() / (END - OVERLOAD_AT - SETTLED);
            result.figure(each + " answered, %", 100.0 * step.succeeded() / step.began())
                    .figure(each + " p99 of answers, ms", step.latencies().quantileMs(0.99));
        }
        Timeline.Step critical =
                result.timeline(Criticality.CRITICAL_PLUS.name()).between(OVERLOAD_AT + SETTLED, END);
        result.figure("goodput, of capacity, %", 100 * good / capacity);
        if (!holds) {
            return result.must(Invariant.atMost("goodput without limits", 100 * good / capacity, 90, "%"));
        }
        return result.must(Invariant.atLeast("goodput", 100 * good / capacity, 90, "% of capacity"))
                .must(Invariant.atMost(
                        "p99 of CRITICAL_PLUS, refusals and failures included",
                        critical.waits().quantileMs(0.99),
                        (double) BUDGET.toMillis(),
                        "ms"))
                .must(Invariant.atLeast(
                        "CRITICAL_PLUS answered", 100.0 * critical.succeeded() / critical.began(), 99, "%"));
    }

    /** What each criticality has of the load. */
    private static double share(Criticality of) {
        return switch (of) {
            case CRITICAL_PLUS -> 0.15;
            case CRITICAL -> 0.25;
            case SHEDDABLE_PLUS, SHEDDABLE -> 0.3;
        };
    }
}
