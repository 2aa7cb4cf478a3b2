package dev.parley.proxy.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.parley.proxy.loop.Worker;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * Datagram sockets by system calls, watched by Netty's epoll loop. Many datagrams are read and sent by one call on a listener's
 * socket; on a session's socket, which has one datagram at a time, plain calls are cheaper.
 */
final class NativeDatagrams implements Datagrams {
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_REUSEPORT = 15;
    private static final int EMFILE = 24;
    private static final int ENFILE = 23;

    private final Worker worker;
    /** Of the configuration's thread until the sockets are read, and of the loop from then on. */
    private final Syscalls system = new Syscalls();

    /** An address, an int, and no more: for calls that are made once a socket. */
    private final MemorySegment scratch = Arena.ofAuto().allocate(SocketNames.MOST_BYTES + Integer.BYTES, 8);

    NativeDatagrams(Worker worker) {
        this.worker = worker;
    }

    @Override
    public ClientSocket bind(InetSocketAddress wanted) throws IOException {
        int family = SocketNames.family(wanted.getAddress());
        int fd = socket(family);
        try {
            option(fd, SO_REUSEPORT, 1);
            option(fd, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            int nameBytes = SocketNames.write(scratch, 0, wanted);
            require(system.bind(fd, scratch.address(), nameBytes));
            scratch.set(JAVA_INT, SocketNames.MOST_BYTES, SocketNames.MOST_BYTES);
            require(system.getsockname(fd, scratch.address(), scratch.address() + SocketNames.MOST_BYTES));
            return new NativeClientSocket(this, system, new FileDescriptor(fd), family, SocketNames.read(scratch, 0));
        } catch (IOException failed) {
            new FileDescriptor(fd).close();
            throw failed;
        }
    }

    @Override
    public EndpointSocket connect(InetSocketAddress to, DatagramReader reader) throws IOException {
        FileDescriptor descriptor = new FileDescriptor(socket(SocketNames.family(to.getAddress())));
        try {
            int nameBytes = SocketNames.write(scratch, 0, to);
            require(system.connect(descriptor.intValue(), scratch.address(), nameBytes));
            return new Connected(system, descriptor, register(descriptor, reader));
        } catch (IOException failed) {
            descriptor.close();
            throw failed;
        }
    }

    private int socket(int family) throws IOException {
        int fd = system.socket(family);
        if (fd == -EMFILE || fd == -ENFILE) {
            throw new NoSocketsLeft("too many open files");
        }
        return require(fd);
    }

    private void option(int fd, int option, int value) throws IOException {
        scratch.set(JAVA_INT, 0, value);
        require(system.setsockopt(fd, SOL_SOCKET, option, scratch.address()));
    }

    private static int require(int result) throws IOException {
        if (result >= 0) {
            return result;
        }
        throw switch (-result) {
            case 1, 13 -> new IOException("permission denied");
            case 11 -> new NoSocketsLeft("no local port is left");
            case 98 -> new IOException("address already in use");
            case 99 -> new IOException("cannot assign requested address");
            case Syscalls.ENETUNREACH -> new IOException("network is unreachable");
            case Syscalls.EHOSTUNREACH -> new IOException("no route to host");
            default -> new IOException("error " + -result + " of the system (errno(3))");
        };
    }

    /** What a failed call says. */
    static int code(int result) {
        return switch (-result) {
            case Syscalls.EAGAIN, Syscalls.ENOBUFS, Syscalls.EINTR -> Code.AGAIN;
            case Syscalls.EMSGSIZE -> Code.TOO_LARGE;
            case Syscalls.ECONNREFUSED -> Code.REFUSED;
            case Syscalls.EHOSTUNREACH, Syscalls.ENETUNREACH -> Code.UNREACHABLE;
            default -> Code.FAILED;
        };
    }

    /** Has a socket watched. On the loop. */
    IoRegistration register(FileDescriptor descriptor, DatagramReader reader) throws IOException {
        Future<IoRegistration> registered = ((IoEventLoop) worker.loop()).register(new Handle(descriptor, reader));
        if (!registered.isSuccess()) {
            throw new IOException("the loop takes no more sockets", registered.cause());
        }
        registered.getNow().submit(EpollIoOps.EPOLLIN);
        return registered.getNow();
    }

    static void close(FileDescriptor descriptor) {
        try {
            descriptor.close();
        } catch (IOException gone) {
            // The socket is gone either way.
            return;
        }
    }

    private record Handle(FileDescriptor fd, DatagramReader reader) implements EpollIoHandle {
        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            // An error is read like a datagram.
            reader.readable();
        }

        /** The loop ends. */
        @Override
        public void close() {
            NativeDatagrams.close(fd);
        }
    }

    private static final class Connected implements EndpointSocket {
        private final Syscalls system;
        private final FileDescriptor descriptor;
        private final int fd;
        private final IoRegistration registration;

        Connected(Syscalls system, FileDescriptor descriptor, IoRegistration registration) {
            this.system = system;
            this.descriptor = descriptor;
            this.fd = descriptor.intValue();
            this.registration = registration;
        }

        @Override
        public int send(Inbox from, int i) {
            int sent = system.send(fd, from.memory.memoryAddress() + from.offset(i), from.lengths[i]);
            return sent >= 0 ? sent : code(sent);
        }

        @Override
        public int receive(Outbox into) {
            int length = system.recv(fd, into.memory.memoryAddress() + into.end(), MOST_BYTES);
            return length >= 0 ? length : code(length);
        }

        @Override
        public void close() {
            registration.cancel();
            NativeDatagrams.close(descriptor);
        }
    }
}
