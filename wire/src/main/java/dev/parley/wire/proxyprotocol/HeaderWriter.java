package dev.parley.wire.proxyprotocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Makes the header that precedes a connection's own bytes (HAProxy's doc/proxy-protocol.txt, sections 2.1 and 2.2), version 1
 * or 2. Called once a connection, so it may allocate. What it makes is at most about 3 KiB, which {@link ProxyHeader} reads.
 */
public final class HeaderWriter {
    private static final int UNSPECIFIED = 0x00;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;

    private static final int TYPE_ALPN = 0x01;
    private static final int TYPE_AUTHORITY = 0x02;
    private static final int TYPE_CRC32C = 0x03;
    private static final int TYPE_UNIQUE_ID = 0x05;
    private static final int TYPE_SSL = 0x20;
    private static final int SUBTYPE_SSL_VERSION = 0x21;
    private static final int SUBTYPE_SSL_CN = 0x22;

    private static final int CLIENT_SSL = 0x01;
    private static final int CLIENT_CERT_CONN = 0x02;
    private static final int CRC32C_BYTES = 4;
    private static final int V4_BYTES = 4;
    /** More than all addresses and extensions at their bounds. */
    private static final int MOST_BYTES = 4096;

    private HeaderWriter() {}

    /** Version 1 of a connection of a client's; {@code UNKNOWN} where either address is not known. */
    public static byte[] text(@Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
        if (source == null || destination == null || source.isUnresolved() || destination.isUnresolved()) {
            return textLocal();
        }
        boolean v4 = isV4(source) && isV4(destination);
        String line = "PROXY " + (v4 ? "TCP4 " : "TCP6 ") + shown(source.getAddress(), v4) + ' '
                + shown(destination.getAddress(), v4) + ' ' + source.getPort() + ' ' + destination.getPort() + "\r\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** Version 1 of a connection that the sender makes for itself. */
    public static byte[] textLocal() {
        return "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Version 2 of a connection of a client's. Addresses of two families are both sent as IPv6 (RFC 4291 section 2.5.5.2),
     * and none, with the family unspecified, where one is not known.
     *
     * @param checksum whether a CRC32C over the header is added
     */
    public static byte[] binary(
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress destination,
            Extensions extensions,
            boolean checksum) {
        ByteBuffer body = ByteBuffer.allocate(MOST_BYTES);
        int family = UNSPECIFIED;
        if (source != null && destination != null && !source.isUnresolved() && !destination.isUnresolved()) {
            boolean v4 = isV4(source) && isV4(destination);
            family = v4 ? TCP4 : TCP6;
            body.put(address(source.getAddress(), v4));
            body.put(address(destination.getAddress(), v4));
            body.putShort((short) source.getPort()).putShort((short) destination.getPort());
        }
        extend(body, extensions);
        return whole(BinaryHeader.PROXY, family, body, checksum);
    }

    /** Version 2 of a connection that the sender makes for itself, as a health check is: the command LOCAL. */
    public static byte[] binaryLocal(boolean checksum) {
        return whole(BinaryHeader.LOCAL, UNSPECIFIED, ByteBuffer.allocate(MOST_BYTES), checksum);
    }

    private static byte[] whole(int command, int family, ByteBuffer body, boolean checksum) {
        if (checksum) {
            extension(body, TYPE_CRC32C, new byte[CRC32C_BYTES]);
        }
        body.flip();
        byte[] header = ByteBuffer.allocate(BinaryHeader.FIXED_BYTES + body.remaining())
                .put(BinaryHeader.SIGNATURE)
                .put((byte) command)
                .put((byte) family)
                .putShort((short) body.remaining())
                .put(body)
                .array();
        if (checksum) {
            CRC32C crc = new CRC32C();
            crc.update(header);
            ByteBuffer.wrap(header).putInt(header.length - CRC32C_BYTES, (int) crc.getValue());
        }
        return header;
    }

    private static void extend(ByteBuffer to, Extensions extensions) {
        text(to, TYPE_ALPN, extensions.alpn(), Extensions.ALPN_BYTES);
        text(to, TYPE_AUTHORITY, extensions.authority(), Extensions.AUTHORITY_BYTES);
        text(to, TYPE_UNIQUE_ID, extensions.uniqueId(), Extensions.UNIQUE_ID_BYTES);
        Extensions.Tls tls = extensions.tls();
        if (tls != null) {
            extension(to, TYPE_SSL, ssl(tls));
        }
        text(to, Extensions.IDENTITY_TYPE, extensions.identity(), Extensions.IDENTITY_BYTES);
    }

    /** The structure pp2_tlv_ssl: what the client used, zero where its certificate was found good, and more extensions. */
    private static byte[] ssl(Extensions.Tls tls) {
        ByteBuffer made = ByteBuffer.allocate(MOST_BYTES);
        made.put((byte) (tls.verified() ? CLIENT_SSL | CLIENT_CERT_CONN : CLIENT_SSL));
        made.putInt(tls.verified() ? 0 : 1);
        text(made, SUBTYPE_SSL_VERSION, tls.version(), Extensions.ALPN_BYTES);
        text(made, SUBTYPE_SSL_CN, tls.commonName(), Extensions.COMMON_NAME_BYTES);
        return Arrays.copyOf(made.array(), made.position());
    }

    private static void text(ByteBuffer to, int type, String text, int mostBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && bytes.length <= mostBytes) {
            extension(to, type, bytes);
        }
    }

    private static void extension(ByteBuffer to, int type, byte[] value) {
        to.put((byte) type).putShort((short) value.length).put(value);
    }

    private static boolean isV4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    private static byte[] address(InetAddress address, boolean v4) {
        byte[] bytes = address.getAddress();
        if (v4 || bytes.length > V4_BYTES) {
            return bytes;
        }
        return ByteBuffer.allocate(16)
                .putShort(10, (short) 0xFFFF)
                .position(12)
                .put(bytes)
                .array();
    }

    private static String shown(InetAddress address, boolean v4) {
        if (!v4 && address instanceof Inet4Address) {
            return "::ffff:" + address.getHostAddress();
        }
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }
}
