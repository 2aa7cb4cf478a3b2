package dev.parley.simulation.world;

import dev.parley.model.Criticality;

/** Where clients send their requests to a service: a Parley, or a server itself. */
public interface Entrance {
    /** A client that has no budget to state. */
    long NO_BUDGET = Long.MAX_VALUE;

    /**
     * Sends a request.
     *
     * @param key what the request is hashed by
     * @param remainingNs how long the client says that it waits, or {@link #NO_BUDGET}
     * @param requester is told at most once for this ticket
     * @return what to give up with
     */
    Underway send(Criticality criticality, long key, long remainingNs, Requester requester, int ticket, long nowNs);

    /** A request that was sent. */
    interface Underway {
        /** Its client is gone. Nothing happens where the ticket's request is over. */
        void giveUp(Requester requester, int ticket, long nowNs);
    }
}
