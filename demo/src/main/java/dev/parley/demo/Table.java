package dev.parley.demo;

import dev.parley.cli.terminal.Ink;
import dev.parley.cli.terminal.Ink.Tone;
import dev.parley.cli.top.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Renders what the demo shows as lines of text. It knows neither a terminal nor a clock. */
final class Table {
    private static final String NOTHING = "-";

    private final Ink ink;

    Table(Ink ink) {
        this.ink = ink;
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
        lines.add(ink.paint(
                Tone.BOLD,
                "%-9s %7s %8s %8s %8s %4s %6s %7s %s"
                        .formatted(
                                "CLIENTS",
                                "RATE",
                                "DONE",
                                "P50",
                                "P99",
                                "OPEN",
                                "FAILED",
                                "RETRIED",
                                "BROKEN BY KILL")));
        for (Totals totals : all) {
            lines.add("%-9s %5.0f/s %8d %8s %8s %4d %s %7d %s"
                    .formatted(
                            totals.protocol().label(),
                            totals.perSecond(),
                            totals.requests(),
                            Figures.millis(totals.p50().toNanos() / 1e6),
                            Figures.millis(totals.p99().toNanos() / 1e6),
                            totals.open(),
                            ink.paint(
                                    totals.failures() == 0 ? Tone.GOOD : Tone.BAD, "%6d".formatted(totals.failures())),
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
}
