package dev.parley.proxy.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * The datagrams that one call read from a listener's socket, and who sent them. Each has a place of its own, of the size of
 * the largest datagram that there is, so that none is ever cut short; pages that no datagram reached are never touched.
 *
 * <p>A client is 128 bits of address, IPv4 as it is mapped into IPv6 (RFC 4291 section 2.5.5.2), and a tail: its port and, above
 * bit 16, its zone (RFC 4007).
 */
final class Inbox {
    /** Datagrams read at once. Batches beyond this gain little and hold up the other sockets of the loop. */
    static final int MOST = 32;

    /** One cache line more than the size, lest the first bytes of all datagrams compete for one place in the cache. */
    static final int STRIDE = Datagrams.MOST_BYTES + 64;

    private static final long MAPPED = 0x0000_ffff_0000_0000L;

    final ByteBuf memory = UnpooledByteBufAllocator.DEFAULT.directBuffer(MOST * STRIDE, MOST * STRIDE);
    final int[] lengths = new int[MOST];
    final long[] high = new long[MOST];
    final long[] low = new long[MOST];
    final long[] tail = new long[MOST];

    int offset(int i) {
        return i * STRIDE;
    }

    void fromIpv4(int i, int address, int port) {
        high[i] = 0;
        low[i] = MAPPED | Integer.toUnsignedLong(address);
        tail[i] = port;
    }

    void fromIpv6(int i, long addressHigh, long addressLow, int port, int zone) {
        high[i] = addressHigh;
        low[i] = addressLow;
        tail[i] = port | Integer.toUnsignedLong(zone) << 16;
    }

    static boolean isIpv4(long high, long low) {
        return high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED;
    }

    /** The sender of a datagram as an object, which is made for each call. */
    InetSocketAddress sender(int i) {
        byte[] bytes = new byte[isIpv4(high[i], low[i]) ? 4 : 16];
        for (int at = bytes.length - 1, shift = 0; at >= 0; at--, shift += 8) {
            bytes[at] = (byte) (shift < 64 ? low[i] >>> shift : high[i] >>> (shift - 64));
        }
        int zone = (int) (tail[i] >>> 16);
        try {
            InetAddress ip =
                    zone == 0 ? InetAddress.getByAddress(bytes) : java.net.Inet6Address.getByAddress("", bytes, zone);
            return new InetSocketAddress(ip, (int) tail[i] & 0xffff);
        } catch (UnknownHostException impossible) {
            throw new AssertionError("an address has 4 or 16 bytes", impossible);
        }
    }

    void free() {
        memory.release();
    }
}
