package dev.parley.telemetry.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Counters of one entity: a row for each event loop, a column for each counter. A row has one writer, its event loop, so
 * that adding is a load and a store without a locked instruction; readers sum the rows and may see a sum that is a few
 * events old. Opaque stores are what makes a long visible whole and in the end (JLS 17.7 promises neither for plain
 * ones).
 *
 * <p>A row is made when its event loop first counts: ten thousand routes of which ten have traffic cost ten rows.
 */
public final class Cells {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle ROW = MethodHandles.arrayElementVarHandle(long[][].class);

    /**
     * Longs left unused at both ends of a row: 128 bytes, because x86 fetches cache lines in pairs. Two rows that the
     * heap places side by side would otherwise bounce one line between two cores on every request.
     */
    private static final int PADDING = 16;

    private final int columns;
    private final long[] @Nullable [] rows;

    public Cells(int loops, int columns) {
        this.columns = columns;
        this.rows = new long[loops][];
    }

    /** Adds to a counter. Only the event loop with this index may call it. */
    public void add(int loop, int column, long amount) {
        long[] row = rows[loop];
        if (row == null) {
            row = startRow(loop);
        }
        int at = PADDING + column;
        CELL.setOpaque(row, at, row[at] + amount);
    }

    private long[] startRow(int loop) {
        long[] row = new long[PADDING + columns + PADDING];
        ROW.setRelease(rows, loop, row);
        return row;
    }

    /** The sum over all event loops. Any thread. */
    public long sum(int column) {
        long sum = 0;
        for (int loop = 0; loop < rows.length; loop++) {
            long[] row = (long[]) ROW.getAcquire(rows, loop);
            if (row != null) {
                sum += (long) CELL.getOpaque(row, PADDING + column);
            }
        }
        return sum;
    }

    /** Whether any event loop has counted anything. Any thread. */
    public boolean used() {
        for (int loop = 0; loop < rows.length; loop++) {
            if (ROW.getAcquire(rows, loop) != null) {
                return true;
            }
        }
        return false;
    }
}
