package dev.parley.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A share of a whole, written {@code 20%} or {@code 0.5%}. From 0 to 100. */
public record Percent(double of100) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,3}(\\.\\d{1,3})?)%");

    public Percent {
        if (!(of100 >= 0 && of100 <= 100)) {
            throw new IllegalArgumentException("%s%% is not within 0%% to 100%%.".formatted(number(of100)));
        }
    }

    /**
     * Reads a number with its sign.
     *
     * @throws IllegalArgumentException when the sign is missing or the number is above 100
     */
    @FromText
    public static Percent parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not a share. Write it with its sign: 20%%.".formatted(text));
        }
        return new Percent(Double.parseDouble(matcher.group(1)));
    }

    /** The share as a fraction, from 0 to 1. */
    public double fraction() {
        return of100 / 100;
    }

    @Override
    public String toString() {
        return number(of100) + "%";
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
