package dev.parley.wire.proxyprotocol;

import dev.parley.wire.address.IpText;
import dev.parley.wire.proxyprotocol.ProxyHeader.Accepted;
import dev.parley.wire.proxyprotocol.ProxyHeader.Refused;
import dev.parley.wire.proxyprotocol.ProxyHeader.Result;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Version 2: a signature of twelve bytes, version with command, family with transport, a length, then the addresses and
 * extensions (TLVs), of which only the checksum is looked at.
 */
final class BinaryHeader {
    static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    private static final int VERSION_AND_COMMAND = 12;
    private static final int FAMILY = 13;
    private static final int LENGTH = 14;
    static final int FIXED_BYTES = 16;

    static final int LOCAL = 0x20;
    static final int PROXY = 0x21;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;

    /** Bytes of both addresses by the family's high four bits: unspecified, IPv4, IPv6, Unix. */
    private static final int[] ADDRESS_BYTES = {0, 12, 36, 216};

    private static final int MAX_EXTENSION_BYTES = 4 * 1024;
    private static final int TLV_FIXED_BYTES = 3;
    private static final int CRC32C_TYPE = 0x03;
    private static final int CRC32C_BYTES = 4;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private BinaryHeader() {}

    static Result parse(byte[] bytes, int from, int to) {
        for (int i = 0; i < SIGNATURE.length && from + i < to; i++) {
            if (bytes[from + i] != SIGNATURE[i]) {
                return new Refused("The connection does not begin with a PROXY header, which this listener requires.");
            }
        }
        if (to - from < FIXED_BYTES) {
            return ProxyHeader.NEED_MORE;
        }
        int command = bytes[from + VERSION_AND_COMMAND];
        if (command != LOCAL && command != PROXY) {
            return new Refused("The PROXY header is not of version 2 with the command LOCAL or PROXY.");
        }
        int length = unsignedShort(bytes, from + LENGTH);
        int family = (bytes[from + FAMILY] & 0xFF) >>> 4;
        int addressBytes = family < ADDRESS_BYTES.length ? ADDRESS_BYTES[family] : 0;
        if (length > addressBytes + MAX_EXTENSION_BYTES) {
            return new Refused("The PROXY header has more than 4 KiB of extensions. Send fewer.");
        }
        int end = from + FIXED_BYTES + length;
        if (end > to) {
            return ProxyHeader.NEED_MORE;
        }
        // The sender speaks for itself, as in a health check; what else is in the header is not to be read.
        if (command == LOCAL || family >= ADDRESS_BYTES.length) {
            return new Accepted(end - from, null, null);
        }
        if (length < addressBytes) {
            return new Refused("The PROXY header is shorter than the addresses of its family.");
        }
        String wrong = wrongExtensions(bytes, from, from + FIXED_BYTES + addressBytes, end);
        if (wrong != null) {
            return new Refused(wrong);
        }
        return switch (bytes[from + FAMILY]) {
            case TCP4 -> accepted(bytes, from, end, IpText.V4);
            case TCP6 -> accepted(bytes, from, end, IpText.V6);
            default -> new Accepted(end - from, null, null);
        };
    }

    private static Result accepted(byte[] bytes, int from, int end, int addressBytes) {
        int source = from + FIXED_BYTES;
        int destination = source + addressBytes;
        int ports = destination + addressBytes;
        return new Accepted(
                end - from,
                new InetSocketAddress(address(bytes, source, addressBytes), unsignedShort(bytes, ports)),
                new InetSocketAddress(address(bytes, destination, addressBytes), unsignedShort(bytes, ports + 2)));
    }

    private static InetAddress address(byte[] bytes, int from, int length) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + length));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Addresses of " + length + " bytes are always accepted.", e);
        }
    }

    /** What is wrong with the extensions, or null: each must lie within the header, and a checksum must hold. */
    private static @Nullable String wrongExtensions(byte[] bytes, int header, int from, int end) {
        int at = from;
        while (at < end) {
            int value = at + TLV_FIXED_BYTES;
            if (value > end || value + unsignedShort(bytes, at + 1) > end) {
                return "An extension of the PROXY header reaches beyond it.";
            }
            int length = unsignedShort(bytes, at + 1);
            if (bytes[at] == CRC32C_TYPE && (length != CRC32C_BYTES || !checksumHolds(bytes, header, value, end))) {
                return "The PROXY header's checksum does not hold: it was damaged or cut.";
            }
            at = value + length;
        }
        return null;
    }

    /** The checksum is made over the whole header with its own four bytes taken as zeros. */
    private static boolean checksumHolds(byte[] bytes, int header, int checksum, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, header, checksum - header);
        crc.update(new byte[CRC32C_BYTES]);
        crc.update(bytes, checksum + CRC32C_BYTES, end - checksum - CRC32C_BYTES);
        return (int) crc.getValue() == (int) INT.get(bytes, checksum);
    }

    private static int unsignedShort(byte[] bytes, int at) {
        return (short) SHORT.get(bytes, at) & 0xFFFF;
    }
}
