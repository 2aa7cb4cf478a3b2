package dev.parley.proxy.balance;

/**
 * Draws a member by weight with one random number and two array reads, however many members there are: Walker's alias
 * method as Vose builds it ("A linear algorithm for generating random numbers with a given distribution", IEEE TSE
 * 1991).
 *
 * <p>Each of the n columns has the area of one member's mean share: below its threshold it is the member's own, above it
 * an alias's. Shares are exact to 2^-32 of a column.
 */
final class AliasTable {
    private static final long WHOLE = 1L << 32;

    private final long[] thresholds;
    private final int[] aliases;

    AliasTable(int[] weights) {
        int n = weights.length;
        thresholds = new long[n];
        aliases = new int[n];
        double mean = 0;
        for (int weight : weights) {
            mean += (double) weight / n;
        }
        double[] heights = new double[n];
        int[] stack = new int[n];
        int low = 0;
        int high = n;
        for (int i = 0; i < n; i++) {
            heights[i] = weights[i] / mean;
            // One array holds both stacks: columns with room grow from the left, those that overflow from the right.
            if (heights[i] < 1) {
                stack[low++] = i;
            } else {
                stack[--high] = i;
            }
        }
        while (low > 0 && high < n) {
            int small = stack[--low];
            int large = stack[high];
            thresholds[small] = (long) (heights[small] * WHOLE);
            aliases[small] = large;
            heights[large] -= 1 - heights[small];
            if (heights[large] < 1) {
                high++;
                stack[low++] = large;
            }
        }
        // What is left on either stack fills its column, up to rounding.
        while (low > 0) {
            thresholds[stack[--low]] = WHOLE;
        }
        while (high < n) {
            thresholds[stack[high++]] = WHOLE;
        }
    }

    int draw(FastRandom random) {
        long bits = random.nextLong();
        int column = (int) (((bits >>> 32) * aliases.length) >>> 32);
        return (bits & (WHOLE - 1)) < thresholds[column] ? column : aliases[column];
    }
}
