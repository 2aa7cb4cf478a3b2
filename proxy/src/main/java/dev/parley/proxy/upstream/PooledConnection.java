package dev.parley.proxy.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

/** A connection to an endpoint that a pool keeps. It is its channel's one handler of the protocol. */
public sealed interface PooledConnection extends ChannelHandler permits LentConnection, SharedConnection {
    /** Its socket. */
    Channel channel();

    /** Closes it: at once where it rests, else when what it carries is done. */
    void close();
}
