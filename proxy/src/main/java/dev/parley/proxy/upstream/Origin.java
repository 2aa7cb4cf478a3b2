package dev.parley.proxy.upstream;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who a connection to an endpoint is made for.
 *
 * @param client the client's address; null where it came over a Unix socket
 * @param listener the address that it connected to; null where that is a Unix socket
 * @param session what it proved and agreed on
 */
public record Origin(
        @Nullable InetSocketAddress client, @Nullable InetSocketAddress listener, ClientSession session) {
    /** The client of a connection that a listener accepted. */
    public static Origin of(@Nullable InetSocketAddress client, Channel accepted, ClientSession session) {
        return new Origin(client, accepted.localAddress() instanceof InetSocketAddress inet ? inet : null, session);
    }
}
