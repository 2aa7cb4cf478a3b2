package dev.parley.model;

/** The short form of what can be switched off and has settings of its own. */
final class Switch {
    private Switch() {}

    /**
     * Reads {@code on} or {@code off}.
     *
     * @throws IllegalArgumentException when the text is anything else
     */
    static boolean parse(String text) {
        return switch (text) {
            case "on" -> true;
            case "off" -> false;
            default ->
                throw new IllegalArgumentException(
                        "'%s' is neither on nor off. Write one of the two, or a map of settings.".formatted(text));
        };
    }
}
