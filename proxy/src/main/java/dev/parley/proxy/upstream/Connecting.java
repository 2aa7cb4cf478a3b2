package dev.parley.proxy.upstream;

import dev.parley.model.Service;
import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A connection on its way to an endpoint, and who waits for it. */
public final class Connecting {
    /** Who waits. Called on the event loop, once, unless the wait was abandoned. */
    public interface Waiter {
        void connected(Upstream made);

        /** What went wrong, as a person would say it: {@code connection refused}. */
        void connectFailed(String why);
    }

    private @Nullable Waiter waiter;

    private Connecting(Waiter waiter) {
        this.waiter = waiter;
    }

    /** Opens a connection whose place is taken already; a waiter that has gone leaves it to the pool. */
    static Connecting start(
            ConnectionPool pool, PooledConnection connection, Service settings, byte[] preface, Waiter waiter) {
        Connecting connecting = new Connecting(waiter);
        open(pool.worker(), pool.endpoint(), settings.timeouts().connect(), preface, connection, new Result() {
            @Override
            public void opened(Channel channel) {
                pool.opened(channel);
                Waiter waiting = connecting.waiter;
                connecting.waiter = null;
                if (waiting == null) {
                    pool.release(connection, settings);
                } else {
                    waiting.connected(connection);
                }
            }

            @Override
            public void failed(String why) {
                pool.metrics().connectFailed(pool.worker().index());
                pool.endpoint().closed();
                Waiter waiting = connecting.waiter;
                connecting.waiter = null;
                if (waiting != null) {
                    waiting.connectFailed(why);
                }
            }
        });
        return connecting;
    }

    /** The waiter has gone; the connection, once made, rests in the pool. */
    public void abandon() {
        waiter = null;
    }

    /** What becomes of {@link #open}. */
    public interface Result {
        void opened(Channel channel);

        void failed(String why);
    }

    /**
     * Opens a socket to an endpoint on a loop, with one handler. The result is told on the loop, never within this call.
     *
     * @param preface what is sent before anything else, TLS included: a {@linkplain ProxyPreface PROXY header}, or nothing
     */
    public static void open(
            Worker worker, Endpoint endpoint, Duration timeout, byte[] preface, ChannelHandler handler, Result result) {
        SocketAddress address = endpoint.resolved();
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            worker.loop().execute(() -> result.failed("the name " + inet.getHostString() + " has no address"));
            return;
        }
        boolean unix = Transport.isUnix(address);
        Channel channel = worker.transport().socket(unix);
        if (!unix) {
            channel.config().setOption(ChannelOption.TCP_NODELAY, true);
        }
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setConnectTimeoutMillis((int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
        SocketOptions.data(channel);
        channel.pipeline().addLast(handler);
        worker.loop().register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                result.failed(reason(registered.cause()));
                return;
            }
            channel.connect(worker.transport().nativeAddress(address)).addListener(connected -> {
                worker.beginEvent();
                if (connected.isSuccess()) {
                    send(preface, channel);
                    result.opened(channel);
                } else {
                    channel.close();
                    result.failed(reason(connected.cause()));
                }
            });
        });
    }

    /** Past the pipeline, in which TLS may stand. */
    private static void send(byte[] preface, Channel channel) {
        if (preface.length > 0) {
            channel.unsafe().write(Unpooled.wrappedBuffer(preface), channel.voidPromise());
            channel.unsafe().flush();
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return "no connection in time";
        }
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (cause instanceof ConnectException && message.contains("refused")) {
            return "connection refused";
        }
        return message.toLowerCase(java.util.Locale.ROOT);
    }
}
