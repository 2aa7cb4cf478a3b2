package dev.parley.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A socket that is read and written by whoever took it over from Netty, with no buffer, promise or event object between. Netty's
 * channel is still what it is closed by, and tells that it is closed.
 */
public final class RawSocket {
    /** Hears what epoll says of the socket, edge-triggered: each change once. Called on the loop. */
    public interface Events {
        /** @param events a mask of {@link #READABLE}, {@link #WRITABLE} and {@link #ENDED} */
        void ready(int events);
    }

    /** There may be something to read: bytes, an end or an error. EPOLLIN, EPOLLERR, EPOLLHUP. */
    public static final int READABLE = Native.EPOLLIN | Native.EPOLLERR | 0x010;

    /** There may be room to write. EPOLLOUT, EPOLLERR, EPOLLHUP. */
    public static final int WRITABLE = Native.EPOLLOUT | Native.EPOLLERR | 0x010;

    /** The other side sends no more: what is unread is to be read until its end is found. EPOLLRDHUP, EPOLLERR, EPOLLHUP. */
    public static final int ENDED = Native.EPOLLRDHUP | Native.EPOLLERR | 0x010;

    /** The connection broke: EPOLLERR. */
    public static final int FAILED = Native.EPOLLERR;

    private final Channel channel;
    private final Socket socket;

    RawSocket(Channel channel, Socket socket) {
        this.channel = channel;
        this.socket = socket;
    }

    /** Netty's side of it. */
    public Channel channel() {
        return channel;
    }

    /**
     * Reads what is there into {@code to[from..limit)} of the scratch that {@code address} begins.
     *
     * @return the bytes read, 0 where there is nothing, -1 at the end
     * @throws IOException where the connection broke
     */
    int read(long address, int from, int limit) throws IOException {
        return socket.recvAddress(address, from, limit);
    }

    /** Writes what there is room for: the bytes written, 0 where there is none. */
    int write(long address, int from, int limit) throws IOException {
        return socket.sendAddress(address, from, limit);
    }

    /** The same from a direct buffer, whose position stays. */
    public int write(ByteBuffer bytes) throws IOException {
        return socket.send(bytes, bytes.position(), bytes.limit());
    }
}
