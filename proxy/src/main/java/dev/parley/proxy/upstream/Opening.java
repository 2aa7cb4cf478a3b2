package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection that is being made, and all who wait for it: one for a connection that is lent, many for one that is shared. */
final class Opening implements Connecting.Result, SharedConnection.Readiness {
    private final ConnectionPool pool;
    private final PooledConnection connection;
    private final Service settings;
    private final List<Connecting> waiting = new ArrayList<>(1);

    private Opening(ConnectionPool pool, PooledConnection connection, Service settings) {
        this.pool = pool;
        this.connection = connection;
        this.settings = settings;
    }

    /** Opens a connection whose place among the endpoint's is taken already. */
    static Opening start(ConnectionPool pool, PooledConnection connection, Service settings) {
        Opening opening = new Opening(pool, connection, settings);
        Connecting.open(pool.worker(), pool.endpoint(), settings.timeouts().connect(), connection, opening);
        return opening;
    }

    /** One more waits. */
    Connecting join(Connecting.Waiter waiter) {
        Connecting wait = new Connecting(waiter);
        waiting.add(wait);
        return wait;
    }

    /** Whether the connection will have room for one more, as far as is known before the endpoint has said. */
    boolean hasRoom() {
        return waiting.size() < settings.http2().streams();
    }

    @Override
    public void opened(Channel channel) {
        pool.opened(channel);
        if (connection instanceof SharedConnection shared) {
            shared.awaitReady(settings, this);
            return;
        }
        pool.openingDone(this);
        Connecting.Waiter first = waiting.getFirst().take();
        if (first != null) {
            first.connected(((LentConnection) connection));
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
