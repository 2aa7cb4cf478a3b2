package dev.parley.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one event loop that are read and written past Netty. What the sockets of one turn have to say is read into one
 * scratch buffer, and sent from there when the turn ends or the scratch is full, for the reason that {@link FlushQueue} gives.
 * So no socket owns a buffer, and the bytes are still in the cache when they are sent.
 */
public final class RawSockets {
    /** Takes bytes out of the scratch when the turn ends, or before. */
    public interface Sink {
        /** Sends {@code scratch[from..to)}; what does not go out has to be copied, for the scratch is used again. */
        void send(ByteBuffer scratch, int from, int to);
    }

    /**
     * What one read may bring, and what all of a turn may before they are sent. A bulk flow costs a third less in sends of a
     * megabyte than in those of a quarter (measured on loopback, Linux 6.18).
     */
    public static final int SCRATCH_BYTES = 1024 * 1024;

    /** A read has at least so much room, or what waits is sent first: a bulk flow is read in large pieces. */
    private static final int LEAST_ROOM_BYTES = 256 * 1024;
    /** How many sends may wait for each other. */
    private static final int MOST_WAITING = 256;

    private final SteadyEpoll epoll;
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final long address = Buffer.memoryAddress(scratch);
    private final @Nullable Sink[] sinks = new Sink[MOST_WAITING];
    private final int[] ends = new int[MOST_WAITING];
    private int waiting;
    /** Where the next read goes; what is before it waits to be sent. */
    private int position;

    private boolean flushing;

    RawSockets(SteadyEpoll epoll) {
        this.epoll = epoll;
        epoll.atTurnEnd(this::flush);
    }

    /** Whether a socket can be taken over: it is an open one of epoll, Netty has nothing more to send, and no TLS is on it. */
    @SuppressWarnings("ReferenceEquality") // One handler is both the first and the last.
    public static boolean takes(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        boolean bare = channel.pipeline().firstContext() == channel.pipeline().lastContext();
        return bare && channel.isActive() && descriptor(channel) instanceof Socket && queue != null && queue.isEmpty();
    }

    /** Takes a socket over from Netty for good. The caller asked {@link #takes}, on the loop that the socket is of. */
    public RawSocket take(Channel channel, RawSocket.Events events) {
        if (descriptor(channel) instanceof Socket socket && epoll.divert(socket.intValue(), events)) {
            return new RawSocket(channel, socket);
        }
        throw new IllegalStateException("not a socket of this loop: " + channel);
    }

    private static @Nullable FileDescriptor descriptor(Channel channel) {
        return switch (channel) {
            case EpollSocketChannel inet -> inet.fd();
            case EpollDomainSocketChannel unix -> unix.fd();
            default -> null;
        };
    }

    /**
     * Reads what is there into the scratch, at most {@link #room()}, which the caller asked before. The bytes are at
     * {@link #readAt} until the next call, unless {@link #send} has them wait.
     *
     * @return how many, 0 where there is nothing, -1 at the end
     * @throws IOException where the connection broke
     */
    public int read(RawSocket from, int most) throws IOException {
        return from.read(address, position, position + most);
    }

    /** Makes room for a read, and says how much. */
    public int room() {
        if (SCRATCH_BYTES - position < LEAST_ROOM_BYTES || waiting == MOST_WAITING) {
            flush();
        }
        return SCRATCH_BYTES - position;
    }

    /** The scratch, for who has to look into what was read; its position and limit are not to be changed. */
    public ByteBuffer scratch() {
        return scratch;
    }

    /** Where the bytes of the last read begin. */
    public int readAt() {
        return position;
    }

    /**
     * Has the first bytes of the last read sent before the turn ends.
     *
     * @return whether {@link Sink#send} will be called once more for them, else they go with those of the send before
     */
    @SuppressWarnings("ReferenceEquality") // The same sink, not an equal one.
    public boolean send(Sink to, int length) {
        position += length;
        boolean more = waiting == 0 || sinks[waiting - 1] != to;
        if (more) {
            sinks[waiting++] = to;
        }
        ends[waiting - 1] = position;
        return more;
    }

    /** Sends what waits. Called within a send it does nothing: that one goes on. */
    public void flush() {
        if (waiting == 0 || flushing) {
            return;
        }
        flushing = true;
        try {
            int from = 0;
            for (int i = 0; i < waiting; i++) {
                Sink to = sinks[i];
                sinks[i] = null;
                if (to != null) {
                    to.send(scratch, from, ends[i]);
                }
                from = ends[i];
            }
        } finally {
            waiting = 0;
            position = 0;
            flushing = false;
        }
    }

    /** Writes scratch bytes to a socket: how many went out. */
    public int write(RawSocket to, int from, int end) throws IOException {
        return to.write(address, from, end);
    }
}
