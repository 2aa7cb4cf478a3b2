package dev.parley.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/**
 * Hands out ports of the loopback address that nobody listens on, below the range that Linux and macOS take for outgoing
 * connections (32768 and up). A port of that range could not be kept over a restart: while its service is dead an
 * outgoing connection may take it, and one that is made to it may even reach itself.
 */
final class FreePorts {
    private static final int FIRST = 20_000;
    private static final int LAST = 31_999;

    private int next;

    FreePorts(RandomGenerator random) {
        this.next = random.nextInt(FIRST, LAST + 1);
    }

    /** A free port that this object has not handed out before; each port is tried once at most. */
    int take() throws IOException {
        for (int tried = FIRST; tried <= LAST; tried++) {
            int candidate = next;
            next = candidate == LAST ? FIRST : candidate + 1;
            try (ServerSocket free = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                // Somebody listens there; the next one may be free.
            }
        }
        throw new IOException("No port from %d to %d is free.".formatted(FIRST, LAST));
    }
}
