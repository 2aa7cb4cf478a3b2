package dev.parley.telemetry.log;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of chunks, taken by event loops and given back by the writer without a lock: Treiber's stack (IBM
 * RJ 5118, 1986) over indices. The head carries a count of changes beside the index, so that a chunk that was taken and
 * given back in between does not look like no change. The chunk used last is taken first: a quiet log touches few.
 */
final class ChunkPool {
    private static final int NONE = -1;
    private static final long INDEX_MASK = 0xffff_ffffL;

    private final Chunk[] chunks;
    private final AtomicIntegerArray below;
    private final AtomicLong head;

    ChunkPool(int size) {
        chunks = new Chunk[size];
        below = new AtomicIntegerArray(size);
        for (int index = 0; index < size; index++) {
            chunks[index] = new Chunk(index);
            below.set(index, index + 1 < size ? index + 1 : NONE);
        }
        head = new AtomicLong(0);
    }

    /** A chunk, or null where all are in use. */
    @Nullable
    Chunk take() {
        while (true) {
            long seen = head.get();
            int top = (int) seen;
            if (top == NONE) {
                return null;
            }
            if (head.compareAndSet(seen, changed(seen, below.get(top)))) {
                Chunk chunk = chunks[top];
                chunk.begin();
                return chunk;
            }
        }
    }

    void giveBack(Chunk chunk) {
        while (true) {
            long seen = head.get();
            below.set(chunk.index, (int) seen);
            if (head.compareAndSet(seen, changed(seen, chunk.index))) {
                return;
            }
        }
    }

    private static long changed(long head, int top) {
        return ((head >>> 32) + 1) << 32 | (top & INDEX_MASK);
    }
}
