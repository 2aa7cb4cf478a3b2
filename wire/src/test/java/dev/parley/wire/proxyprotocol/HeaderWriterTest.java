package dev.parley.wire.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.proxyprotocol.ProxyHeader.Accepted;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeaderWriterTest {
    private static final InetSocketAddress V4 = address("192.0.2.7", 40000);
    private static final InetSocketAddress V4_HERE = address("10.1.2.3", 443);
    private static final InetSocketAddress V6 = address("2001:db8::7", 40001);
    private static final int FIXED_BYTES = 16;
    private static final int V4_ADDRESSES = 12;

    @Test
    void whatItWritesIsWhatTheReaderReads() {
        for (boolean checksum : new boolean[] {false, true}) {
            byte[] header = HeaderWriter.binary(V4, V4_HERE, Extensions.NONE, checksum);
            assertThat(parse(header)).isEqualTo(new Accepted(header.length, V4, V4_HERE));
            byte[] six = HeaderWriter.binary(V6, V6, Extensions.NONE, checksum);
            assertThat(parse(six)).isEqualTo(new Accepted(six.length, V6, V6));
            byte[] local = HeaderWriter.binaryLocal(checksum);
            assertThat(parse(local)).isEqualTo(new Accepted(local.length, null, null));
        }
        assertThat(parse(HeaderWriter.text(V4, V4_HERE))).isEqualTo(new Accepted(41, V4, V4_HERE));
        assertThat(parse(HeaderWriter.text(V6, V6))).extracting("source").isEqualTo(V6);
        assertThat(parse(HeaderWriter.textLocal())).isEqualTo(new Accepted(15, null, null));
    }

    @Test
    void addressesOfTwoFamiliesAreBothSentAsIpv6() {
        byte[] header = HeaderWriter.binary(V6, V4_HERE, Extensions.NONE, false);
        assertThat(header[13]).isEqualTo((byte) 0x21);
        assertThat(parse(header)).extracting("source").isEqualTo(V6);
        // The JDK shows an IPv4-mapped address as the IPv4 address that it stands for.
        assertThat(parse(header)).extracting("destination").isEqualTo(V4_HERE);
        assertThat(new String(HeaderWriter.text(V6, V4_HERE), StandardCharsets.US_ASCII))
                .startsWith("PROXY TCP6 2001:db8:0:0:0:0:0:7 ::ffff:10.1.2.3 ");
    }

    @Test
    void anUnknownClientHasNoAddressButItsExtensions() {
        byte[] header = HeaderWriter.binary(null, null, new Extensions("", "", "id", null, ""), true);
        assertThat(header[12]).isEqualTo((byte) 0x21);
        assertThat(header[13]).isZero();
        assertThat(parse(header)).isEqualTo(new Accepted(header.length, null, null));
        assertThat(extensions(header, FIXED_BYTES)).containsEntry(0x05, "id");
        assertThat(parse(HeaderWriter.text(null, V4_HERE))).isEqualTo(new Accepted(15, null, null));
    }

    @Test
    void theExtensionsAreThoseOfTheSpecificationAndTheIdentity() {
        Extensions all = new Extensions(
                "orders.example",
                "h2",
                "0123456789abcdef0123456789abcdef",
                new Extensions.Tls("TLSv1.3", "orders client", true),
                "spiffe://example.org/orders");
        byte[] header = HeaderWriter.binary(V4, V4_HERE, all, true);
        assertThat(parse(header)).isEqualTo(new Accepted(header.length, V4, V4_HERE));
        Map<Integer, String> written = extensions(header, FIXED_BYTES + V4_ADDRESSES);
        assertThat(written)
                .containsEntry(0x01, "h2")
                .containsEntry(0x02, "orders.example")
                .containsEntry(0x05, "0123456789abcdef0123456789abcdef")
                .containsEntry(0xE5, "spiffe://example.org/orders")
                .containsKeys(0x03, 0x20);
        byte[] ssl = written.getOrDefault(0x20, "").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(ssl).startsWith(0x03, 0, 0, 0, 0);
        assertThat(extensions(ssl, 5)).containsEntry(0x21, "TLSv1.3").containsEntry(0x22, "orders client");
    }

    @Test
    void aCertificateThatWasNotShownIsNotVerified() {
        Extensions tls = new Extensions("", "", "", new Extensions.Tls("TLSv1.2", "", false), "");
        byte[] header = HeaderWriter.binary(V4, V4_HERE, tls, false);
        String ssl = extensions(header, FIXED_BYTES + V4_ADDRESSES).getOrDefault(0x20, "");
        assertThat(ssl.getBytes(StandardCharsets.ISO_8859_1)).startsWith(0x01, 0, 0, 0, 1);
    }

    @Test
    void whatIsTooLongIsNotSentAndTheLongestHeaderIsRead() {
        Extensions longest = new Extensions(
                "a".repeat(255),
                "b".repeat(255),
                "c".repeat(128),
                new Extensions.Tls("TLSv1.3", "d".repeat(256), true),
                "e".repeat(2048));
        byte[] header = HeaderWriter.binary(V6, V6, longest, true);
        assertThat(parse(header)).isEqualTo(new Accepted(header.length, V6, V6));
        Extensions longer = new Extensions("a".repeat(256), "b".repeat(256), "c".repeat(129), null, "e".repeat(2049));
        assertThat(HeaderWriter.binary(V4, V4_HERE, longer, false)).hasSize(FIXED_BYTES + V4_ADDRESSES);
    }

    private static ProxyHeader.Result parse(byte[] header) {
        return ProxyHeader.parse(header, 0, header.length);
    }

    private static Map<Integer, String> extensions(byte[] bytes, int from) {
        Map<Integer, String> found = new LinkedHashMap<>();
        ByteBuffer rest = ByteBuffer.wrap(bytes, from, bytes.length - from);
        while (rest.hasRemaining()) {
            int type = rest.get() & 0xFF;
            byte[] value = new byte[rest.getShort() & 0xFFFF];
            rest.get(value);
            found.put(type, new String(value, StandardCharsets.ISO_8859_1));
        }
        return found;
    }

    private static InetSocketAddress address(String ip, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(ip), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
