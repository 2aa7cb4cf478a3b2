package dev.parley.proxy.balance;

import dev.parley.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The members that may be picked, with their weights, and the draws that the algorithms share.
 *
 * <p>An endpoint can go down between two compilations, or have been tried. A draw that meets one is repeated at most
 * {@link #REDRAWS} times; then the members are looked at one by one from a random start, each at most once. With one
 * endpoint in ten unusable that scan happens in one pick of ten thousand.
 */
final class Rotation {
    static final int REDRAWS = 3;
    static final int NONE = -1;

    private final Endpoint[] endpoints;
    private final int[] weights;
    private final long totalWeight;
    private final boolean even;
    private final AliasTable table;

    /** The arrays belong to the rotation from here on; there is at least one member, and no weight of 0. */
    Rotation(Endpoint[] endpoints, int[] weights) {
        this.endpoints = endpoints;
        this.weights = weights;
        long total = 0;
        boolean same = true;
        for (int weight : weights) {
            total += weight;
            same &= weight == weights[0];
        }
        this.totalWeight = total;
        this.even = same;
        this.table = new AliasTable(weights);
    }

    int size() {
        return endpoints.length;
    }

    Endpoint endpoint(int member) {
        return endpoints[member];
    }

    @Nullable
    Endpoint endpointOrNull(int member) {
        return member == NONE ? null : endpoints[member];
    }

    int weight(int member) {
        return weights[member];
    }

    /** Whether all weights are the same, so that they need not be looked at. */
    boolean even() {
        return even;
    }

    /** A member's weight relative to the mean weight: the share of the load that it should carry. */
    double share(int member) {
        return (double) weights[member] * endpoints.length / totalWeight;
    }

    boolean usable(int member, Tried tried) {
        Endpoint endpoint = endpoints[member];
        return endpoint.admits() && !tried.contains(endpoint);
    }

    /** A usable member drawn by weight, or {@link #NONE}. */
    int usable(FastRandom random, Tried tried) {
        for (int draw = 0; draw <= REDRAWS; draw++) {
            int member = even ? random.nextInt(endpoints.length) : table.draw(random);
            if (usable(member, tried)) {
                return member;
            }
        }
        return scan(random.nextInt(endpoints.length), tried);
    }

    /** A usable member other than {@code first}, each as likely as the next, or {@link #NONE} when a few draws met none. */
    int otherThan(int first, FastRandom random, Tried tried) {
        int others = endpoints.length - 1;
        for (int draw = 0; draw <= REDRAWS && others > 0; draw++) {
            int drawn = random.nextInt(others);
            int member = drawn < first ? drawn : drawn + 1;
            if (usable(member, tried)) {
                return member;
            }
        }
        return NONE;
    }

    /** The first usable member from {@code start} on, around to before it, or {@link #NONE}. */
    int scan(int start, Tried tried) {
        for (int i = 0, member = start; i < endpoints.length; i++) {
            if (usable(member, tried)) {
                return member;
            }
            member = member + 1 == endpoints.length ? 0 : member + 1;
        }
        return probed(tried);
    }

    /** One that has its probe under way takes another request only where nobody else is left. */
    private int probed(Tried tried) {
        for (int member = 0; member < endpoints.length; member++) {
            if (endpoints[member].available() && !tried.contains(endpoints[member])) {
                return member;
            }
        }
        return NONE;
    }
}
