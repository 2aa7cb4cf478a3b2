package dev.parley.proxy.upstream;

/**
 * Decides by its answers whether an endpoint is ejected, and whether it returns. Called on event loops: it may not block,
 * and what it decides is in force when it returns.
 */
public interface Judge {
    /** A failure was counted that is no probe's. */
    void failed(long nowNs);

    /** The head of a probe's answer came. */
    void probeAnswered(long latencyNs, long nowNs);

    /** A probe went well. */
    void probePassed(long nowNs);

    /** A probe failed. */
    void probeFailed(Endpoint.Failure failure, long nowNs);
}
