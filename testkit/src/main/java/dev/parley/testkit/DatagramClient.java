package dev.parley.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** A UDP client with a socket of its own. It is not connected, since the JDK sends no empty datagram on one that is. */
public final class DatagramClient implements Closeable {
    private final DatagramChannel channel;
    private final InetSocketAddress to;

    private DatagramClient(DatagramChannel channel, InetSocketAddress to) {
        this.channel = channel;
        this.to = to;
    }

    /** One that sends from the address that it sends to, as is usual on loopback. */
    public static DatagramClient connect(InetSocketAddress to) throws IOException {
        return connect(to.getAddress().getHostAddress(), to);
    }

    /** One that sends from an address of this machine. */
    public static DatagramClient connect(String from, InetSocketAddress to) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        return new DatagramClient(channel, to);
    }

    public DatagramClient send(byte[] bytes) throws IOException {
        channel.send(ByteBuffer.wrap(bytes), to);
        return this;
    }

    public DatagramClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * The next datagram.
     *
     * @throws SocketTimeoutException where none comes within the testkit's bound
     */
    public byte[] receive() throws IOException {
        return receive(Bounds.WAIT);
    }

    public byte[] receive(Duration within) throws IOException {
        byte[] bytes = new byte[1 << 17];
        channel.socket().setSoTimeout(Math.toIntExact(within.toMillis()));
        java.net.DatagramPacket packet = new java.net.DatagramPacket(bytes, bytes.length);
        channel.socket().receive(packet);
        return Arrays.copyOf(bytes, packet.getLength());
    }

    /** Sends, and answers what comes back. */
    public String ask(String text) throws IOException {
        return new String(send(text).receive(), StandardCharsets.ISO_8859_1);
    }

    /** Whether an answer comes within a time: for what may be lost on its way. */
    public boolean answers(String text, Duration within) throws IOException {
        try {
            send(text).receive(within);
            return true;
        } catch (SocketTimeoutException none) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
