package dev.parley.wire.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.proxyprotocol.ProxyHeader.Accepted;
import dev.parley.wire.proxyprotocol.ProxyHeader.NeedMore;
import dev.parley.wire.proxyprotocol.ProxyHeader.Refused;
import dev.parley.wire.proxyprotocol.ProxyHeader.Result;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String ADDRESSES_4 = "0a000001" + "c0a80102" + "d903" + "01bb";

    @Test
    void readsVersion1() {
        assertThat(parse("PROXY TCP4 192.168.0.1 10.0.0.11 56324 443\r\nGET /"))
                .isEqualTo(new Accepted(44, address("192.168.0.1", 56324), address("10.0.0.11", 443)));
        assertThat(parse("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n"))
                .isEqualTo(new Accepted(36, address("2001:db8::1", 0), address("::1", 65535)));
        assertThat(parse("PROXY UNKNOWN\r\n")).isEqualTo(new Accepted(15, null, null));
        assertThat(parse("PROXY UNKNOWN ffff:f...f:ffff whatever 1 2\r\n")).isInstanceOf(Accepted.class);
    }

    @Test
    void readsTheLongestVersion1AndNothingLonger() {
        String longest = "PROXY UNKNOWN " + "f".repeat(91) + "\r\n";
        assertThat(longest).hasSize(107);
        assertThat(parse(longest)).isEqualTo(new Accepted(107, null, null));
        assertThat(parse("PROXY UNKNOWN " + "f".repeat(92) + "\r\n")).isInstanceOf(Refused.class);
        assertThat(parse("PROXY UNKNOWN " + "f".repeat(93))).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "PRO\r",
                "PROXY\r\n",
                "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rx",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n",
                "PROXY TCP4 ::1 ::1 1 2\r\n",
                "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 a.example 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
                "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY UNKNOWNX\r\n",
                "PROXY \r\n",
                "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
                "PROXY TCP4 1.2.3.4\r\n",
                "PROXY TCP4\t1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 \r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                "\r\nGET",
                "\u0000",
            })
    void refusesOtherText(String text) {
        assertThat(parse(text)).isInstanceOf(Refused.class);
    }

    @Test
    void readsVersion2() {
        assertThat(parse(hex("21" + "11" + "000c" + ADDRESSES_4 + "474554")))
                .isEqualTo(new Accepted(28, address("10.0.0.1", 55555), address("192.168.1.2", 443)));
        String addresses6 = "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "0001" + "0002";
        assertThat(parse(hex("21" + "21" + "0024" + addresses6)))
                .isEqualTo(new Accepted(52, address("2001:db8::1", 1), address("::1", 2)));
        assertThat(parse(hex("21" + "11" + "0013" + ADDRESSES_4 + "040004aabbccdd")))
                .isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @CsvSource({
        "a health check,            20000000, 16",
        "a health check with data,  201100031234ff, 19",
        "an unspecified family,     21000000, 16",
        "unspecified with TLV,      21000003040000, 19",
        "a datagram,                2112000c" + ADDRESSES_4 + ", 28",
        "an unknown family,         21410002ffff, 18",
    })
    void acceptsWithoutAddresses(String what, String header, int length) {
        assertThat(parse(hex(header))).as(what).isEqualTo(new Accepted(length, null, null));
    }

    @Test
    void acceptsUnixSocketsWithoutAddresses() {
        assertThat(parse(hex("213100d8" + "2f".repeat(216)))).isEqualTo(new Accepted(232, null, null));
    }

    @ParameterizedTest
    @CsvSource({
        "version 1 in binary,       1111000c" + ADDRESSES_4,
        "an unknown command,        2211000c" + ADDRESSES_4,
        "addresses cut,             2111000b" + ADDRESSES_4,
        "an extension cut,          2111000e" + ADDRESSES_4 + "0400",
        "an extension too long,     21110010" + ADDRESSES_4 + "04000200",
        "a checksum too short,      21110011" + ADDRESSES_4 + "0300021234",
        "a checksum that is wrong,  21110013" + ADDRESSES_4 + "03000412345678",
        "more than is allowed,      2111100d",
    })
    void refusesOtherBytes(String what, String header) {
        assertThat(parse(hex(header))).as(what).isInstanceOf(Refused.class);
    }

    @Test
    void refusesABrokenSignatureAtOnce() {
        assertThat(parse("\r\n\r\n\u0000\r\nQUIT!".getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(Refused.class);
        assertThat(parse("\r\nX".getBytes(StandardCharsets.US_ASCII))).isInstanceOf(Refused.class);
    }

    @Test
    void verifiesTheChecksum() {
        byte[] header = hex("21" + "11" + "0017" + ADDRESSES_4 + "03000400000000" + "040001ff");
        CRC32C crc = new CRC32C();
        crc.update(header);
        ByteBuffer.wrap(header).putInt(16 + 12 + 3, (int) crc.getValue());

        assertThat(parse(header)).isInstanceOf(Accepted.class);
        for (int at = 16; at < header.length; at++) {
            byte[] damaged = header.clone();
            damaged[at] ^= 0x20;
            if (at < 28 || at > 30) {
                assertThat(parse(damaged)).as("byte %d", at).isInstanceOf(Refused.class);
            }
        }
    }

    @Test
    void aCutHeaderNeedsMore() {
        for (byte[] header : new byte[][] {
            "PROXY TCP4 192.168.0.1 10.0.0.11 56324 443\r\n".getBytes(StandardCharsets.US_ASCII),
            "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII),
            hex("21" + "11" + "0013" + ADDRESSES_4 + "040004aabbccdd"),
        }) {
            for (int cut = 0; cut < header.length; cut++) {
                byte[] embedded = new byte[header.length + 20];
                Arrays.fill(embedded, (byte) '\n');
                System.arraycopy(header, 0, embedded, 7, cut);
                assertThat(ProxyHeader.parse(embedded, 7, 7 + cut))
                        .as("cut %d", cut)
                        .isInstanceOf(NeedMore.class);
            }
        }
    }

    private static Result parse(String text) {
        return parse(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Result parse(byte[] bytes) {
        return ProxyHeader.parse(bytes, 0, bytes.length);
    }

    private static byte[] hex(String behindTheSignature) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HexFormat.of().parseHex(SIGNATURE + behindTheSignature));
        return out.toByteArray();
    }

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }
}
