package dev.parley.telemetry.log;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a lane's log. The lane appends to it and the writer follows behind, in the same chunk at the same time:
 * what is below the committed end never changes again.
 */
final class Chunk {
    /** As much as a pipe takes at once by default (pipe(7)), and few enough hand-overs to cost nothing. */
    static final int BYTES = 64 * 1024;

    /** Its place in the pool. */
    final int index;

    /** The lines. Made when the chunk is first used, so that a quiet log holds little memory. */
    byte[] bytes = new byte[0];

    /** Lines in the upper half, the end of the last whole line in the lower half: one store publishes both. */
    private final AtomicLong committed = new AtomicLong();

    /** The chunk that the lane went on with; once it is set, this one is complete. */
    private final AtomicReference<@Nullable Chunk> next = new AtomicReference<>();

    Chunk(int index) {
        this.index = index;
    }

    /** Called by the lane that took it from the pool, before the writer can see it. */
    void begin() {
        if (bytes.length == 0) {
            bytes = new byte[BYTES];
        }
        committed.setPlain(0);
        next.setPlain(null);
    }

    void commit(int lines, int end) {
        committed.setRelease((long) lines << 32 | end);
    }

    long committed() {
        return committed.getAcquire();
    }

    static int end(long committed) {
        return (int) committed;
    }

    static int lines(long committed) {
        return (int) (committed >>> 32);
    }

    void continueWith(Chunk following) {
        next.setRelease(following);
    }

    @Nullable
    Chunk next() {
        return next.getAcquire();
    }
}
