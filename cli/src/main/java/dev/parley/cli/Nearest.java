package dev.parley.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the word that somebody meant who mistyped it. */
final class Nearest {
    private Nearest() {}

    /**
     * The candidate with the fewest slips (a letter left out, added, changed, or two swapped) from a word; none where
     * even that one has more slips than a third of the word's letters, as it would then be a guess.
     */
    static Optional<String> to(String word, List<String> candidates) {
        int allowed = Math.max(1, word.length() / 3);
        return candidates.stream()
                .min(Comparator.comparingInt(candidate -> slips(word, candidate)))
                .filter(nearest -> slips(word, nearest) <= allowed);
    }

    /** The distance of Damerau and Levenshtein in its restricted form, where no letter is edited twice. */
    private static int slips(String from, String to) {
        int[][] slips = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                slips[i][j] = i == 0 ? j : j == 0 ? i : cheapest(slips, from, to, i, j);
            }
        }
        return slips[from.length()][to.length()];
    }

    private static int cheapest(int[][] slips, String from, String to, int i, int j) {
        int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        int least = Math.min(slips[i - 1][j - 1] + change, Math.min(slips[i - 1][j], slips[i][j - 1]) + 1);
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(least, slips[i - 2][j - 2] + 1) : least;
    }
}
