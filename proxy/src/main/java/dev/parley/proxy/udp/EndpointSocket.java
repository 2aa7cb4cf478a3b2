package dev.parley.proxy.udp;

/** A session's socket, connected to its endpoint, so that the endpoint's refusals come back to it. Touched by one loop. */
interface EndpointSocket {
    /** Sends one datagram that a client sent; its length, or a {@link Code}. */
    int send(Inbox from, int i);

    /** Reads one datagram to the end of {@code into}, which has room; its length, or a {@link Code}. */
    int receive(Outbox into);

    void close();
}
