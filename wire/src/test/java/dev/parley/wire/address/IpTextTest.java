package dev.parley.wire.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpTextTest {
    private final byte[] into = new byte[IpText.V6];

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "1::",
                "1:2:3:4:5:6:7:8",
                "2001:DB8::a",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "1::8",
                "64:ff9b::1.2.3.4",
                "1:2:3:4:5:6:1.2.3.4",
                "::1.2.3.4",
                "fe80::1:0:0:1",
                "1:2:3:4::6:7:8",
            })
    void readsIpv6AsTheJdkDoes(String text) throws UnknownHostException {
        assertThat(readV6(text)).isTrue();
        assertThat(into).isEqualTo(bytes16(InetAddress.ofLiteral(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2::3",
                "12345::",
                "g::",
                "1:",
                ":1",
                "1:2:3:4:5:6:7:",
                "::1%eth0",
                "::1.2.3",
                "::01.2.3.4",
                "::1.2.3.256",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3.4:5",
                "1.2.3.4",
                "::1 ",
                "::-1",
                "\u0661::",
            })
    void refusesWhatIsNoIpv6(String text) {
        assertThat(readV6(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "1.2.3.4", "255.255.255.255", "10.0.0.10"})
    void readsIpv4(String text) {
        assertThat(readV4(text)).isTrue();
        assertThat(java.util.Arrays.copyOf(into, 4))
                .isEqualTo(InetAddress.ofLiteral(text).getAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.",
                "1.2.3.4.",
                "1.2.3.4.5",
                "01.2.3.4",
                "1.2.3.256",
                "1..3.4",
                "0x1.2.3.4",
                "1.2.3.+4",
                " 1.2.3.4"
            })
    void refusesWhatIsNoIpv4(String text) {
        assertThat(readV4(text)).isFalse();
    }

    private boolean readV6(String text) {
        byte[] bytes = ("[" + text + "]").getBytes(StandardCharsets.UTF_8);
        return IpText.readV6(bytes, 1, bytes.length - 1, into);
    }

    private boolean readV4(String text) {
        byte[] bytes = ("1" + text + "1").getBytes(StandardCharsets.US_ASCII);
        return IpText.readV4(bytes, 1, bytes.length - 1, into, 0);
    }

    private static byte[] bytes16(InetAddress address) {
        byte[] bytes = address.getAddress();
        assertThat(bytes).hasSize(IpText.V6);
        return bytes;
    }
}
