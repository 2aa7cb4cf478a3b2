package dev.parley.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A UDP server that answers each datagram with its name and what it was sent. Without a name that is an echo. */
public final class DatagramServer implements Closeable {
    private final DatagramChannel channel;
    private final InetSocketAddress address;
    private final byte[] name;
    private final Set<SocketAddress> peers = ConcurrentHashMap.newKeySet();
    private final AtomicLong received = new AtomicLong();
    private volatile boolean silent;

    private DatagramServer(DatagramChannel channel, String name) throws IOException {
        this.channel = channel;
        this.address = (InetSocketAddress) channel.getLocalAddress();
        this.name = name.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** On a free port of 127.0.0.1. */
    public static DatagramServer start(String name) throws IOException {
        return start(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), name);
    }

    public static DatagramServer start(InetSocketAddress at, String name) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.bind(at);
        } catch (IOException taken) {
            channel.close();
            throw taken;
        }
        DatagramServer server = new DatagramServer(channel, name);
        Thread.ofVirtual().name("datagrams-" + name).start(server::answer);
        return server;
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Its address as a configuration has it. */
    public String endpoint() {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "\"[" + host + "]:" : "\"" + host + ":") + address.getPort() + "\"";
    }

    /** The sockets that have sent it anything. */
    public Set<SocketAddress> peers() {
        return peers;
    }

    /** Datagrams that came. */
    public long received() {
        return received.get();
    }

    /** Takes what comes and answers nothing, or answers again. */
    public void silent(boolean now) {
        silent = now;
    }

    /** Sends something of its own to a peer. */
    public void send(SocketAddress peer, byte[] bytes) throws IOException {
        channel.send(ByteBuffer.wrap(bytes), peer);
    }

    private void answer() {
        ByteBuffer datagram = ByteBuffer.allocateDirect(1 << 17);
        try {
            while (true) {
                datagram.clear().put(name);
                SocketAddress peer = channel.receive(datagram);
                peers.add(peer);
                received.incrementAndGet();
                if (!silent) {
                    channel.send(datagram.flip(), peer);
                }
            }
        } catch (IOException closed) {
            // The test is over, or has ended the server.
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
