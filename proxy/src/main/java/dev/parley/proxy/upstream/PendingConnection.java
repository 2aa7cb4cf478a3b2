package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.tls.Alpn;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection that is being made, and all who wait for it: one for a connection that is lent, many for one that is shared. */
final class PendingConnection implements Connecting.Opening<PooledConnection>, SharedConnection.Readiness {
    private static final List<String> HTTP_1_1 = List.of(Alpn.HTTP_1_1);
    private static final List<String> HTTP_2 = List.of(Alpn.H2);
    private static final List<String> EITHER = List.of(Alpn.H2, Alpn.HTTP_1_1);

    private final ConnectionPool pool;
    private final ConnectionPools.UpstreamFactory factory;
    private final Service settings;
    private final byte[] preface;
    private final List<Connecting> waiting = new ArrayList<>(1);
    private boolean agreed = true;

    PendingConnection(ConnectionPool pool, ConnectionPools.UpstreamFactory factory, Service settings, byte[] preface) {
        this.preface = preface;
        this.pool = pool;
        this.factory = factory;
        this.settings = settings;
    }

    /** Opens a connection whose place among the endpoint's is taken already. */
    void start() {
        List<String> offered = switch (settings.protocol()) {
            case HTTP1 -> HTTP_1_1;
            case HTTP2 -> HTTP_2;
            case AUTO -> EITHER;
        };
        Connecting.open(pool.worker(), pool.endpoint(), settings.timeouts().connect(), preface, offered, this);
    }

    @Override
    public PooledConnection handler(String protocol) {
        boolean http2 = protocol.equals(Alpn.H2);
        agreed = http2
                || settings.protocol() != Service.Protocol.HTTP2
                || pool.endpoint().tls() == null;
        return factory.open(pool, settings, http2 || settings.protocol() == Service.Protocol.HTTP2);
    }

    /** One more waits. */
    Connecting join(Connecting.Waiter waiter) {
        Connecting wait = new Connecting(waiter);
        waiting.add(wait);
        return wait;
    }

    /** How many wait. */
    int waiting() {
        return waiting.size();
    }

    @Override
    public void opened(Channel channel, PooledConnection connection) {
        pool.opened(channel);
        if (!agreed) {
            channel.close();
            unusable("it does not agree on HTTP/2 by ALPN");
            return;
        }
        if (connection instanceof SharedConnection shared) {
            shared.awaitReady(settings, this);
            return;
        }
        pool.openingDone(this);
        Connecting.Waiter first = waiting.getFirst().take();
        if (first != null) {
            first.connected((LentConnection) connection);
        } else {
            pool.release((LentConnection) connection, settings);
        }
    }

    @Override
    public void ready(SharedConnection made) {
        pool.openingDone(this);
        pool.share(made);
        for (Connecting wait : waiting) {
            Connecting.Waiter next = wait.take();
            if (next == null) {
                continue;
            }
            @Nullable Upstream stream = made.open();
            if (stream != null) {
                next.connected(stream);
            } else {
                next.placeTaken();
            }
        }
    }

    @Override
    public void unusable(String why) {
        pool.openingDone(this);
        tellFailed(why);
    }

    @Override
    public void failed(String why) {
        pool.openingDone(this);
        pool.metrics().connectFailed(pool.worker().index());
        pool.endpoint().closed();
        tellFailed(why);
    }

    private void tellFailed(String why) {
        for (Connecting wait : waiting) {
            Connecting.Waiter next = wait.take();
            if (next != null) {
                next.connectFailed(why);
            }
        }
    }
}
