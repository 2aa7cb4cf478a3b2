package dev.parley.proxy.listen;

import dev.parley.proxy.exchange.LoopState;
import dev.parley.proxy.http1.Http1Downstream;
import dev.parley.proxy.http2.Http2Downstream;
import dev.parley.proxy.snapshot.Passthrough;
import dev.parley.proxy.tcp.TcpDownstream;
import dev.parley.proxy.tls.Alpn;
import dev.parley.proxy.tls.TlsFacts;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What a client's connection speaks, once that is known: the one place where protocols are plugged in. */
enum Spoken {
    HTTP_1,
    HTTP_2,
    TCP;

    /** What ALPN agreed on; null where it agreed on nothing that is known here. */
    static @Nullable Spoken of(String protocol) {
        return switch (protocol) {
            case Alpn.H2 -> HTTP_2;
            case Alpn.HTTP_1_1 -> HTTP_1;
            default -> null;
        };
    }

    /**
     * The protocol's side of a connection.
     *
     * @param tls what its handshake agreed on; null where it is plain, or is not decrypted here
     * @param undecrypted where it goes; null where the listener's routes decide
     */
    Downstream begin(
            LoopState loop,
            ListenerSlot slot,
            @Nullable InetSocketAddress client,
            @Nullable TlsFacts tls,
            @Nullable Passthrough undecrypted) {
        return switch (this) {
            case HTTP_1 -> new Http1Downstream(loop, slot, client, tls);
            case HTTP_2 -> new Http2Downstream(loop, slot, client, tls);
            case TCP -> new TcpDownstream(loop, slot, client, tls, undecrypted);
        };
    }
}
