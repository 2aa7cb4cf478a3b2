package dev.parley.proxy.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/** Compiles regular expressions of RE2's syntax, and finds where in the paths one can match at all. */
final class Regexes {
    /**
     * Instructions of a compiled expression, at most. RE2 takes time in proportion to them for each byte matched, and an
     * event loop waits for it. Envoy's default for its like, re2.max_program_size.error_level, is 100, which is too few
     * for a UUID written out.
     */
    static final int MAX_INSTRUCTIONS = 1_000;

    private static final String META = "\\[](){}*+?|^$.%";

    private Regexes() {}

    /**
     * @throws IllegalArgumentException where it is not of RE2's syntax, or is too large; the message is for the user
     */
    static Pattern compile(String text) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'%s' is not a regex: %s.".formatted(text, e.getMessage()), e);
        }
        if (pattern.programSize() > MAX_INSTRUCTIONS) {
            throw new IllegalArgumentException("The regex '%s' compiles to %d instructions; at most %d are allowed."
                    .formatted(text, pattern.programSize(), MAX_INSTRUCTIONS));
        }
        return pattern;
    }

    /**
     * The leading part, up to a slash and without it, that every path matched begins with: {@code /api} of
     * {@code /api/v[12]/.*}. Empty where there is none, or where telling would need more than a look: an alternative
     * outside of parentheses makes the first branch's literals no one else's.
     */
    static String literalSegments(String regex) {
        if (alternativesMayBeOutermost(regex)) {
            return "";
        }
        int from = regex.startsWith("^") ? 1 : 0;
        int to = from;
        while (to < regex.length() && regex.charAt(to) < 128 && META.indexOf(regex.charAt(to)) < 0) {
            to++;
        }
        // The last segment may be cut short by what follows, and a quantifier may take back the very slash it follows.
        boolean quantified = to < regex.length() && "*?{".indexOf(regex.charAt(to)) >= 0;
        String literal = regex.substring(from, quantified ? to - 1 : to);
        return literal.startsWith("/") ? literal.substring(0, literal.lastIndexOf('/')) : "";
    }

    private static boolean alternativesMayBeOutermost(String regex) {
        if (regex.indexOf('|') < 0) {
            return false;
        }
        if (regex.indexOf('[') >= 0 || regex.contains("\\Q")) {
            return true;
        }
        int depth = 0;
        for (int at = 0; at < regex.length(); at++) {
            switch (regex.charAt(at)) {
                case '\\' -> at++;
                case '(' -> depth++;
                case ')' -> depth--;
                case '|' -> {
                    if (depth == 0) {
                        return true;
                    }
                }
                default -> {}
            }
        }
        return false;
    }
}
