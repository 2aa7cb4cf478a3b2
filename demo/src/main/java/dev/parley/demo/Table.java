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
     * What the clients of one protocol have seen.
     *
     * @param perSecond in the last seconds, or over all where all is over; so too the latencies
     * @param open requests, calls or connections that are under way
     * @param retries what Parley sent to another endpoint, unseen by its client
     * @param broken what kills broke, and the clients opened or called again
     */
    record Totals(
            Protocol protocol,
            double perSecond,
            long requests,
            Duration p50,
            Duration p99,
            long open,
            long failures,
            long retries,
            long broken) {}

    /** A heading and a line for each protocol. 79 wide. */
    List<String> load(List<Totals> all) {
        List<String> lines = new ArrayList<>();
        lines.add(bold("%-9s %7s %8s %8s %8s %4s %6s %7s %s"
                .formatted("CLIENTS", "RATE", "DONE", "P50", "P99", "OPEN", "FAILED", "RETRIED", "BROKEN BY KILL")));
        for (Totals totals : all) {
            lines.add("%-9s %5.0f/s %8d %8s %8s %4d %s %7d %s"
                    .formatted(
                            totals.protocol().label(),
                            totals.perSecond(),
                            totals.requests(),
                            seconds(totals.p50().toNanos() / 1e9),
                            seconds(totals.p99().toNanos() / 1e9),
                            totals.open(),
                            color(totals.failures() == 0 ? GREEN : RED, "%6d".formatted(totals.failures())),
                            totals.retries(),
                            broken(totals)));
        }
        return lines;
    }

    private static String broken(Totals totals) {
        return switch (totals.protocol()) {
            case HTTP -> NOTHING;
            case GRPC -> totals.broken() == 0 ? NOTHING : totals.broken() + " called again";
            case WEBSOCKET, TCP -> totals.broken() == 0 ? NOTHING : totals.broken() + " reconnects";
        };
    }

    /** A heading and a line for each endpoint, then one for each of which there is something to say. 75 wide. */
    List<String> rows(List<Scoreboard.Row> rows) {
        List<String> lines = new ArrayList<>();
        lines.add(bold("%-10s %-15s %-5s %7s %8s %8s %8s %9s"
                .formatted("ENDPOINT", "ADDRESS", "STATE", "REQ/S", "SUCCESS", "P50", "P99", "IN FLIGHT")));
        for (Scoreboard.Row row : rows) {
            lines.add("%-10s %-15s %s %7.1f %8s %8s %8s %9d"
                    .formatted(
                            row.name(),
                            row.endpoint(),
                            state(row.state(), "%-5s"),
                            row.perSecond(),
                            percent(row.success()),
                            seconds(row.p50Seconds()),
                            seconds(row.p99Seconds()),
                            row.inFlight()));
        }
        for (Scoreboard.Row row : rows) {
            String why = why(row);
            if (!why.isEmpty()) {
                lines.add("%-10s is %s: %s".formatted(row.name(), state(row.state(), "%s"), why));
            }
        }
        return lines;
    }

    private static String why(Scoreboard.Row row) {
        String killed = row.running() ? "" : "its process was killed";
        String reason = row.state() == Scoreboard.State.UP ? "" : row.reason();
        return reason.isEmpty() || killed.isEmpty() ? reason + killed : reason + "; " + killed;
    }

    private String state(Scoreboard.State state, String format) {
        String text = format.formatted(state.name().toLowerCase(Locale.ROOT));
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
