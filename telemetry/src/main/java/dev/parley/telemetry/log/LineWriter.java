package dev.parley.telemetry.log;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A log of lines with a bound on the memory that may wait for the disk. Each event loop appends through its own
 * {@link Lane}, without a lock and without ever waiting; one thread follows and writes. Where that thread is too slow,
 * or nothing can be written at all, lines are dropped and counted, and traffic goes on.
 *
 * <p>A line is written when its chunk of 64 KiB is full, or 100 ms after it was appended, whichever comes first.
 */
public final class LineWriter implements AutoCloseable {
    /** How long a line may wait while little is logged: as often as a person who watches can see. */
    private static final long FLUSH_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long {@link #close} waits for the disk. */
    private static final long CLOSE_MS = 2_000;

    private final ChunkPool pool;
    private final Lane[] lanes;
    private final LineSink sink;
    private final Thread thread;
    private volatile boolean reopen;
    private volatile boolean closing;

    /**
     * Opens the destination and starts writing.
     *
     * @param lanes the number of event loops
     * @param bufferBytes bound on what may wait for the disk; rounded up to two chunks of 64 KiB for each lane
     * @throws IOException when the file cannot be opened; one that cannot be written later on is tried again and again
     */
    public LineWriter(Destination destination, int lanes, long bufferBytes) throws IOException {
        int chunks = (int) Math.clamp(bufferBytes / Chunk.BYTES, 2L * lanes, 1L << 20);
        this.pool = new ChunkPool(chunks);
        this.sink = new LineSink(destination);
        this.thread = Thread.ofPlatform().name("parley-access-log").daemon().unstarted(this::follow);
        this.lanes = new Lane[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            this.lanes[lane] = new Lane(pool, thread);
        }
        if (!destination.mayWaitForReader()) {
            sink.open();
        }
        thread.start();
    }

    /** The lane of an event loop. */
    public Lane lane(int loop) {
        return lanes[loop];
    }

    /** Opens the file anew at the next line: a log rotation has renamed it. Any thread. */
    public void reopen() {
        reopen = true;
        LockSupport.unpark(thread);
    }

    /** Lines that the destination took. */
    public long written() {
        return sink.written();
    }

    /** Lines that were dropped, because no room was left or they could not be written. */
    public long lost() {
        long lost = sink.lost();
        for (Lane lane : lanes) {
            lost += lane.lost();
        }
        return lost;
    }

    /** Writes what has been committed and closes the file, giving a disk that stands still two seconds. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        sink.close();
    }

    private void follow() {
        long nextFlush = System.nanoTime() + FLUSH_NS;
        boolean last = false;
        while (!last) {
            last = closing;
            if (reopen) {
                reopen = false;
                sink.reopen();
            }
            long now = System.nanoTime();
            // Between flushes only full chunks are written: following a busy lane line by line would take a core.
            boolean flush = last || now - nextFlush >= 0;
            if (flush) {
                nextFlush = now + FLUSH_NS;
            }
            for (Lane lane : lanes) {
                follow(lane, flush);
            }
            if (!last) {
                LockSupport.parkNanos(this, nextFlush - System.nanoTime());
            }
        }
    }

    private void follow(Lane lane, boolean flush) {
        Chunk chunk = lane.following();
        while (chunk != null) {
            Chunk next = chunk.next();
            if (next != null || flush) {
                // Read after next: nothing is committed to a chunk once the lane has gone on.
                long committed = chunk.committed();
                sink.write(
                        chunk.bytes,
                        lane.followedTo(),
                        Chunk.end(committed),
                        Chunk.lines(committed) - lane.followedLines());
                lane.followed(committed);
            }
            if (next == null) {
                return;
            }
            lane.follow(next);
            pool.giveBack(chunk);
            chunk = next;
        }
    }

    /**
     * An event loop's end of the log: only that event loop may call its public methods. To append a line:
     * {@link #reserve} room for the longest that it may become, write from {@link #position} on, and {@link #commit} where
     * it ended; without a commit nothing was appended.
     */
    public static final class Lane {
        private final ChunkPool pool;
        private final Thread writer;
        private final AtomicLong lost = new AtomicLong();

        private volatile @Nullable Chunk first;
        private @Nullable Chunk current;
        private int position;
        private int lines;

        // What follows belongs to the writer's thread.
        private @Nullable Chunk following;
        private int followedTo;
        private int followedLines;

        Lane(ChunkPool pool, Thread writer) {
            this.pool = pool;
            this.writer = writer;
        }

        /**
         * Room for one line.
         *
         * @param mostBytes the longest that the line may become, its line feed included; at most 64 KiB
         * @return the array to write into from {@link #position} on, or null where there is no room: the line is lost, and
         *     has been counted
         */
        public byte @Nullable [] reserve(int mostBytes) {
            Chunk chunk = current;
            if (chunk != null && Chunk.BYTES - position >= mostBytes) {
                return chunk.bytes;
            }
            return mostBytes <= Chunk.BYTES ? goOn(chunk) : lose();
        }

        private byte @Nullable [] goOn(@Nullable Chunk full) {
            Chunk fresh = pool.take();
            if (fresh == null) {
                return lose();
            }
            current = fresh;
            position = 0;
            lines = 0;
            if (full == null) {
                first = fresh;
            } else {
                full.continueWith(fresh);
                LockSupport.unpark(writer);
            }
            return fresh.bytes;
        }

        private byte @Nullable [] lose() {
            // One writer: a plain increment, published in order and without a locked instruction.
            lost.setOpaque(lost.getPlain() + 1);
            return null;
        }

        /** Where the line begins in the array that {@link #reserve} gave. */
        public int position() {
            return position;
        }

        /**
         * Appends the line that was written.
         *
         * @param end the index after its line feed
         */
        public void commit(int end) {
            Chunk chunk = current;
            if (chunk == null || end < position) {
                throw new IllegalStateException("A line is reserved before it is committed.");
            }
            position = end;
            lines++;
            chunk.commit(lines, end);
        }

        long lost() {
            return lost.getOpaque();
        }

        @Nullable
        Chunk following() {
            if (following == null) {
                following = first;
            }
            return following;
        }

        int followedTo() {
            return followedTo;
        }

        int followedLines() {
            return followedLines;
        }

        void followed(long committed) {
            followedTo = Chunk.end(committed);
            followedLines = Chunk.lines(committed);
        }

        void follow(Chunk next) {
            following = next;
            followedTo = 0;
            followedLines = 0;
        }
    }
}
