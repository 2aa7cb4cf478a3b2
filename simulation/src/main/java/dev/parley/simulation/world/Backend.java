package dev.parley.simulation.world;

/** What a server needs to answer: another service, through a Parley of its own. */
public interface Backend {
    /**
     * Calls it.
     *
     * @param remainingNs what is left of the budget of the request for whose sake it is called
     */
    void call(Requester requester, int ticket, long remainingNs, long nowNs);
}
