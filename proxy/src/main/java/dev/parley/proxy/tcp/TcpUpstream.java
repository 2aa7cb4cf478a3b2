package dev.parley.proxy.tcp;

import dev.parley.proxy.upstream.ConnectionPool;
import dev.parley.proxy.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/** The endpoint's side: hands everything to the relay. */
final class TcpUpstream extends ChannelInboundHandlerAdapter {
    private final Endpoint endpoint;
    private final ConnectionPool pool;

    @Nullable
    Relay relay;

    private boolean opened;

    TcpUpstream(Endpoint endpoint, ConnectionPool pool) {
        this.endpoint = endpoint;
        this.pool = pool;
    }

    ConnectionPool pool() {
        return pool;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        opened = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (relay == null) {
            throw new AssertionError("endpoint " + endpoint + " is read only once its relay is there");
        }
        relay.read(false, (ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (relay != null) {
            relay.readComplete(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (relay != null) {
            relay.writabilityChanged(false);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && relay != null) {
            relay.inputShutdown(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (relay != null) {
            relay.broke(false);
        }
        context.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (opened) {
            opened = false;
            pool.closed(context.channel());
        }
        if (relay != null) {
            relay.inactive(false);
        }
    }
}
