package dev.parley.proxy.upstream;

import dev.parley.proxy.exchange.Upstream;
import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import dev.parley.proxy.tls.ClientTls;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
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

    /** Who opens a connection, and what becomes of it. Called on the loop. */
    public interface Opening<H extends ChannelHandler> {
        /**
         * Makes the protocol's side of the connection: of a plain one before it is connected, of one with TLS after the
         * handshake.
         *
         * @param protocol what ALPN agreed on; empty where it agreed on nothing, and for plain connections
         */
        H handler(String protocol);

        /** It is there, with its handler in place. */
        void opened(Channel channel, H handler);

        /** There is none: why, as a person would say it. */
        void failed(String why);
    }

    /**
     * Opens a connection to an endpoint on a loop: TCP, then the preface, then TLS where the endpoint has it, then its handler. The
     * result is told on the loop, never within this call.
     *
     * @param timeout for all of it
     * @param preface what is sent before anything else: a {@linkplain ProxyPreface PROXY header}, or nothing
     * @param protocols what is offered by ALPN where there is TLS, best first
     */
    public static <H extends ChannelHandler> void open(
            Worker worker,
            Endpoint endpoint,
            Duration timeout,
            byte[] preface,
            List<String> protocols,
            Opening<H> opening) {
        SocketAddress address = endpoint.resolved();
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            worker.loop().execute(() -> opening.failed("the name " + inet.getHostString() + " has no address"));
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
        ClientTls tls = endpoint.tls();
        long deadlineNs = worker.nowNs() + timeout.toNanos();
        @Nullable H handler = tls == null ? opening.handler("") : null;
        TlsOpening<H> shaking = tls == null ? null : new TlsOpening<>(worker, channel, deadlineNs, opening);
        channel.pipeline()
                .addLast(
                        shaking == null || tls == null ? handler : tls.handler(endpoint.address(), protocols, shaking));
        // Unix sockets connect at once, and some failures are known at once: nobody is to hear of it before this
        // returns.
        worker.loop()
                .execute(() -> worker.loop().register(channel).addListener(registered -> {
                    if (!registered.isSuccess()) {
                        opening.failed(reason(registered.cause()));
                        return;
                    }
                    channel.connect(worker.transport().nativeAddress(address)).addListener(connected -> {
                        worker.beginEvent();
                        if (!connected.isSuccess()) {
                            channel.close();
                            opening.failed(reason(connected.cause()));
                            return;
                        }
                        send(preface, channel);
                        if (shaking != null) {
                            shaking.begin();
                        } else if (handler != null) {
                            opening.opened(channel, handler);
                        }
                    });
                }));
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
