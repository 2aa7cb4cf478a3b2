package dev.parley.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.UnixChannelOption;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;

/** How sockets are made: epoll where Linux and its native library are there, else NIO, which does the same slower. */
public enum Transport {
    EPOLL {
        @Override
        IoHandlerFactory ioHandlers() {
            return new SteadyEpoll.Factory();
        }

        @Override
        public Channel socket(boolean unix) {
            return unix ? new EpollDomainSocketChannel() : new EpollSocketChannel();
        }

        @Override
        public ServerChannel server(boolean unix) {
            return unix ? new EpollServerDomainSocketChannel() : new EpollServerSocketChannel();
        }

        @Override
        public SocketAddress nativeAddress(SocketAddress address) {
            return address instanceof UnixDomainSocketAddress unix
                    ? new DomainSocketAddress(unix.getPath().toString())
                    : address;
        }

        @Override
        ChannelOption<Boolean> reusePort() {
            return UnixChannelOption.SO_REUSEPORT;
        }
    },
    NIO {
        @Override
        IoHandlerFactory ioHandlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        public Channel socket(boolean unix) {
            return unix ? new NioDomainSocketChannel() : new NioSocketChannel();
        }

        @Override
        public ServerChannel server(boolean unix) {
            return unix ? new NioServerDomainSocketChannel() : new NioServerSocketChannel();
        }

        @Override
        public SocketAddress nativeAddress(SocketAddress address) {
            return address;
        }

        @Override
        ChannelOption<Boolean> reusePort() {
            return NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
        }
    };

    /** The fastest that works here. The system property {@code parley.transport=nio} forces the portable one. */
    public static Transport best() {
        boolean portable = "nio".equals(System.getProperty("parley.transport"));
        return !portable && Epoll.isAvailable() ? EPOLL : NIO;
    }

    abstract IoHandlerFactory ioHandlers();

    /** A new, unregistered client socket: Unix or TCP. */
    public abstract Channel socket(boolean unix);

    /** A new, unregistered listening socket: Unix or TCP. */
    public abstract ServerChannel server(boolean unix);

    /** The address in the type that this transport's channels take. */
    public abstract SocketAddress nativeAddress(SocketAddress address);

    abstract ChannelOption<Boolean> reusePort();

    /** Lets several sockets listen on one port, one for each loop; the kernel spreads connections over them. */
    public void allowSharing(ServerChannel channel) {
        channel.config().setOption(reusePort(), true);
    }

    /** Whether an address is a Unix socket's. */
    public static boolean isUnix(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress || address instanceof DomainSocketAddress;
    }
}
