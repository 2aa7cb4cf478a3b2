package dev.parley.simulation.scenario;

import dev.parley.simulation.parley.SimulatedParley;
import dev.parley.simulation.world.Crowd;
import dev.parley.simulation.world.Server;
import dev.parley.simulation.world.ServiceTime;
import dev.parley.simulation.world.Timeline;
import java.time.Duration;
import java.util.List;

/**
 * One endpoint passes its health check and still fails its callers: it answers a share of them with 500 in a millisecond, or
 * lets a share of them hang.
 *
 * @param settings of the service, as YAML; empty for the defaults
 * @param share of its requests that go wrong
 */
public record GreyFailure(String settings, int endpoints, Kind kind, double share, double mostFailedPercent)
        implements Scenario {
    private static final Server.Plan PLAN = new Server.Plan(ServiceTime.around(Duration.ofMillis(10), 0.4), 8, 1000);
    private static final double UTILISATION = 0.5;
    private static final double GREY_AT = 10;
    private static final double WELL_AT = 40;
    private static final double END = 80;
    private static final double SETTLED = 5;

    /** How it fails. */
    public enum Kind {
        /** With a status of 500, sooner than a good answer comes. */
        ERRS_FAST,
        /** By holding a worker for half a minute. */
        HANGS
    }

    @Override
    public String title() {
        String how = kind == Kind.ERRS_FAST ? "errs fast" : "hangs";
        return "Grey failure: one of %d %s for %d %%".formatted(endpoints, how, Math.round(share * 100));
    }

    @Override
    public String story() {
        String how = kind == Kind.ERRS_FAST
                ? "answers %d %% of its requests with 500 within a millisecond"
                : "lets %d %% of its requests hold a worker for 30 s";
        return ("One of %d endpoints passes its health check and " + how + ", from %d s to %d s; the load is %d %%.")
                .formatted(endpoints, Math.round(share * 100), (int) GREY_AT, (int) WELL_AT, (int) (UTILISATION * 100));
    }

    @Override
    public Result run(long seed) {
        World world = new World(seed);
        World.Fleet fleet =
                world.fleet("orders", endpoints, PLAN, List.of(""), "health: tcp; " + settings, "budget: 1s");
        List<SimulatedParley> parleys = world.parleys(2, "");
        Timeline timeline = World.timeline();
        Crowd crowd = world.crowd("orders", parleys, Crowd.Habits.patient(Duration.ofSeconds(1)), timeline);
        Server grey = fleet.servers().getFirst();
        world.at(0, () -> crowd.rate(UTILISATION * fleet.capacity(PLAN)));
        world.at(GREY_AT, () -> fail(grey));
        world.at(WELL_AT, () -> {
            grey.err(0, Duration.ZERO);
            grey.hang(0, Duration.ZERO);
        });
        world.runUntil(GREY_AT + SETTLED);
        long before = grey.received();
        world.runUntil(WELL_AT);
        long during = grey.received() - before;
        world.runUntil(END - 5);
        long after = grey.received();
        world.runUntil(END);
        crowd.rate(0);

        Timeline.Step well = timeline.between(2, GREY_AT);
        Timeline.Step settled = timeline.between(GREY_AT + SETTLED, WELL_AT);
        double fair = (double) settled.attempts() / endpoints;
        double fairAfter = (double) timeline.between(END - 5, END).attempts() / endpoints;
        double healthy = well.waits().quantileMs(0.99);
        double failed = 100.0 * settled.failed() / settled.began();
        Timeline.Step all = timeline.between(GREY_AT, WELL_AT);
        return new Result(title(), seed)
                .timeline("clients", timeline)
                .figure("failed, %", 100.0 * all.failed() / all.began())
                .figure("failed after 5 s, %", failed)
                .figure("p99 healthy, ms", healthy)
                .figure("p99 after 5 s, ms", settled.waits().quantileMs(0.99))
                .figure("its share, of its fair share", during / fair)
                .figure("its share when well again", (grey.received() - after) / fairAfter)
                .figure("requests", timeline.whole().began())
                .must(Invariant.atMost(
                        "traffic that the failing endpoint attracts, of its fair share", during / fair, 1.1, ""))
                .must(Invariant.atMost("failed from 5 s after the fault on", failed, mostFailedPercent, "%"))
                .must(Invariant.atMost("p99 from 5 s on", settled.waits().quantileMs(0.99), 2 * healthy, "ms"))
                .must(Invariant.atLeast(
                        "its share of the traffic half a minute after it is well, of its fair share",
                        (grey.received() - after) / fairAfter,
                        0.5,
                        ""));
    }

    private void fail(Server grey) {
        switch (kind) {
            case ERRS_FAST -> grey.err(share, Duration.ofMillis(1));
            case HANGS -> grey.hang(share, Duration.ofSeconds(30));
        }
    }
}
