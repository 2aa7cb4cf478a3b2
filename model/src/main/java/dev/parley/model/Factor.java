package dev.parley.model;

import java.util.regex.Pattern;

/** How many times as much: a number with or without decimals, {@code 2} or {@code 1.9}. From 0 to 1000. */
public record Factor(double value) {
    private static final Pattern TEXT = Pattern.compile("\\d{1,4}(\\.\\d{1,3})?");

    public Factor {
        if (!(value >= 0 && value <= 1000)) {
            throw new IllegalArgumentException("%s is not within 0 to 1000.".formatted(value));
        }
    }

    /**
     * Reads a number.
     *
     * @throws IllegalArgumentException when the text is none, or above 1000
     */
    @FromText
    public static Factor parse(String text) {
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a factor. Write a number with at most three decimals: 1.5.".formatted(text));
        }
        return new Factor(Double.parseDouble(text));
    }

    @Override
    public String toString() {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
