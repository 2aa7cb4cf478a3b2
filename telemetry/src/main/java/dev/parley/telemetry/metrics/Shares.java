package dev.parley.telemetry.metrics;

/**
 * Shares of a whole, counted by tenths and beyond; their sum to a millionth. As a histogram's buckets, each holds what is above its
 * lower bound and at most its upper one.
 */
final class Shares {
    static final int TENTHS = 10;

    private static final int SUM = TENTHS + 1;
    private static final double MILLIONTH = 1e-6;

    private final Cells cells;

    Shares(int loops) {
        cells = new Cells(loops, SUM + 1);
    }

    /** Counts {@code part} of {@code whole}; nothing where that is not above 0. Only the event loop with this index may call it. */
    void record(int loop, long part, long whole) {
        if (whole <= 0) {
            return;
        }
        double share = Math.max(0, (double) part / whole);
        int tenth = (int) Math.min(TENTHS, Math.max(0, Math.ceil(share * TENTHS) - 1));
        cells.add(loop, tenth, 1);
        cells.add(loop, SUM, Math.round(share / MILLIONTH));
    }

    boolean used() {
        return cells.used();
    }

    /** How many are within the tenth that ends at {@code (tenth + 1) / 10}, or beyond the whole for {@link #TENTHS}. */
    long count(int tenth) {
        return cells.sum(tenth);
    }

    double sum() {
        return cells.sum(SUM) * MILLIONTH;
    }
}
