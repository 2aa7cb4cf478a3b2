package dev.parley.simulation.world;

/** Who asked for something and is told once what came of it. A ticket that is not the present one is an old request's. */
public interface Requester {
    /** What came of it, at the moment when the other side says so; the way back is still to come. */
    void ended(int ticket, Reply reply, long nowNs);

    /** What can come of a request. Silence has no name: nothing is said. */
    enum Reply {
        OK,
        /** A status of 500. */
        ERROR,
        /** A status of 503: the server or the proxy in between has no room. */
        UNAVAILABLE,
        /** The connection broke while it was under way. */
        RESET,
        /** No connection could be made; nothing was sent. */
        REFUSED
    }
}
