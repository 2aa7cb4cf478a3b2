package dev.parley.proxy.upstream;

import dev.parley.proxy.exchange.Upstream;

/** A connection that carries one request at a time and rests in the pool between them. */
public non-sealed interface LentConnection extends PooledConnection, Upstream {
    /** It rests from now on, at most so long. */
    void rest(long idleNs);

    /** It is in use again. */
    void wake();
}
