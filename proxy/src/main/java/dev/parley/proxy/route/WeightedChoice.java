package dev.parley.proxy.route;

import java.util.ArrayList;
import java.util.List;

/** Chooses among targets in proportion to their weights, by binary search over running sums. Immutable. */
public final class WeightedChoice<T> {
    private final List<T> targets;
    private final long[] sums;

    private WeightedChoice(List<T> targets, long[] sums) {
        this.targets = targets;
        this.sums = sums;
    }

    /**
     * A choice of these targets, each with the weight of the same index. One with weight 0 is never chosen.
     *
     * @throws IllegalArgumentException where no weight is above 0, or one is below
     */
    public static <T> WeightedChoice<T> of(List<T> targets, List<Integer> weights) {
        if (targets.size() != weights.size()) {
            throw new IllegalArgumentException("%d targets have %d weights.".formatted(targets.size(), weights.size()));
        }
        List<T> chosen = new ArrayList<>();
        List<Long> sums = new ArrayList<>();
        long sum = 0;
        for (int i = 0; i < targets.size(); i++) {
            int weight = weights.get(i);
            if (weight < 0) {
                throw new IllegalArgumentException("The weight %d is below 0.".formatted(weight));
            }
            if (weight > 0) {
                sum += weight;
                chosen.add(targets.get(i));
                sums.add(sum);
            }
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("No weight is above 0.");
        }
        return new WeightedChoice<>(
                List.copyOf(chosen), sums.stream().mapToLong(Long::longValue).toArray());
    }

    /** The target that a random number, all 64 bits of it, falls on. */
    public T pick(long random) {
        if (sums.length == 1) {
            return targets.getFirst();
        }
        // The high half of the product is even over 0 to the total: off by at most total / 2^64.
        long point = Math.unsignedMultiplyHigh(random, sums[sums.length - 1]);
        int low = 0;
        int high = sums.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (point < sums[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return targets.get(low);
    }

    /** The targets that can be chosen, in the order given. */
    public List<T> targets() {
        return targets;
    }
}
