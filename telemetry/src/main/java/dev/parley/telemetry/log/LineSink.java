package dev.parley.telemetry.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open file behind a {@link LineWriter}. When it cannot be written its lines are lost, and it is opened anew after
 * 100 ms, then after twice as long each time, at most 10 s. Used by the writer's thread, except where said.
 */
final class LineSink {
    private static final Logger log = LoggerFactory.getLogger(LineSink.class);
    private static final long FIRST_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_RETRY_NS = TimeUnit.SECONDS.toNanos(10);

    private final Destination destination;
    private volatile @Nullable FileChannel channel;
    private volatile long written;
    private volatile long lost;

    private boolean failing;
    private long lostBefore;
    private long retryNs;
    private long retryAt = System.nanoTime();

    /** Whether the file ends in the middle of a line, because a write failed half way. */
    private boolean torn;

    LineSink(Destination destination) {
        this.destination = destination;
    }

    /** Opens the file before the writer's thread is started, so that a wrong path fails the start. */
    void open() throws IOException {
        channel = destination.open();
    }

    void reopen() {
        closeChannel();
        retryAt = System.nanoTime();
    }

    /** Writes whole lines, or counts as lost those that could not be written whole. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes the counts; others only read them.
    void write(byte[] bytes, int from, int to, int lines) {
        if (from == to) {
            return;
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, from, to - from);
        if (write(rest)) {
            written += lines;
            return;
        }
        int missing = 0;
        for (int at = rest.position(); at < to; at++) {
            if (bytes[at] == '\n') {
                missing++;
            }
        }
        written += lines - missing;
        lost += missing;
    }

    private boolean write(ByteBuffer rest) {
        FileChannel open = channel;
        if (open == null && System.nanoTime() - retryAt < 0) {
            return false;
        }
        int begin = rest.position();
        try {
            if (open == null) {
                open = destination.open();
                channel = open;
            }
            if (torn) {
                open.write(ByteBuffer.wrap(new byte[] {'\n'}));
                torn = false;
            }
            while (rest.hasRemaining()) {
                open.write(rest);
            }
            recovered();
            return true;
        } catch (IOException cannotWrite) {
            torn |= rest.position() > begin && rest.get(rest.position() - 1) != '\n';
            failed(cannotWrite);
            return false;
        }
    }

    private void failed(IOException why) {
        closeChannel();
        retryNs = failing ? Math.min(LONGEST_RETRY_NS, retryNs * 2) : FIRST_RETRY_NS;
        retryAt = System.nanoTime() + retryNs;
        if (!failing) {
            failing = true;
            lostBefore = lost;
            log.warn(
                    "access log cannot be written, its lines are lost until it can be to={} why={}",
                    destination,
                    why.toString());
        }
    }

    private void recovered() {
        if (failing) {
            failing = false;
            log.info("access log is written again to={} lost={}", destination, lost - lostBefore);
        }
    }

    /** Any thread: a write that the disk holds up ends with an exception in its own thread. */
    void close() {
        closeChannel();
    }

    private void closeChannel() {
        FileChannel open = channel;
        channel = null;
        // The process's own streams stay open: others write to them, and they cannot be opened again.
        if (open == null || !(destination instanceof Destination.AppendedFile)) {
            return;
        }
        try {
            open.close();
        } catch (IOException alreadyGone) {
            log.debug("The access log could not be closed.", alreadyGone);
        }
    }

    /** Any thread. */
    long written() {
        return written;
    }

    /** Any thread. */
    long lost() {
        return lost;
    }
}
