package dev.parley.proxy.upstream;

import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A wait for a connection that is on its way to an endpoint. */
public final class Connecting {
    /** Who waits. One of these is called on the event loop, once, unless the wait was abandoned. */
    public interface Waiter {
        void connected(Upstream made);

        /** The connection was made and has no room for all who waited; whoever hears this asks the pool once more. */
        void placeTaken();

        /** What went wrong, as a person would say it: {@code connection refused}. */
        void connectFailed(String why);
    }

    private @Nullable Waiter waiter;

    Connecting(Waiter waiter) {
        this.waiter = waiter;
    }

    /** The waiter, who is told at most once; null where it has gone. */
    @Nullable
    Waiter take() {
        Waiter waiting = waiter;
        waiter = null;
        return waiting;
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

    /** Opens a socket to an endpoint on a loop, with one handler. The result is told on the loop, never within this call. */
    public static void open(Worker worker, Endpoint endpoint, Duration timeout, ChannelHandler handler, Result result) {
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
                    result.opened(channel);
                } else {
                    channel.close();
                    result.failed(reason(connected.cause()));
                }
            });
        });
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
