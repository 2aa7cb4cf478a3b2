package dev.parley.proxy.balance;

import java.util.Arrays;

/**
 * The lookup table of Maglev (Eisenbud et al., "Maglev: a fast and reliable software network load balancer", NSDI 2016,
 * section 3.4): each member has its own permutation of all positions, and they take turns to claim the next free one of
 * theirs. Shares are even to a hundredth; when a member leaves, few keys move but its own.
 *
 * <p>Weights as in Envoy: a member takes its turn in the rounds that its weight relative to the heaviest gives it. 65537
 * positions, as Envoy and the paper's small table, take 256 KiB and a few milliseconds to fill.
 */
final class MaglevTable implements Placement {
    static final int POSITIONS = 65_537;

    private final int[] members;

    private MaglevTable(int[] members) {
        this.members = members;
    }

    static MaglevTable of(Rotation rotation) {
        int n = rotation.size();
        int[] positions = new int[n];
        int[] skips = new int[n];
        long heaviest = 0;
        for (int i = 0; i < n; i++) {
            long name = Placement.nameHash(rotation, i);
            positions[i] = (int) Long.remainderUnsigned(name, POSITIONS);
            skips[i] = (int) Long.remainderUnsigned(KeyHash.mix(name), POSITIONS - 1) + 1;
            heaviest = Math.max(heaviest, rotation.weight(i));
        }
        int[] members = new int[POSITIONS];
        Arrays.fill(members, Rotation.NONE);
        long[] due = new long[n];
        int filled = 0;
        // The heaviest claims a position in every round, so that there are at most POSITIONS rounds.
        for (long round = 1; filled < POSITIONS; round++) {
            for (int i = 0; i < n && filled < POSITIONS; i++) {
                if (round * rotation.weight(i) >= due[i]) {
                    due[i] += heaviest;
                    positions[i] = claim(members, positions[i], skips[i], i);
                    filled++;
                }
            }
        }
        return new MaglevTable(members);
    }

    /** Claims the next free position of the permutation for member {@code i}. The table's size is prime: it has all. */
    private static int claim(int[] members, int from, int skip, int i) {
        int position = from;
        while (members[position] != Rotation.NONE) {
            position = (position + skip) % POSITIONS;
        }
        members[position] = i;
        return position;
    }

    @Override
    public int first(long keyHash) {
        return (int) Math.unsignedMultiplyHigh(keyHash, POSITIONS);
    }

    @Override
    public int next(int position) {
        // Not the neighbour: permutations are arithmetic, so that one member's neighbours are mostly one other's, who
        // would inherit all of its keys.
        return first(KeyHash.mix(position + KeyHash.GOLDEN));
    }

    @Override
    public int member(int position) {
        return members[position];
    }
}
