package dev.parley.proxy.udp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * Addresses as the kernel has them: {@code sockaddr_in} (ip(7)) and {@code sockaddr_in6} (ipv6(7)). The family is in the
 * machine's byte order, port and address in the network's, the zone in the machine's.
 */
final class SocketNames {
    /** The longer of the two. */
    static final int MOST_BYTES = 28;

    static final int IPV4_BYTES = 16;
    private static final int PORT_AT = 2;
    private static final int IPV4_AT = 4;
    private static final int IPV6_AT = 8;
    private static final int ZONE_AT = 24;

    private static final ValueLayout.OfShort FAMILY = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt ZONE = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt IPV4 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong IPV6 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private SocketNames() {}

    static int family(InetAddress ip) {
        return ip instanceof Inet6Address ? Syscalls.AF_INET6 : Syscalls.AF_INET;
    }

    /** Writes an address and answers its length. */
    static int write(MemorySegment to, long at, InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        to.asSlice(at, MOST_BYTES).fill((byte) 0);
        to.set(PORT, at + PORT_AT, (short) address.getPort());
        to.set(FAMILY, at, (short) family(address.getAddress()));
        MemorySegment.copy(ip, 0, to, JAVA_BYTE, at + (ip.length == 4 ? IPV4_AT : IPV6_AT), ip.length);
        if (address.getAddress() instanceof Inet6Address ipv6) {
            to.set(ZONE, at + ZONE_AT, ipv6.getScopeId());
        }
        return ip.length == 4 ? IPV4_BYTES : MOST_BYTES;
    }

    /** Writes a client's address for a socket of a family, and answers its length. */
    static int write(MemorySegment to, long at, int family, UdpSession client) {
        to.set(FAMILY, at, (short) family);
        to.set(PORT, at + PORT_AT, (short) client.tail());
        if (family == Syscalls.AF_INET) {
            to.set(IPV4, at + IPV4_AT, (int) client.low());
            return IPV4_BYTES;
        }
        to.set(IPV6, at + IPV6_AT, client.high());
        to.set(IPV6, at + IPV6_AT + Long.BYTES, client.low());
        to.set(ZONE, at + ZONE_AT, (int) (client.tail() >>> 16));
        return MOST_BYTES;
    }

    /** Reads the sender of a datagram. */
    static void read(MemorySegment from, long at, Inbox into, int i) {
        int port = Short.toUnsignedInt(from.get(PORT, at + PORT_AT));
        if (from.get(FAMILY, at) == Syscalls.AF_INET) {
            into.fromIpv4(i, from.get(IPV4, at + IPV4_AT), port);
        } else {
            into.fromIpv6(
                    i,
                    from.get(IPV6, at + IPV6_AT),
                    from.get(IPV6, at + IPV6_AT + Long.BYTES),
                    port,
                    from.get(ZONE, at + ZONE_AT));
        }
    }

    /** Reads an address as an object. */
    static InetSocketAddress read(MemorySegment from, long at) throws IOException {
        boolean ipv4 = from.get(FAMILY, at) == Syscalls.AF_INET;
        byte[] ip = new byte[ipv4 ? 4 : 16];
        MemorySegment.copy(from, JAVA_BYTE, at + (ipv4 ? IPV4_AT : IPV6_AT), ip, 0, ip.length);
        InetAddress read = ipv4 ? Inet4Address.getByAddress(ip) : InetAddress.getByAddress(ip);
        return new InetSocketAddress(read, Short.toUnsignedInt(from.get(PORT, at + PORT_AT)));
    }
}
