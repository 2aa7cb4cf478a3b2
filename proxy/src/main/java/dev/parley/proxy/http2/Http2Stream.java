package dev.parley.proxy.http2;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.http1.Trailers;
import dev.parley.wire.http2.ErrorCode;
import dev.parley.wire.http2.HpackEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One stream: its two windows, what it still has to send, and how far each direction has come (RFC 9113 section 5.1).
 *
 * <p>What cannot be sent at once waits here. That is bounded by the side that it comes from, which is told not to go on while
 * something waits: it is at most what was on its way then, a stream's window or some reads of a socket.
 */
abstract class Http2Stream {
    /** What waits is copied up to this size, lest a few bytes keep the whole of a read in memory. */
    private static final int COPIED_BYTES = 16 * 1024;

    private static final byte[] CRLF = {'\r', '\n'};

    protected final Session session;
    private final int id;
    private int sendWindow;
    private int receiveWindow;
    private int creditDue;
    private int creditHeld;
    private boolean receiving = true;
    private boolean remoteEnded;
    private boolean localEnded;
    private boolean waits;
    private boolean endsWhenSent;
    private boolean over;
    private long sentBytes;
    private @Nullable ArrayDeque<ByteBuf> queue;
    private @Nullable Trailers queuedTrailers;

    Http2Stream(Session session, int id) {
        this.session = session;
        this.id = id;
        sendWindow = session.peerStreamWindow();
        // Until the peer has read our settings it goes by the default, which may be larger.
        receiveWindow = Math.max(session.streamWindow(), 65_535);
    }

    final int id() {
        return id;
    }

    // ---- what a stream means to its side ----

    /** The next {@code length} bytes of the body came; all are to be read. */
    abstract void data(ByteBuf in, int length, boolean endStream);

    /** All that waited has been sent: the other side may go on. */
    abstract void drained();

    /** The peer broke a rule that is about this stream alone. */
    abstract void failedByPeer(ErrorCode code, String why);

    /** The connection is gone, and with it this stream. */
    abstract void connectionLost(String why);

    // ---- receiving ----

    final boolean remoteEnded() {
        return remoteEnded;
    }

    /** The peer has ended its direction. */
    final void endRemote() {
        remoteEnded = true;
    }

    /** So many bytes of flow-controlled data came: whether the window allowed them. */
    final boolean received(int bytes) {
        receiveWindow -= bytes;
        return receiveWindow >= 0;
    }

    /** So many bytes went on their way, and the peer may send as many more; later, where this stream is held up. */
    final void consumed(int bytes) {
        if (session.manyOwners()) {
            session.credit(bytes);
        }
        if (!receiving) {
            creditHeld += bytes;
            return;
        }
        release(bytes);
    }

    private void release(int bytes) {
        if (!session.manyOwners()) {
            session.credit(bytes);
        }
        creditDue += bytes;
        if (!remoteEnded && !over && creditDue >= session.streamWindow() / 2) {
            session.output().windowUpdate(id, creditDue);
            receiveWindow += creditDue;
            creditDue = 0;
        }
    }

    /** Stops or resumes crediting the peer for what it sends. */
    final void receiving(boolean on) {
        receiving = on;
        if (on && creditHeld > 0) {
            int held = creditHeld;
            creditHeld = 0;
            release(held);
        }
    }

    final boolean receiving() {
        return receiving;
    }

    // ---- sending ----

    final boolean localEnded() {
        return localEnded;
    }

    /** Whether nothing waits to be sent, and the socket takes more. */
    final boolean sendsFreely() {
        return !hasQueued() && session.output().isWritable();
    }

    final boolean hasQueued() {
        return queue != null && !queue.isEmpty();
    }

    /** Bytes of data that have left so far. */
    final long sentBytes() {
        return sentBytes;
    }

    /** Sends the block that was just encoded as this stream's head. */
    final void sendHead(boolean endStream) {
        session.output().headers(id, session.block(), endStream);
        session.useful();
        if (endStream) {
            endLocal();
        }
    }

    /** Sends the next {@code length} bytes of {@code from}, as much as the windows allow; the rest waits. */
    final void send(ByteBuf from, int length, boolean endStream) {
        if (localEnded || over || endsWhenSent) {
            from.skipBytes(length);
            return;
        }
        int left = length;
        while (!hasQueued() && left > 0) {
            int fits = fits(left);
            if (fits <= 0) {
                break;
            }
            left -= fits;
            sendData(from, fits, endStream && left == 0);
        }
        if (left > 0) {
            endsWhenSent = endStream;
            enqueue(from, left);
        } else if (endStream && hasQueued()) {
            endsWhenSent = true;
        } else if (endStream && !localEnded) {
            sendData(Unpooled.EMPTY_BUFFER, 0, true);
        }
    }

