package dev.parley.proxy.exchange;

import dev.parley.proxy.upstream.ConnectionPool;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * An exchange as one of the things that last at an endpoint: a WebSocket that stays in it, or a call of gRPC whose answer streams.
 *
 * <p>A call is ended between two messages of its answer (grpc/grpc, doc/PROTOCOL-HTTP2.md: a byte of flags, four of length, the
 * message), else its client would take the rest of one for lost. Messages are followed from the first on.
 */
final class Stay implements ConnectionPool.Lasting {
    private static final int PREFIX_BYTES = 5;

    private final Exchange exchange;
    private @Nullable ConnectionPool pool;
    private long sinceNs;
    private boolean call;
    private boolean leaving;
    /** Of the prefix that is being read: its bytes so far, and the length that they say. */
    private int prefixBytes;

    private int length;
    /** Bytes of the message that are still to come. */
    private long messageBytes;

    Stay(Exchange exchange) {
        this.exchange = exchange;
    }

    /** It stays at the endpoint of {@code at} from now on. {@code ofCall} says that messages of gRPC go by. */
    void begin(ConnectionPool at, boolean ofCall, long nowNs) {
        pool = at;
        call = ofCall;
        sinceNs = nowNs;
        leaving = false;
        prefixBytes = 0;
        messageBytes = 0;
        at.began(this);
    }

    /** It is over, where it has begun at all. */
    void end() {
        if (pool != null) {
            pool.ended(this);
            pool = null;
        }
    }

    /** The next {@code count} bytes of the answer, which stay unread. */
    void passes(ByteBuf from, int count) {
        if (pool == null || !call) {
            return;
        }
        int at = from.readerIndex();
        int to = at + count;
        while (at < to) {
            if (messageBytes > 0) {
                int skipped = (int) Math.min(messageBytes, to - at);
                messageBytes -= skipped;
                at += skipped;
            } else {
                length = prefixBytes == 0 ? 0 : (length << 8) | (from.getByte(at) & 0xFF);
                at++;
                prefixBytes++;
                if (prefixBytes == PREFIX_BYTES) {
                    prefixBytes = 0;
                    messageBytes = length & 0xFFFFFFFFL;
                }
            }
        }
    }

    /** Whether it is a call that is to leave, and can do so now. */
    boolean leaves() {
        return pool != null && call && leaving && prefixBytes == 0 && messageBytes == 0;
    }

    @Override
    public long sinceNs() {
        return sinceNs;
    }

    @Override
    public boolean rests(long nowNs) {
        return !call || (prefixBytes == 0 && messageBytes == 0);
    }

    @Override
    public boolean invites() {
        return true;
    }

    @Override
    public void move() {
        leaving = true;
        exchange.leave();
    }

    /** The pool closes the connection to the endpoint, and the exchange ends as if the endpoint had broken off. */
    @Override
    public void endpointCut() {}
}
