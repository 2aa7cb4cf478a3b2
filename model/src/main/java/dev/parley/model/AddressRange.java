package dev.parley.model;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A block of IP addresses in CIDR notation (RFC 4632, RFC 4291): {@code 10.0.0.0/8}, {@code ::1}. An IPv4 range also
 * matches the same addresses when they arrive mapped into IPv6.
 */
public final class AddressRange {
    private final byte[] network;
    private final int prefixBits;

    private AddressRange(byte[] network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /**
     * Reads an address, or an address with a prefix length.
     *
     * @throws IllegalArgumentException when it is a host name, or bits beyond the prefix are set
     */
    @FromText
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        byte[] network;
        try {
            network = InetAddress.ofLiteral(address).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            throw new IllegalArgumentException(
                    "'%s' is not an address range. Write an IP address or CIDR: 10.0.0.0/8, ::1.".formatted(text),
                    notAnAddress);
        }
        int bits = network.length * 8;
        if (slash >= 0) {
            String prefix = text.substring(slash + 1);
            if (!prefix.matches("\\d{1,3}") || Integer.parseInt(prefix) > bits) {
                throw new IllegalArgumentException(
                        "'%s': the prefix length is a number from 0 to %d.".formatted(text, bits));
            }
            bits = Integer.parseInt(prefix);
        }
        if (!Arrays.equals(network, masked(network, bits))) {
            throw new IllegalArgumentException(
                    "'%s' has bits set beyond its prefix. Clear them, or use a longer prefix.".formatted(text));
        }
        return new AddressRange(network, bits);
    }

    private static byte[] masked(byte[] address, int bits) {
        byte[] masked = address.clone();
        for (int bit = bits; bit < masked.length * 8; bit++) {
            masked[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return masked;
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = prefixBits / 8;
        if (!Arrays.equals(bytes, 0, whole, network, 0, whole)) {
            return false;
        }
        int rest = prefixBits % 8;
        int mask = 0xff00 >> rest & 0xff;
        return rest == 0 || ((bytes[whole] ^ network[whole]) & mask) == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressRange range
                && prefixBits == range.prefixBits
                && Arrays.equals(network, range.network);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(network) * 31 + prefixBits;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + prefixBits;
        } catch (java.net.UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
