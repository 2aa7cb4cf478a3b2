package dev.parley.proxy.udp;

import dev.parley.proxy.loop.Worker;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/** Datagram sockets of NIO: one call a datagram, and an address object for each that a client sent. */
final class NioDatagrams implements Datagrams {
    private final Worker worker;

    NioDatagrams(Worker worker) {
        this.worker = worker;
    }

    private static DatagramChannel open(InetSocketAddress address) throws IOException {
        boolean ipv6 = address.getAddress() instanceof Inet6Address;
        try {
            DatagramChannel channel =
                    DatagramChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
            channel.configureBlocking(false);
            return channel;
        } catch (IOException none) {
            throw new NoSocketsLeft(String.valueOf(none.getMessage()));
        }
    }

    @Override
    public ClientSocket bind(InetSocketAddress wanted) throws IOException {
        DatagramChannel channel = open(wanted);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            channel.bind(wanted);
            return new Client(channel, (InetSocketAddress) channel.getLocalAddress());
        } catch (IOException taken) {
            channel.close();
            throw taken;
        }
    }

    @Override
    public EndpointSocket connect(InetSocketAddress to, DatagramReader reader) throws IOException {
        DatagramChannel channel = open(to);
        try {
            channel.connect(to);
            return new Connected(channel, to, register(channel, reader));
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
    }

    private IoRegistration register(DatagramChannel channel, DatagramReader reader) throws IOException {
        Future<IoRegistration> registered = ((IoEventLoop) worker.loop()).register(new Handle(channel, reader));
        if (!registered.isSuccess()) {
            throw new IOException("the loop takes no more sockets", registered.cause());
        }
        registered.getNow().submit(NioIoOps.READ);
        return registered.getNow();
    }

    private static final class Handle extends NioSelectableChannelIoHandle<DatagramChannel> {
        private final DatagramReader reader;

        Handle(DatagramChannel channel, DatagramReader reader) {
            super(channel);
            this.reader = reader;
        }

        @Override
        protected void handle(DatagramChannel channel, SelectionKey key) {
            reader.readable();
        }
    }

    private static int code(IOException failed) {
        if (failed instanceof PortUnreachableException) {
            return Code.REFUSED;
        }
        String message = String.valueOf(failed.getMessage());
        return message.contains("too long")
                ? Code.TOO_LARGE
                : message.contains("unreachable") || message.contains("No route") ? Code.UNREACHABLE : Code.FAILED;
    }

    private static void close(DatagramChannel channel, @Nullable IoRegistration registration) {
        if (registration != null) {
            registration.cancel();
        }
        try {
            channel.close();
        } catch (IOException gone) {
            // The socket is gone either way.
            return;
        }
    }

    private final class Client implements ClientSocket {
        private final DatagramChannel channel;
        private final InetSocketAddress address;
        private @Nullable IoRegistration registration;

        Client(DatagramChannel channel, InetSocketAddress address) {
            this.channel = channel;
            this.address = address;
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public void read(DatagramReader reader) throws IOException {
            registration = register(channel, reader);
        }

        @Override
        public int receive(Inbox into) {
            int count = 0;
            try {
                while (count < Inbox.MOST) {
                    ByteBuffer room = into.memory.internalNioBuffer(into.offset(count), MOST_BYTES);
                    int from = room.position();
                    SocketAddress sender = channel.receive(room);
                    if (!(sender instanceof InetSocketAddress inet)) {
                        break;
                    }
                    into.lengths[count] = room.position() - from;
                    name(into, count, inet);
                    count++;
                }
            } catch (IOException failed) {
                return count;
            }
            return count;
        }

        private static void name(Inbox into, int i, InetSocketAddress sender) {
            InetAddress ip = sender.getAddress();
            ByteBuffer bytes = ByteBuffer.wrap(ip.getAddress());
            if (bytes.capacity() == 4) {
                into.fromIpv4(i, bytes.getInt(0), sender.getPort());
            } else {
                int zone = ip instanceof Inet6Address ipv6 ? ipv6.getScopeId() : 0;
                into.fromIpv6(i, bytes.getLong(0), bytes.getLong(8), sender.getPort(), zone);
            }
        }

        @Override
        public int send(Outbox from, int first) {
            ByteBuffer datagram = from.memory.internalNioBuffer(from.offsets[first], from.lengths[first]);
            boolean empty = !datagram.hasRemaining();
            try {
                // An empty datagram that went and one that did not both count 0: it is taken to have gone.
                return channel.send(datagram, from.session(first).client()) > 0 || empty ? 1 : Code.AGAIN;
            } catch (IOException failed) {
                return code(failed);
            }
        }

        @Override
        public void close() {
            NioDatagrams.close(channel, registration);
        }
    }

    private static final class Connected implements EndpointSocket {
        private final DatagramChannel channel;
        private final InetSocketAddress to;
        private final IoRegistration registration;

        Connected(DatagramChannel channel, InetSocketAddress to, IoRegistration registration) {
            this.channel = channel;
            this.to = to;
            this.registration = registration;
        }

        @Override
        public int send(Inbox from, int i) {
            ByteBuffer datagram = from.memory.internalNioBuffer(from.offset(i), from.lengths[i]);
            boolean empty = !datagram.hasRemaining();
            try {
                if (empty && channel.isConnected()) {
                    // The JDK sends no empty datagram on a channel that is connected, and connecting again would throw
                    // away what has arrived: it stays so, and refusals are not heard of any more.
                    channel.disconnect();
                }
                int sent = channel.isConnected() ? channel.write(datagram) : channel.send(datagram, to);
                return sent > 0 || empty ? sent : Code.AGAIN;
            } catch (IOException failed) {
                return code(failed);
            }
        }

        @Override
        public int receive(Outbox into) {
            ByteBuffer room = into.memory.internalNioBuffer(into.end(), MOST_BYTES);
            int from = room.position();
            try {
                // receive, unlike read, tells an empty datagram from none.
                SocketAddress sender = channel.receive(room);
                return to.equals(sender) ? room.position() - from : Code.AGAIN;
            } catch (IOException failed) {
                return code(failed);
            }
        }

        @Override
        public void close() {
            NioDatagrams.close(channel, registration);
        }
    }
}
