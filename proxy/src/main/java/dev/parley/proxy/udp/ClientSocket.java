package dev.parley.proxy.udp;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A listener's socket on one loop. Touched by that loop alone once it is read. */
interface ClientSocket {
    /** Where it is bound. */
    InetSocketAddress address();

    /** Has it read. Called once, on its loop. */
    void read(DatagramReader reader) throws IOException;

    /** Takes what is there, at most {@link Inbox#MOST} datagrams, and says how many. */
    int receive(Inbox into);

    /** Sends datagrams of {@code from} on, beginning with one, and says how many went, at least 1, or a {@link Code}. */
    int send(Outbox from, int first);

    void close();
}
