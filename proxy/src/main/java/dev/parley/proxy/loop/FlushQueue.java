package dev.parley.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;

/**
 * Sockets of one event loop with something to send, flushed together at the end of the loop's turn or when {@link #MOST} of
 * them wait.
 *
 * <p>A send that wakes a sleeping peer costs an interrupt to its CPU, which is dearer than the rest of the send; sends that
 * follow each other closely find the peer awake. Under light load a turn has one event and nothing waits; under heavy load the
 * cost of a request falls by a tenth (docs/benchmarks.md).
 */
public final class FlushQueue {
    /** How many sockets may wait for each other. */
    private static final int MOST = 128;

    /** What collects its writes and gives them to its socket when it is flushed. */
    public interface Output {
        void flush();
    }

    private final EventLoop loop;
    private final ArrayDeque<Output> outputs = new ArrayDeque<>(MOST);
    private final ArrayDeque<Channel> waiting = new ArrayDeque<>(MOST);
    private final Runnable flushAll = this::turnEnded;
    private boolean scheduled;

    FlushQueue(EventLoop loop) {
        this.loop = loop;
    }

    /** Has a channel flushed soon. The caller adds a channel once for what it wrote, not once a write. */
    public void add(Channel channel) {
        waiting.addLast(channel);
        added();
    }

    /** Has an output flushed soon. It is added once for all that it collects until then. */
    public void add(Output output) {
        outputs.addLast(output);
        added();
    }

    private void added() {
        if (waiting.size() + outputs.size() >= MOST) {
            flush();
        } else if (!scheduled) {
            scheduled = true;
            loop.execute(flushAll);
        }
    }

    private void turnEnded() {
        scheduled = false;
        flush();
    }

    private void flush() {
        // A flush may fail and close its channel, whose end may add others; those are taken too.
        for (Channel next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
            next.flush();
        }
        for (Output next = outputs.pollFirst(); next != null; next = outputs.pollFirst()) {
            next.flush();
        }
    }
}
