package dev.parley.model;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** So many in a time, written {@code 100/s}, {@code 30/m} or {@code 1000/h}. */
public record Rate(int count, Duration per) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})/([smh])");

    public Rate {
        Checks.range("The number of a rate", count, 0, 1_000_000_000);
        Checks.positive("The time of a rate", per);
    }

    /**
     * Reads a whole number and its time.
     *
     * @throws IllegalArgumentException when the text is anything else
     */
    @FromText
    public static Rate parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a rate. Write a whole number and s, m or h: 100/s, 30/m.".formatted(text));
        }
        Duration per = switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            default -> Duration.ofHours(1);
        };
        return new Rate(Integer.parseInt(matcher.group(1)), per);
    }

    public double perSecond() {
        return count * 1e9 / per.toNanos();
    }

    @Override
    public String toString() {
        String unit = per.equals(Duration.ofSeconds(1)) ? "s" : per.equals(Duration.ofMinutes(1)) ? "m" : "h";
        return count + "/" + unit;
    }
}
