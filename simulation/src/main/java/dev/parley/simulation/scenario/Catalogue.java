package dev.parley.simulation.scenario;

import java.util.ArrayList;
import java.util.List;

/** All scenarios with the product's defaults, each of which must hold with any seed. */
public final class Catalogue {
    private static final String TRY_AGAIN = "retries: { attempts: 2, statuses: [500, 503] }";

    private Catalogue() {}

    /** As they are reported: of the size that the figures speak of. */
    public static List<Scenario> full() {
        return scenarios(20, 10);
    }

    /** The same with fewer endpoints and so fewer calls, for tests. */
    public static List<Scenario> small() {
        return scenarios(8, 4);
    }

    private static List<Scenario> scenarios(int endpoints, int perZone) {
        List<Scenario> all = new ArrayList<>();
        all.add(new SlowNode("", 3, 0.5));
        all.add(new SlowNode("", endpoints, 0.7));
        for (double share : new double[] {0.3, 0.5, 1}) {
            all.add(new GreyFailure("", endpoints, GreyFailure.Kind.ERRS_FAST, share, 0.5));
        }
        all.add(new GreyFailure("", endpoints, GreyFailure.Kind.HANGS, 0.5, 0.5));
        all.add(new HalfFails("", 0.5, endpoints));
        all.add(new ZoneLoss("", perZone));
        all.add(new RollingRestart("", endpoints));
        all.add(new RetryStorm("concurrency: off", "20%", "10/s", endpoints, 1.22));
        for (DeadDependency.Death death : DeadDependency.Death.values()) {
            all.add(new DeadDependency("by default", TRY_AGAIN, death, 5, 1.2));
        }
        all.add(new Overload("by default", "", endpoints, true));
        all.add(new MetastableOverload("by default", "", "budget: 500ms", endpoints, true));
        all.add(new ThunderingHerd("by default", "", endpoints, 10));
        all.add(new LongTail("hedged at p95", "hedge: p95", endpoints, 60));
        all.add(new LowTraffic(endpoints, endpoints / 4.0, 0.05, 30));
        return all;
    }
}
