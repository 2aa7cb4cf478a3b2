package dev.parley.model;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as the configuration writes them: a number and a unit, {@code 250ms}, {@code 2s}, {@code 5m}, {@code 1h}. */
public final class Durations {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,12})(ns|us|ms|s|m|h|d)");

    /** Longer than any setting has use for, and short enough to be counted in nanoseconds in a long. */
    private static final Duration LONGEST = Duration.ofDays(10_000);

    private Durations() {}

    /**
     * Reads one number with one unit.
     *
     * @throws IllegalArgumentException when the text has no unit, another unit or a sign, or is longer than 10000 days
     */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a duration. Write a whole number with its unit: 250ms, 2s, 5m, 1h.".formatted(text));
        }
        long number = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ns" -> Duration.ofNanos(number);
            case "us" -> Duration.ofNanos(Math.multiplyExact(number, 1000L));
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("'%s' is longer than 10000d.".formatted(text));
        }
        return duration;
    }

    /** The shortest text that {@link #parse} reads back as the same duration. */
    public static String text(Duration duration) {
        long nanos = duration.toNanos();
        String[] units = {"d", "h", "m", "s", "ms", "us"};
        long[] sizes = {86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L};
        for (int i = 0; i < units.length; i++) {
            if (nanos != 0 && nanos % sizes[i] == 0) {
                return nanos / sizes[i] + units[i];
            }
        }
        return nanos == 0 ? "0" : nanos + "ns";
    }
}
