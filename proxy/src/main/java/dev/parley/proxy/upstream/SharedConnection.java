package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import org.jspecify.annotations.Nullable;

/** A connection that carries many requests at a time, each on a stream of its own. */
public non-sealed interface SharedConnection extends PooledConnection {
    /** Who hears, once, whether a connection that was just made can be used. */
    interface Readiness {
        void ready(SharedConnection made);

        void unusable(String why);
    }

    /** The socket is connected: begins the protocol and tells when the endpoint has said what it takes. */
    void awaitReady(Service settings, Readiness told);

    /** A stream for one more request; null where there is no room, or the connection is ending. */
    @Nullable
    Upstream open();

    /** How many streams it takes at a time, as both sides have it. */
    int capacity();

    /** Whether it will never take another request. */
    boolean ending();
}
