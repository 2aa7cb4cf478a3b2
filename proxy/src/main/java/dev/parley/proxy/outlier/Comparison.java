package dev.parley.proxy.outlier;

import dev.parley.model.OutlierDetection;
import dev.parley.telemetry.metrics.EjectionCause;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Who of a pool is worse than the others, by success and by latency. Each endpoint is held against the <em>others</em>: in a pool
 * that one itself belongs to, none of three can ever lie more than 1.42 standard deviations below the mean, however badly it does,
 * nor one of four more than 1.74 (Envoy asks for five because of it).
 *
 * <ul>
 *   <li>Success: below {@code mean - sqrt(deviations^2 * spread + 4^2 * chance)}, where spread is the variance of the others' shares
 *       and chance by how much a share of that few requests varies by itself, {@code share * (1 - share) / requests}, with the
 *       endpoint's share or the mean, whichever varies more. Without it an endpoint with few requests is ejected for bad luck,
 *       and four deviations of it since there are many endpoints and many looks. Never from {@code sufficient_success} on.
 *   <li>Success below {@code least_success}, with however few others to compare; but not where it is no further below theirs than
 *       bad luck would have it: where half of all requests fail everywhere, half of the endpoints are below one half.
 *   <li>Latency: a mean above {@code latency_factor} times the median of the others' means, and above {@code latency_floor}. An
 *       answer counts for {@link #LONGEST} times that at most, so that one call that is long by its nature does not make the mean:
 *       of 50 answers it takes four.
 * </ul>
 */
final class Comparison {
    /** How many times the bound one answer counts at most. */
    private static final int LONGEST = 10;

    /** So many standard deviations below the mean are more than chance: one look in 30 000. */
    private static final double BAD_LUCK = 4;

    private final OutlierDetection settings;
    private final List<Track> pool;
    private final List<Finding> findings = new ArrayList<>();

    private Comparison(OutlierDetection settings, List<Track> pool) {
        this.settings = settings;
        this.pool = pool;
    }

    /**
     * The findings of one look, the worst first. Tells each track of what it counts as slow from.
     *
     * @param pool all of a service; those that are not up are compared with none, and none with them
     */
    static List<Finding> of(OutlierDetection settings, List<Track> pool) {
        Comparison comparison = new Comparison(settings, pool);
        comparison.success();
        comparison.latency();
        comparison.findings.sort(
                Comparator.comparing(Finding::cause).thenComparing(Finding::badness, Comparator.reverseOrder()));
        return comparison.findings;
    }

    static long countedAtMost(long slowNs) {
        return slowNs > Long.MAX_VALUE / LONGEST ? Long.MAX_VALUE : LONGEST * slowNs;
    }

    private void success() {
        double sum = 0;
        double squares = 0;
        int compared = 0;
        for (Track track : pool) {
            if (saysSuccess(track)) {
                double share = track.window.success();
                sum += share;
                squares += share * share;
                compared++;
            }
        }
        boolean enough = compared >= settings.minimumEndpoints();
        for (Track track : pool) {
            if (saysSuccess(track)) {
                double share = track.window.success();
                int others = compared - 1;
                double mean = others == 0 ? 0 : (sum - share) / others;
                double spread = others == 0 ? 0 : (squares - share * share) / others - mean * mean;
                judgeSuccess(track, enough, others, mean, Math.max(0, spread));
            }
        }
    }

    private void judgeSuccess(Track track, boolean enough, int others, double mean, double spread) {
        double share = track.window.success();
        long requests = track.window.requests();
        double chance = Math.max(mean * (1 - mean), share * (1 - share)) / requests;
        double deviations = settings.deviations().value();
        double bar = mean - Math.sqrt(deviations * deviations * spread + BAD_LUCK * BAD_LUCK * chance);
        String had = "success of " + Figures.share(share) + " of " + requests + " requests";
        double luck = others == 0 ? 1 : mean - BAD_LUCK * Math.sqrt(chance);
        if (share < settings.leastSuccess().fraction() && share < luck) {
            found(track, EjectionCause.SUCCESS_RATE, 1 - share, had);
        } else if (enough && share < bar && share < settings.sufficientSuccess().fraction()) {
            found(track, EjectionCause.SUCCESS_RATE, 1 - share, had + ", the others' " + Figures.share(mean));
        }
    }

    private boolean saysSuccess(Track track) {
        return track.up() && track.window.requests() >= settings.minimumRequests();
    }

    private void latency() {
        if (settings.latencyFactor().value() == 0) {
            return;
        }
        double[] means = new double[pool.size()];
        int compared = 0;
        for (Track track : pool) {
            if (saysLatency(track)) {
                means[compared++] = track.window.meanNs();
            }
        }
        Arrays.sort(means, 0, compared);
        for (Track track : pool) {
            boolean speaks = saysLatency(track);
            int others = speaks ? compared - 1 : compared;
            if (others >= settings.minimumEndpoints() - 1) {
                int own = speaks ? Arrays.binarySearch(means, 0, compared, track.window.meanNs()) : compared;
                judgeLatency(track, speaks, medianWithout(means, compared, own));
            }
        }
    }

    private void judgeLatency(Track track, boolean speaks, double median) {
        double bound = Math.max(settings.latencyFactor().value() * median, (double)
                settings.latencyFloor().toNanos());
        double mean = track.window.meanNs();
        if (speaks && mean > bound) {
            String reason = "latency of " + Figures.time(mean) + " over " + track.window.answers()
                    + " answers, the others' " + Figures.time(median);
            found(track, EjectionCause.LATENCY, mean / bound, reason);
        }
        track.slowAbove((long) bound);
    }

    private boolean saysLatency(Track track) {
        return track.up() && track.window.answers() >= settings.minimumRequests();
    }

    private void found(Track track, EjectionCause cause, double badness, String reason) {
        findings.add(new Finding(track, cause, badness, reason));
    }

    /** The median of the first {@code count} of {@code sorted} but one; of all where {@code without} is no index of them. */
    static double medianWithout(double[] sorted, int count, int without) {
        int left = without < count ? count - 1 : count;
        int middle = left / 2;
        double upper = sorted[middle < without ? middle : middle + 1];
        if (left % 2 == 1) {
            return upper;
        }
        int below = middle - 1;
        return (upper + sorted[below < without ? below : below + 1]) / 2;
    }
}
