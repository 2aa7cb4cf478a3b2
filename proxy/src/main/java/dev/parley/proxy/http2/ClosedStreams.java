package dev.parley.proxy.http2;

import org.jspecify.annotations.Nullable;

/**
 * The streams that were closed last, and whether we reset them: then the peer may have sent more before it knew, which is
 * passed over (RFC 9113 section 5.1). What it sends on a stream that ended is an error.
 */
final class ClosedStreams {
    /** As many as are remembered. */
    private static final int MOST = 128;

    private int @Nullable [] ring;
    private int next;

    void add(int stream, boolean resetByUs) {
        int[] all = ring;
        if (all == null) {
            all = new int[MOST];
            ring = all;
        }
        all[next] = resetByUs ? -stream : stream;
        next = (next + 1) % MOST;
    }

    /** Whether it is remembered as one that ended, or that the peer reset. */
    boolean ended(int stream) {
        return holds(stream);
    }

    /** Whether it is remembered as one that we reset. */
    boolean resetByUs(int stream) {
        return holds(-stream);
    }

    private boolean holds(int entry) {
        int[] all = ring;
        if (all == null) {
            return false;
        }
        for (int each : all) {
            if (each == entry) {
                return true;
            }
        }
        return false;
    }
}
