package dev.parley.cli.terminal;

/**
 * Sets text off by colour, or leaves it as it is.
 *
 * @param colored whether there is colour at all
 */
public record Ink(boolean colored) {
    private static final String RESET = "\u001b[0m";

    /** What a text is to look like. */
    public enum Tone {
        PLAIN(""),
        BOLD("\u001b[1m"),
        DIM("\u001b[2m"),
        GOOD("\u001b[32m"),
        WARNING("\u001b[33m"),
        BAD("\u001b[31m");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    /** Colour where a terminal is painted and its user has not asked for none (no-color.org). */
    public static Ink on(boolean terminal) {
        return new Ink(terminal && System.getenv().getOrDefault("NO_COLOR", "").isEmpty());
    }

    public String paint(Tone tone, String text) {
        return colored && tone != Tone.PLAIN ? tone.code + text + RESET : text;
    }

    /**
     * What a stranger wrote, fit for a terminal: control characters, with which it could paint over the rest, become question
     * marks.
     */
    public static String printable(String text) {
        int at = 0;
        while (at < text.length() && !Character.isISOControl(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text);
        for (; at < clean.length(); at++) {
            if (Character.isISOControl(clean.charAt(at))) {
                clean.setCharAt(at, '?');
            }
        }
        return clean.toString();
    }
}
