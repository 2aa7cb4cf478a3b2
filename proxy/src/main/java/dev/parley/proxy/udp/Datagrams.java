package dev.parley.proxy.udp;

import dev.parley.proxy.loop.Transport;
import dev.parley.proxy.loop.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;

/** How datagram sockets of one loop are made: by system calls of our own where the loop is epoll's, else by NIO. */
interface Datagrams {
    /** The largest datagram that there is: a UDP length has 16 bits (RFC 768). A buffer of this size never cuts one short. */
    int MOST_BYTES = 65536;

    /** What the kernel may hold of what has not been read, where net.core.rmem_max allows: some 2700 small datagrams. */
    int RECEIVE_BUFFER_BYTES = 2 << 20;

    static Datagrams of(Worker worker) {
        return worker.transport() == Transport.EPOLL ? new NativeDatagrams(worker) : new NioDatagrams(worker);
    }

    /**
     * A socket for clients, which shares its port with those of other loops and is not read yet.
     *
     * @throws IOException where the address cannot be had
     */
    ClientSocket bind(InetSocketAddress wanted) throws IOException;

    /**
     * A socket whose only peer is an endpoint. It is read from now on.
     *
     * @throws IOException where there is no socket to be had, or no way to the endpoint
     */
    EndpointSocket connect(InetSocketAddress to, DatagramReader reader) throws IOException;
}
