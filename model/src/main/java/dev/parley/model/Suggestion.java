package dev.parley.model;

import java.util.Collection;

/** Guesses which of the known words a user meant by one that is not known. */
public final class Suggestion {
    /** Beyond this many words no guess is made: it would cost more than it helps. */
    private static final int MOST_WORDS = 20_000;

    private Suggestion() {}

    /**
     * "Did you mean 'payments'?" where a word is near enough: at most a third of its letters wrong. Empty where none is.
     */
    public static String didYouMean(String word, Collection<String> known) {
        String best = "";
        int bound = Math.max(1, Math.min(word.length(), 63) / 3);
        if (word.length() <= 63 && known.size() <= MOST_WORDS) {
            for (String candidate : known) {
                if (Math.abs(candidate.length() - word.length()) <= bound) {
                    int distance = distance(word, candidate);
                    if (distance <= bound && distance < candidate.length()) {
                        best = candidate;
                        bound = distance - 1;
                    }
                }
            }
        }
        return best.isEmpty() ? "" : "Did you mean '%s'?".formatted(best);
    }

    /** Letters to insert, remove, change, or swap with their neighbour (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int change = cost[i - 1][j - 1] + (same ? 0 : 1);
                cost[i][j] = Math.min(change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
