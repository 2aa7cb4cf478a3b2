package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A level drawn by its share of the load, and an endpoint of it by the service's algorithm. {@link FailureDomains} says what
 * the shares are.
 *
 * <p>Where the level that was drawn has none left (they went down since, or this exchange has been to them, or found them at
 * their limits), the next ones are asked, and the preferred ones again last: an endpoint is found as long as there is one. An
 * exchange that was turned away {@link #TRIED_OF_A_LEVEL} times does not ask the rest of a level that is probably as bad, but
 * begins one further on.
 *
 * <p>With a key the level is drawn by another hash of the key, so that it stays put: when the share of a level changes, no
 * more keys move than must. Each level has a table or ring of its own.
 */
final class Levels implements Balancer {
    static final int TRIED_OF_A_LEVEL = 3;

    /** Has the level be drawn by other bits than the endpoint. */
    private static final long OTHER_BITS = 0xD6E8FEB86659FD93L;

    private final Balancer[] levels;

    /** Where each level's share ends, on a line from 0 to 1. */
    private final double[] ends;

    Levels(Balancer[] levels, double[] loads) {
        this.levels = levels;
        this.ends = new double[loads.length];
        double end = 0;
        for (int i = 0; i < loads.length; i++) {
            end += loads[i];
            ends[i] = end;
        }
        // What rounding left over belongs to the last.
        ends[loads.length - 1] = 1;
    }

    @Override
    public @Nullable Endpoint pick(long keyHash, long nowNs, FastRandom random, Tried tried) {
        int level = draw(keyHash, random) + tried.count() / TRIED_OF_A_LEVEL;
        for (int i = 0; i < levels.length; i++) {
            Endpoint picked = levels[(level + i) % levels.length].pick(keyHash, nowNs, random, tried);
            if (picked != null) {
                return picked;
            }
        }
        return null;
    }

    private int draw(long keyHash, FastRandom random) {
        if (ends[0] >= 1) {
            return 0;
        }
        long bits = keyHash == 0 ? random.nextLong() : KeyHash.mix(keyHash ^ OTHER_BITS);
        double drawn = (bits >>> 11) * 0x1p-53;
        int level = 0;
        while (level < ends.length - 1 && drawn >= ends[level]) {
            level++;
        }
        return level;
    }
}
