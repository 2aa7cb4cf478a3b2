package dev.parley.proxy.balance;

import dev.parley.model.Rebalance;
import dev.parley.proxy.balance.FailureDomains.Level;
import dev.parley.proxy.upstream.Endpoint;
import java.util.List;

/**
 * How many of the things that last (connections, streams, sessions) are to be ended at an endpoint now, so that they begin anew
 * where there are fewer.
 *
 * <p>An endpoint's share of them is what its weight gives it of its level's load ({@link FailureDomains}); the share of one that
 * takes no traffic, for being down, drained or of a lower priority, is nothing. While it has more than its share and the
 * tolerance on top, {@code per_minute} of what it has is ended each minute, and never so much that it comes below that. Where an
 * endpoint has one more than its share since they cannot be divided evenly, nothing is ended, else one would go round for ever.
 *
 * <p>Event loops decide each for what it carries itself, by the counts of all of them, and round fractions by chance: together
 * they end what is due on average, however few each has.
 */
public final class Rebalancing {
    private static final double MINUTE_NS = 60e9;

    private Rebalancing() {}

    /**
     * An endpoint's share of what lasts at its service, from 0 to 1.
     *
     * @return the shares of all endpoints come to 1 where any endpoint takes traffic, else to 0
     */
    public static double share(List<Level> levels, Endpoint endpoint) {
        for (Level level : levels) {
            long own = 0;
            long all = 0;
            for (Member member : level.members()) {
                long weight = member.endpoint().available() ? member.weight() : 0;
                own += member.endpoint().equals(endpoint) ? weight : 0;
                all += weight;
            }
            if (own > 0) {
                return level.load() * own / all;
            }
        }
        return 0;
    }

    /**
     * How many to end.
     *
     * @param own how many of those at the endpoint the event loop carries
     * @param atEndpoint how many all event loops carry there
     * @param ofService how many there are at all of the service's endpoints
     * @param share {@link #share} of the endpoint
     * @param elapsedNs since this was asked last
     * @param random the loop's own
     * @return from 0 to {@code own}
     */
    public static int due(
            Rebalance settings,
            int own,
            int atEndpoint,
            int ofService,
            double share,
            long elapsedNs,
            FastRandom random) {
        if (own <= 0) {
            return 0;
        }
        double even = share * ofService;
        double may = Math.max(
                Math.ceil(even), Math.floor(even * (1 + settings.tolerance().fraction())));
        double excess = atEndpoint - may;
        if (excess <= 0) {
            return 0;
        }
        double paced = atEndpoint * settings.perMinute().fraction() * elapsedNs / MINUTE_NS;
        double expected = Math.min(excess, paced) * own / atEndpoint;
        double chance = (random.nextLong() >>> 11) * 0x1p-53;
        return (int) Math.min(own, expected + chance);
    }
}
