package dev.parley.cli.top;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Figures as tables have them: short, of the same length over wide ranges, and never better than they are. */
public final class Figures {
    private static final String NOTHING = "-";

    private Figures() {}

    /** {@code 0.3}, {@code 512.0}, {@code 12345}. */
    public static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 9999.95 ? "%.1f" : "%.0f", perSecond);
    }

    /** A rate that is of interest only where there is one. */
    public static String rareRate(double perSecond) {
        return perSecond > 0 ? rate(perSecond) : NOTHING;
    }

    /** Rounded down: 100.0% is said only where nothing failed. Nothing where nothing was asked. */
    public static String share(double share, double perSecond) {
        return perSecond > 0 && Double.isFinite(share)
                ? String.format(Locale.ROOT, "%.1f%%", Math.floor(share * 1000) / 10)
                : NOTHING;
    }

    /** {@code 45%}. */
    public static String percent(double share) {
        return Math.round(share * 100) + "%";
    }

    /** {@code 3.1 ms}, {@code 312 ms}, {@code 1.50 s}. */
    public static String millis(double millis) {
        if (!(millis > 0)) {
            return NOTHING;
        }
        if (millis >= 999.5) {
            return String.format(Locale.ROOT, "%.2f s", millis / 1000);
        }
        return String.format(Locale.ROOT, millis < 99.95 ? "%.1f ms" : "%.0f ms", millis);
    }

    /** {@code 4s}, {@code 3m12s}, {@code 2h05m}, {@code 3d04h}; what is past or negative is 0s. */
    public static String time(Duration time) {
        long seconds = Math.max(0, time.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return "%dm%02ds".formatted(seconds / 60, seconds % 60);
        }
        return seconds < 86_400
                ? "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60)
                : "%dd%02dh".formatted(seconds / 86_400, seconds / 3600 % 24);
    }

    /** The time from one moment to another, as {@link #time(Duration)} has it. */
    public static String time(Instant from, Instant to) {
        return time(Duration.between(from, to));
    }
}
