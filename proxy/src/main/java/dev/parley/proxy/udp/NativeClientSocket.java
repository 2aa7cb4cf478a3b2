package dev.parley.proxy.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listener's socket, with what {@code recvmmsg} and {@code sendmmsg} read laid out once: headers that point to vectors of one
 * piece, to the datagrams' places and to their addresses (recvmmsg(2), recv(2); 64-bit).
 */
final class NativeClientSocket implements ClientSocket {
    /** {@code struct mmsghdr}: a {@code msghdr} of 56 bytes, then the datagram's length. */
    private static final int HEADER_BYTES = 64;

    private static final int NAME_AT = 0;
    private static final int NAME_BYTES_AT = 8;
    private static final int VECTOR_AT = 16;
    private static final int VECTORS_AT = 24;
    private static final int LENGTH_AT = 56;
    /** {@code struct iovec}: an address and a length. */
    private static final int VECTOR_BYTES = 16;

    private static final int VECTOR_LENGTH_AT = 8;
    /** A {@code sockaddr_in6} of 28 bytes, at an even distance. */
    private static final int NAME_STRIDE = 32;

    private final NativeDatagrams datagrams;
    private final Syscalls system;
    private final FileDescriptor descriptor;
    private final int fd;
    private final int family;
    private final InetSocketAddress address;
    private final Table received = new Table(Inbox.MOST);
    private final Table sent = new Table(Outbox.MOST);
    private boolean laidOut;
    private @Nullable IoRegistration registration;

    NativeClientSocket(
            NativeDatagrams datagrams,
            Syscalls system,
            FileDescriptor descriptor,
            int family,
            InetSocketAddress address) {
        this.datagrams = datagrams;
        this.system = system;
        this.descriptor = descriptor;
        this.fd = descriptor.intValue();
        this.family = family;
        this.address = address;
    }

    /** Headers, vectors and names of as many datagrams as one call takes. */
    private static final class Table {
        final MemorySegment headers;
        final MemorySegment vectors;
        final MemorySegment names;

        Table(int count) {
            Arena arena = Arena.ofAuto();
            headers = arena.allocate((long) count * HEADER_BYTES, 64);
            vectors = arena.allocate((long) count * VECTOR_BYTES, 64);
            names = arena.allocate((long) count * NAME_STRIDE, 64);
            for (int i = 0; i < count; i++) {
                long header = (long) i * HEADER_BYTES;
                headers.set(JAVA_LONG, header + NAME_AT, names.address() + (long) i * NAME_STRIDE);
                headers.set(JAVA_INT, header + NAME_BYTES_AT, SocketNames.MOST_BYTES);
                headers.set(JAVA_LONG, header + VECTOR_AT, vectors.address() + (long) i * VECTOR_BYTES);
                headers.set(JAVA_LONG, header + VECTORS_AT, 1);
            }
        }

        void vector(int i, long at, int length) {
            vectors.set(JAVA_LONG, (long) i * VECTOR_BYTES, at);
            vectors.set(JAVA_LONG, (long) i * VECTOR_BYTES + VECTOR_LENGTH_AT, length);
        }
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public void read(DatagramReader reader) throws IOException {
        registration = datagrams.register(descriptor, reader);
    }

    @Override
    public int receive(Inbox into) {
        if (!laidOut) {
            laidOut = true;
            for (int i = 0; i < Inbox.MOST; i++) {
                received.vector(i, into.memory.memoryAddress() + into.offset(i), Datagrams.MOST_BYTES);
            }
        }
        int count = system.recvmmsg(fd, received.headers.address(), Inbox.MOST);
        for (int i = 0; i < count; i++) {
            long header = (long) i * HEADER_BYTES;
            into.lengths[i] = received.headers.get(JAVA_INT, header + LENGTH_AT);
            SocketNames.read(received.names, (long) i * NAME_STRIDE, into, i);
            // The kernel wrote how long the name is; the next one may be longer.
            received.headers.set(JAVA_INT, header + NAME_BYTES_AT, SocketNames.MOST_BYTES);
        }
        return Math.max(count, 0);
    }

    @Override
    public int send(Outbox from, int first) {
        int count = from.count() - first;
        for (int i = 0; i < count; i++) {
            int nameBytes = SocketNames.write(sent.names, (long) i * NAME_STRIDE, family, from.session(first + i));
            sent.headers.set(JAVA_INT, (long) i * HEADER_BYTES + NAME_BYTES_AT, nameBytes);
            sent.vector(i, from.memory.memoryAddress() + from.offsets[first + i], from.lengths[first + i]);
        }
        int result = system.sendmmsg(fd, sent.headers.address(), count);
        return result > 0 ? result : result == 0 ? Code.AGAIN : NativeDatagrams.code(result);
    }

    @Override
    public void close() {
        if (registration != null) {
            registration.cancel();
        }
        NativeDatagrams.close(descriptor);
    }
}
