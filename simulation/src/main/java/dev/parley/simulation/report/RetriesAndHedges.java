package dev.parley.simulation.report;

import dev.parley.simulation.scenario.DeadDependency;
import dev.parley.simulation.scenario.Invariant;
import dev.parley.simulation.scenario.LongTail;
import dev.parley.simulation.scenario.Result;
import dev.parley.simulation.scenario.RetryStorm;
import dev.parley.simulation.world.Timeline;
import java.util.ArrayList;
import java.util.List;

/** What trying again is worth and costs: without a budget, with one, and while the first attempt still runs. */
final class RetriesAndHedges implements Section {
    private static final int ENDPOINTS = 20;
    private static final String TRIES = "retries: { attempts: 2, statuses: [500, 503] }";
    private static final String UNBOUNDED =
            "retries: { attempts: 2, statuses: [500, 503], budget: 100%, budget_floor: 1000000/s };"
                    + " concurrency: off; outlier_detection: off; breaker: { error_rate: 100%, per_endpoint: false }";

    @Override
    public void write(Page page, long seed, RunLog log) {
        page.heading(2, "Retries, budgets and hedges");
        storm(page, seed, log);
        chain(page, seed, log);
        tail(page, seed, log);
    }

    private static void storm(Page page, long seed, RunLog log) {
        page.block(
                "All endpoints fail half of their requests for ten seconds. Retries that nothing bounds nearly double a load of 70 %,"
                        + " which is more than the service can carry; a budget of 20 % (the default) leaves it standing.");
        String off = "concurrency: off";
        Result none = log.compare(new RetryStorm(off, "0%", "0/s", ENDPOINTS, 4), seed);
        Result budget = log.compare(new RetryStorm(off, "20%", "10/s", ENDPOINTS, 4), seed);
        Result unbounded = log.compare(new RetryStorm(off, "100%", "1000000/s", ENDPOINTS, 4), seed);
        Plot plot = new Plot("Retry storm: p99 of clients", "time, s", "p99, ms")
                .logarithmic()
                .mark(10, "half fails")
                .mark(20, "all is well");
        waits(plot, "no retries", none);
        waits(plot, "budget 20 %", budget);
        waits(plot, "no budget", unbounded);
        page.plot("retry-storm", plot, "What clients wait while half of all attempts fail. Seed " + seed + ".");
        List<List<String>> rows = new ArrayList<>();
        rows.add(stormRow("none", none));
        rows.add(stormRow("budget 20 % + 10/s", budget));
        rows.add(stormRow("three, no budget", unbounded));
        page.table(List.of("retries", "attempts for each request", "answered well, %", "p99, ms"), rows);
    }

    private static List<String> stormRow(String name, Result result) {
        return List.of(
                name,
                Invariant.number(result.figure("attempts for each request in the storm")),
                Invariant.number(result.figure("answered well in the storm, %")),
                Invariant.number(result.figure("p99 in the storm, ms")));
    }

    private static void chain(Page page, long seed, RunLog log) {
        page.block(
                "Three services in a chain, each hop through a Parley that may try twice again, and the last one dies: attempts at each"
                        + " of them for each request of a client, over the 20 s that it is dead.");
        List<List<String>> rows = new ArrayList<>();
        Plot plot = new Plot("Dead dependency that answers 500: attempts at it for each request", "time, s", "attempts")
                .mark(10, "dead")
                .mark(30, "well");
        for (DeadDependency.Death death : DeadDependency.Death.values()) {
            Result on = log.compare(new DeadDependency("by default", TRIES, death, 5, 1.2), seed);
            Result off = log.compare(new DeadDependency("nothing bounded", UNBOUNDED, death, 5, 27), seed);
            rows.add(chainRow(on));
            rows.add(chainRow(off));
            if (death == DeadDependency.Death.ERRS) {
                attempts(plot, "by default", on);
                attempts(plot, "nothing bounded", off);
            }
        }
        page.plot(
                "chain",
                plot,
                "Of three services in a chain the last answers only 500. Each hop that tries twice again multiplies by three"
                        + " where nothing bounds it; with budgets and breakers the dead service gets less than one attempt for each request. Seed "
                        + seed + ".");
        page.table(
                List.of("scenario", "at front", "at middle", "at back", "p99 of clients, ms", "seconds to recover"),
                rows);
    }

    private static List<String> chainRow(Result result) {
        return List.of(
                result.title(),
                Invariant.number(result.figure("attempts at front for each request")),
                Invariant.number(result.figure("attempts at middle for each request")),
                Invariant.number(result.figure("attempts at back for each request")),
                Invariant.number(result.figure("p99 of clients while it is dead, ms")),
                Invariant.number(result.figure("seconds until 99 % are answered again")));
    }

    private static void tail(Page page, long seed, RunLog log) {
        page.block(
                "Two requests in a hundred take fifteen times as long as the others, on every endpoint. A hedge sends a second attempt"
                        + " when the first has taken longer than most do; its budget of 5 % bounds what that costs.");
        List<List<String>> rows = new ArrayList<>();
        for (String hedge : List.of("", "hedge: p90", "hedge: p95", "hedge: 30ms")) {
            String name = hedge.isEmpty() ? "no hedge" : hedge;
            Result result = log.compare(new LongTail(name, hedge, ENDPOINTS, 1000), seed);
            rows.add(List.of(
                    name,
                    Invariant.number(result.figure("p50, ms")),
                    Invariant.number(result.figure("p99, ms")),
                    Invariant.number(result.figure("p99.9, ms")),
                    Invariant.number(result.figure("attempts beyond one a request, %"))));
        }
        page.table(List.of("hedge", "p50, ms", "p99, ms", "p99.9, ms", "attempts beyond one, %"), rows);
    }

    private static void waits(Plot plot, String name, Result result) {
        Timeline timeline = result.timeline("clients");
        plot.steps(
                name, timeline.stepSeconds(), timeline.each(step -> step.waits().quantileMs(0.99)));
    }

    private static void attempts(Plot plot, String name, Result result) {
        double[] began = result.timeline("clients").each(Timeline.Step::began);
        double[] attempts = result.timeline("back").each(Timeline.Step::attempts);
        double[] ratios = new double[Math.min(began.length, attempts.length)];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = began[i] == 0 ? 0 : attempts[i] / began[i];
        }
        plot.steps(name, result.timeline("clients").stepSeconds(), ratios);
    }
}