    /** Sends trailers behind all that waits, and ends this direction. The fields are read here. */
    final void sendTrailers(FieldBlock fields) {
        if (localEnded || over || endsWhenSent) {
            return;
        }
        if (hasQueued()) {
            endsWhenSent = true;
            queuedTrailers = kept(fields);
            return;
        }
        HpackEncoder encoder = session.encode();
        for (int i = 0; i < fields.count(); i++) {
            encoder.field(fields, i);
        }
        sendHead(true);
    }

    /** Copies fields that must outlive the block that they are in. */
    static Trailers kept(FieldBlock fields) {
        Trailers copy = new Trailers();
        for (int i = 0; i < fields.count(); i++) {
            copy.add(ByteBuffer.wrap(fields.bytes()), fields.lineFrom(i), fields.lineTo(i));
        }
        copy.add(ByteBuffer.wrap(CRLF), 0, CRLF.length);
        return copy;
    }

    private int fits(int wanted) {
        int most = Math.min(session.output().mostDataBytes(), Math.min(sendWindow, session.sendable()));
        return Math.min(wanted, most);
    }

    private void sendData(ByteBuf from, int length, boolean endStream) {
        sendWindow -= length;
        sentBytes += length;
        session.sent(length);
        session.output().data(id, from, length, endStream);
        if (endStream) {
            endLocal();
        }
    }

    private void enqueue(ByteBuf from, int length) {
        if (queue == null) {
            queue = new ArrayDeque<>(4);
        }
        ByteBuf last = queue.peekLast();
        if (last != null && last.writableBytes() >= length && last.refCnt() == 1 && length <= COPIED_BYTES) {
            last.writeBytes(from, length);
        } else if (length <= COPIED_BYTES) {
            ByteBuf copy = session.channel.alloc().directBuffer(Math.max(1024, length), 2 * COPIED_BYTES);
            queue.addLast(copy.writeBytes(from, length));
        } else {
            queue.addLast(from.readRetainedSlice(length));
        }
        waitForTurn();
        blocked();
    }

    /** Something has to wait. */
    void blocked() {}

    private void waitForTurn() {
        if (!waits && sendWindow > 0 && hasQueued()) {
            waits = true;
            session.waits(this);
        }
    }

    /** This stream's turn to send one frame of what waits. */
    final void turn() {
        waits = false;
        ArrayDeque<ByteBuf> all = queue;
        if (over || all == null || all.isEmpty()) {
            return;
        }
        ByteBuf first = all.getFirst();
        int fits = fits(first.readableBytes());
        if (fits > 0) {
            boolean whole = fits == first.readableBytes();
            if (whole) {
                // Before it is sent: its end may be that of the stream, which drops what waits.
                all.removeFirst();
            }
            sendData(first, fits, all.isEmpty() && endsWhenSent && queuedTrailers == null);
            if (whole) {
                first.release();
            }
        }
        if (over) {
            return;
        }
        if (!all.isEmpty()) {
            waitForTurn();
            return;
        }
        if (queuedTrailers != null) {
            endsWhenSent = false;
            FieldBlock fields = queuedTrailers.fields();
            queuedTrailers = null;
            sendTrailers(fields);
        }
        drained();
    }

    /** The peer allows more, or less: false where the window would leave its range (RFC 9113 section 6.9.1). */
    final boolean widen(int change) {
        long wider = (long) sendWindow + change;
        if (wider > Integer.MAX_VALUE) {
            return false;
        }
        sendWindow = (int) wider;
        waitForTurn();
        return true;
    }

    private void endLocal() {
        localEnded = true;
        localEndSent();
    }

    /** Our direction has ended on the wire. */
    abstract void localEndSent();

    // ---- the end ----

    final boolean over() {
        return over;
    }

    /** Ends the stream with a reset of ours. */
    final void reset(ErrorCode code) {
        if (!over) {
            session.output().reset(id, code);
            finish(true);
        }
    }

    /** Ends the stream: both directions have ended, or one side has reset it. */
    final void finish(boolean resetByUs) {
        if (over) {
            return;
        }
        over = true;
        if (waits) {
            session.waitsNot(this);
        }
        if (queue != null) {
            queue.forEach(ByteBuf::release);
            queue.clear();
        }
        if (creditHeld > 0) {
            // What it held of the connection's window is the others' again.
            if (!session.manyOwners()) {
                session.credit(creditHeld);
            }
            creditHeld = 0;
        }
        session.forget(this, resetByUs);
    }
}
