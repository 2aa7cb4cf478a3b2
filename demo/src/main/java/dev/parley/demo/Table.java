package dev.parley.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Renders what the demo shows as lines of text. It knows neither a terminal nor a clock. */
final class Table {
    private static final String RESET = "\u001b[0m";
    private static final String BOLD = "\u001b[1m";
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String NOTHING = "-";

    private final boolean colored;

    /** @param colored whether states are set off by colour */
    Table(boolean colored) {
        this.colored = colored;
    }

    /**
     * What the clients of the load have seen so far.
     *
     * @param elapsed since the load began
     * @param perSecond in the last seconds
     */
    record Totals(Duration elapsed, double perSecond, long requests, long failures, Duration p50, Duration p99) {
        static Totals of(Tally tally, Duration elapsed, double perSecond) {
            return new Totals(
                    elapsed,
                    perSecond,
                    tally.requests(),
                    tally.failures(),
                    tally.latencies().quantile(0.50),
                    tally.latencies().quantile(0.99));
        }
    }

    /** A heading and a line for each endpoint. */
    List<String> rows(List<Scoreboard.Row> rows) {
        List<String> lines = new ArrayList<>();
        lines.add(bold("%-10s %-12s %-17s %-8s %8s %9s %9s %9s %10s"
                .formatted("SERVICE", "ENDPOINT", "ADDRESS", "STATE", "REQ/S", "SUCCESS", "P50", "P99", "IN FLIGHT")));
        for (Scoreboard.Row row : rows) {
            lines.add("%-10s %-12s %-17s %s %8.1f %9s %9s %9s %10d"
                    .formatted(
                            row.service(),
                            row.name(),
                            row.endpoint(),
                            state(row.state()),
                            row.perSecond(),
                            percent(row.success()),
                            seconds(row.p50Seconds()),
                            seconds(row.p99Seconds()),
                            row.inFlight()));
        }
        return lines;
    }

    /** All requests of the load in one line. */
    String totals(Totals totals) {
        return "%4ds  %.0f requests/s  %d requests  %s  p50 %s  p99 %s"
                .formatted(
                        totals.elapsed().toSeconds(),
                        totals.perSecond(),
                        totals.requests(),
                        failures(totals.failures()),
                        seconds(totals.p50().toNanos() / 1e9),
                        seconds(totals.p99().toNanos() / 1e9));
    }

    private String failures(long failures) {
        return color(failures == 0 ? GREEN : RED, failures + " failed");
    }

    private String state(Scoreboard.State state) {
        String text = "%-8s".formatted(state.name().toLowerCase(Locale.ROOT));
        return color(state == Scoreboard.State.UP ? GREEN : RED, text);
    }

    private static String percent(double share) {
        // Rounded down: 100 % is said only where nothing failed.
        return Double.isNaN(share) ? NOTHING : "%.1f %%".formatted(Math.floor(share * 1000) / 10);
    }

    private static String seconds(double seconds) {
        if (Double.isNaN(seconds) || seconds <= 0) {
            return NOTHING;
        }
        return seconds < 1 ? "%.1f ms".formatted(seconds * 1000) : "%.2f s".formatted(seconds);
    }

    private String bold(String text) {
        return color(BOLD, text);
    }

    private String color(String code, String text) {
        return colored ? code + text + RESET : text;
    }
}
