package dev.parley.proxy.upstream;

import dev.parley.proxy.exchange.Upstream;
import io.netty.channel.ChannelHandler;

/** A connection to an endpoint that can rest in a pool between requests. It is its channel's one handler. */
public interface PooledConnection extends Upstream, ChannelHandler {
    /** It rests from now on, at most so long. */
    void rest(long idleNs);

    /** It is in use again. */
    void wake();

    /** Closes it while it rests. */
    void close();
}
