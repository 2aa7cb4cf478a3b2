package dev.parley.model;

import java.time.Duration;

/**
 * Which endpoints are preferred: those of the lowest priority number, and among these the ones in the zone that this Parley is in
 * (zone, at the top of the configuration). Traffic goes further only as far as these cannot carry it.
 */
public record Locality(
        @Setting(
                value = "Whether traffic stays in the zone while its endpoints can carry it.",
                def = "true",
                source = "Kubernetes trafficDistribution PreferSameZone")
        boolean preferZone,

        @Setting(
                value =
                        "How much of what they are configured to carry the endpoints that are up can take: at 140%, a zone or a"
                                + " priority spills over once less than 5 of 7 of it is up.",
                def = "1.4",
                source = "Envoy overprovisioning_factor 140")
        Factor overprovisioning,

        @Setting(
                value = "Endpoints in the zone below which it gets no more than its share.",
                def = "1",
                source = "Envoy min_cluster_size 6")
        int leastInZone,

        @Setting(
                value =
                        "Where the share of endpoints that are up, over all priorities, falls below this, those that were ejected or"
                                + " failed their checks are called again, since they may be better than nothing; those that could not be"
                                + " connected to are not. Where none is up, the checks are believed. 0% never.",
                def = "50%",
                source = "Envoy healthy_panic_threshold")
        Percent panic,

        @Setting(
                value =
                        "How long what is preferred must have been up again before traffic returns to it, in equal steps.",
                def = "5s")
        Duration failback) {
    public Locality {
        if (overprovisioning.value() < 1) {
            throw new IllegalArgumentException("overprovisioning is %s; it is at least 1.".formatted(overprovisioning));
        }
        Checks.range("least_in_zone", leastInZone, 1, 10_000);
        Checks.notNegative("failback", failback);
    }
}
