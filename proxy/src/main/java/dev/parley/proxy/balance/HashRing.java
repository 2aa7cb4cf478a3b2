package dev.parley.proxy.balance;

import java.util.Arrays;

/**
 * A ring of points in the manner of Ketama, with a 64-bit hash in place of MD5: a key belongs to the member of the next
 * point. When a member leaves, exactly its own keys move.
 *
 * <p>The heaviest member has {@link #POINTS} points, Envoy's minimum_ring_size for all together, and the others theirs
 * by weight. That number does not follow the count of members: it would change with each that comes or goes and move
 * keys between those that stay. Beyond {@link #MOST_POINTS} in total there is no other way; with more members than a
 * quarter thousand each has fewer.
 *
 * <p>An index over the upper bits of the hash, about one entry a point, makes a lookup a read and a short step instead
 * of a binary search.
 */
final class HashRing implements Placement {
    static final int POINTS = 1024;
    static final int MOST_POINTS = 262_144;

    /** A point is a hash of 63 bits whose lowest bits are replaced by the member: one array, and one sort. */
    private static final int MEMBER_BITS = 20;

    private static final long MEMBER_MASK = (1L << MEMBER_BITS) - 1;

    private final long[] points;
    private final int[] index;
    private final int shift;

    private HashRing(long[] points) {
        this.points = points;
        int indexBits = 32 - Integer.numberOfLeadingZeros(points.length);
        this.shift = 63 - indexBits;
        this.index = new int[1 << indexBits];
        int point = 0;
        for (int i = 0; i < index.length; i++) {
            while (point < points.length && points[point] >>> shift < i) {
                point++;
            }
            index[i] = point;
        }
    }

    static HashRing of(Rotation rotation) {
        if (rotation.size() > MEMBER_MASK) {
            throw new IllegalArgumentException("A hash ring holds at most " + MEMBER_MASK + " endpoints.");
        }
        int heaviest = 0;
        for (int i = 0; i < rotation.size(); i++) {
            heaviest = Math.max(heaviest, rotation.weight(i));
        }
        int most = Math.max(1, Math.min(POINTS, MOST_POINTS / rotation.size()));
        long[] points = new long[most * rotation.size()];
        int count = 0;
        for (int i = 0; i < rotation.size(); i++) {
            long name = Placement.nameHash(rotation, i);
            long own = Math.max(1, Math.round((double) most * rotation.weight(i) / heaviest));
            for (int k = 0; k < own; k++) {
                long hash = KeyHash.mix(name + k * KeyHash.GOLDEN) >>> 1;
                points[count++] = (hash & ~MEMBER_MASK) | i;
            }
        }
        long[] ring = Arrays.copyOf(points, count);
        Arrays.sort(ring);
        return new HashRing(ring);
    }

    @Override
    public int first(long keyHash) {
        long key = keyHash >>> 1;
        int point = index[(int) (key >>> shift)];
        while (point < points.length && points[point] < key) {
            point++;
        }
        return point == points.length ? 0 : point;
    }

    @Override
    public int next(int position) {
        return position + 1 == points.length ? 0 : position + 1;
    }

    @Override
    public int member(int position) {
        return (int) (points[position] & MEMBER_MASK);
    }
}
