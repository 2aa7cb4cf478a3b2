package dev.parley.proxy.tcp;

import dev.parley.proxy.loop.RawSocket;
import dev.parley.proxy.loop.RawSockets;
import dev.parley.proxy.loop.Timer;
import dev.parley.proxy.loop.Worker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A relay whose two sides are bare sockets: one read and one write a message, from the loop's scratch, and nothing between.
 *
 * <p>What a side does not take is copied aside, and the other side is not read until it is gone: at most
 * {@link #LEAST_ALLOWANCE_BYTES} a direction, and {@link RawSockets#SCRATCH_BYTES} when a fast flow comes to a halt. A connection that is idle holds no buffer. A reset is passed on at once, after what was read before
 * it was offered to the other side's kernel; what that had not delivered by then is lost, as with any reset (RFC 9293 section 3.5.3).
 */
final class RawRelay {
    /** A direction begins with reads of so much; they double while the other side takes all, and halve where it does not. */
    private static final int LEAST_ALLOWANCE_BYTES = 64 * 1024;
    /** Reads of one side in one turn, so that a busy socket does not starve its neighbours on the loop. */
    private static final int READS_A_TURN = 4;
    /** How long a side may take no byte once both have ended. */
    private static final long LAST_WRITES_NS = TimeUnit.SECONDS.toNanos(Relay.LAST_WRITES_SECONDS);

    private final Relay relay;
    private final Worker worker;
    private final RawSockets sockets;
    private final Side client;
    private final Side endpoint;
    private final LastWrites lastWrites = new LastWrites();
    private boolean leaving;
    private boolean over;

    RawRelay(Relay relay, Worker worker, RawSockets sockets, Channel client, Channel endpoint) {
        this.relay = relay;
        this.worker = worker;
        this.sockets = sockets;
        this.client = new Side(true, client);
        this.endpoint = new Side(false, endpoint);
        this.client.other = this.endpoint;
        this.endpoint.other = this.client;
    }

    /** Takes bytes that Netty had read before. */
    void read(boolean fromClient, ByteBuf bytes) {
        (fromClient ? endpoint : client).add(bytes);
    }

    /** Sends what {@link #read} took. */
    void readComplete(boolean fromClient) {
        (fromClient ? endpoint : client).drain();
        sockets.flush();
    }

    /** Offers what waits to the kernel. */
    void flush() {
        sockets.flush();
    }

    /** Sends bytes of Parley's own behind those that one side sent. */
    void put(boolean behindClient, byte[] bytes) {
        (behindClient ? endpoint : client).put(bytes);
    }

    /** Netty had seen the end of a side. */
    void inputShutdown(boolean byClient) {
        (byClient ? client : endpoint).finish();
    }

    /** The endpoint hears that the client has ended; what the client still sends is read and dropped, by the relay. */
    void leave() {
        leaving = true;
        endpoint.endOutputOnceSent();
        client.read();
        sockets.flush();
    }

    /** Nothing is sent or read any more. */
    void over() {
        over = true;
        worker.timers().remove(lastWrites);
        client.release();
        endpoint.release();
    }

    private void broke(Side side) {
        if (!over) {
            relay.broke(side.ofClient);
        }
    }

    private long waitingBytes() {
        return client.waitingBytes() + endpoint.waitingBytes();
    }

    /** Both sides have ended, and one does not take the rest: it is waited for as long as it reads at all. */
    private final class LastWrites extends Timer {
        private long before;

        void begin() {
            before = waitingBytes();
            worker.timers().set(this, worker.beginEvent() + LAST_WRITES_NS);
        }

        @Override
        protected void expired(long nowNs) {
            if (over) {
                return;
            }
            if (waitingBytes() == before) {
                broke(client.pending == null ? endpoint : client);
            } else {
                begin();
            }
        }
    }

    /** One of the two sockets. */
    private final class Side implements RawSocket.Events, RawSockets.Sink {
        private final boolean ofClient;
        private final RawSocket socket;
        private final Runnable readOn = this::readOn;
        private @Nullable Side other;
        /** What this socket did not take yet. */
        private @Nullable ByteBuf pending;
        /** Sends to this socket that wait in the scratch, and their bytes. */
        private int queued;

        private int queuedBytes;
        /** What may be read of this socket before it is sent: what the other side does not take has to be kept. */
        private int allowance = LEAST_ALLOWANCE_BYTES;

        private boolean readable;
        /** A turn of its own is coming, and one is enough: or a busy socket would have more of them with each event. */
        private boolean readOnDue;

        private boolean ending;
        private boolean finished;
        private boolean outputEnded;

        Side(boolean ofClient, Channel channel) {
            this.ofClient = ofClient;
            this.socket = sockets.take(channel, this);
        }

        private Side other() {
            if (other == null) {
                throw new AssertionError("a relay has two sides");
            }
            return other;
        }

        @Override
        public void ready(int events) {
            if (pending != null && (events & RawSocket.WRITABLE) != 0) {
                drain();
            }
            if (finished && (events & RawSocket.FAILED) != 0) {
                broke(this);
                return;
            }
            ending |= (events & RawSocket.ENDED) != 0;
            if ((events & (RawSocket.READABLE | RawSocket.ENDED)) != 0) {
                readable = true;
                read();
            }
        }

        /** In a turn of its own, at whose end nobody sends what was read. */
        private void readOn() {
            readOnDue = false;
            read();
            sockets.flush();
        }

        private void read() {
            Side to = other();
            for (int reads = 0; reads < READS_A_TURN; reads++) {
                if (over || finished || !readable || (to.pending != null && !(leaving && ofClient))) {
                    return;
                }
                int room = Math.min(sockets.room(), allowance - to.queuedBytes);
                if (over) {
                    // Making room sent what waited, to this socket too, which may have broken.
                    return;
                }
                if (room <= 0) {
                    // What waits to be sent goes first, at the end of this turn.
                    break;
                }
                int length;
                try {
                    length = sockets.read(socket, room);
                } catch (IOException reset) {
                    // What came before it is offered first, as it would have been without anything between.
                    sockets.flush();
                    broke(this);
                    return;
                }
                if (length < 0) {
                    finish();
                    return;
                }
                if (length > 0) {
                    int passing = relay.carried(ofClient, sockets.scratch(), sockets.readAt(), length);
                    to.enqueue(passing);
                    relay.closeFrames(ofClient);
                }
                // Less than there was room for is all there is, unless the end follows, of which epoll has told once
                // already.
                readable = length == room || (length > 0 && ending);
            }
            if (readable && !readOnDue) {
                readOnDue = true;
                worker.loop().execute(readOn);
            }
        }

        private void put(byte[] bytes) {
            if (!over && !outputEnded) {
                sockets.room();
                sockets.scratch().put(sockets.readAt(), bytes);
                enqueue(bytes.length);
                sockets.flush();
            }
        }

        private void enqueue(int length) {
            queuedBytes += length;
            if (length > 0 && sockets.send(this, length)) {
                queued++;
            }
        }

        @Override
        public void send(ByteBuffer scratch, int from, int to) {
            queued--;
            queuedBytes -= to - from;
            if (over) {
                return;
            }
            int at = from;
            if (pending == null) {
                try {
                    at += sockets.write(socket, from, to);
                } catch (IOException gone) {
                    broke(this);
                    return;
                }
            }
            if (at < to) {
                other().allowance = Math.max(LEAST_ALLOWANCE_BYTES, other().allowance / 2);
                try {
                    keep(scratch, at, to);
                } catch (OutOfMemoryError noRoom) {
                    // This relay loses bytes, and no other is to.
                    broke(this);
                }
            } else {
                other().allowance = Math.min(RawSockets.SCRATCH_BYTES, other().allowance * 2);
                sent();
            }
        }

        private void keep(ByteBuffer scratch, int from, int to) {
            ByteBuf kept = pending;
            if (kept == null) {
                kept = socket.channel().alloc().directBuffer(to - from);
                pending = kept;
            }
            kept.writeBytes(scratch.duplicate().limit(to).position(from));
        }

        private void add(ByteBuf bytes) {
            if (!over) {
                ByteBuf kept = pending;
                if (kept == null) {
                    kept = socket.channel().alloc().directBuffer(bytes.readableBytes());
                    pending = kept;
                }
                kept.writeBytes(bytes);
            }
            bytes.release();
        }

        private void drain() {
            ByteBuf rest = pending;
            if (over || rest == null) {
                return;
            }
            try {
                rest.skipBytes(socket.write(rest.internalNioBuffer(rest.readerIndex(), rest.readableBytes())));
            } catch (IOException gone) {
                broke(this);
                return;
            }
            if (!rest.isReadable()) {
                release();
                sent();
                other().read();
            }
        }

        /** All that there was is with the kernel. */
        private void sent() {
            if (queued == 0 && (other().finished || (leaving && !ofClient))) {
                endOutput();
            }
        }

        private void endOutputOnceSent() {
            if (pending == null && queued == 0) {
                endOutput();
            }
        }

        /** This side will send no more. */
        private void finish() {
            if (finished || over) {
                return;
            }
            finished = true;
            readable = false;
            relay.finished(ofClient);
            Side to = other();
            if (to.pending == null && to.queued == 0) {
                to.endOutput();
            } else if (to.finished) {
                lastWrites.begin();
            }
            endWhenLeft();
        }

        /** Who leaves waits for the client's end too: a socket that is closed before answers what comes with a reset. */
        private void endWhenLeft() {
            if (leaving && !over && client.finished && client.outputEnded) {
                relay.ended();
            }
        }

        private void endOutput() {
            if (outputEnded) {
                return;
            }
            outputEnded = true;
            if (other().outputEnded && !leaving) {
                relay.ended();
            } else {
                ((DuplexChannel) socket.channel()).shutdownOutput();
                endWhenLeft();
            }
        }

        private long waitingBytes() {
            return pending == null ? 0 : pending.readableBytes();
        }

        private void release() {
            if (pending != null) {
                pending.release();
                pending = null;
            }
        }
    }
}
