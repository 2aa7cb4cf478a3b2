package dev.parley.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.tls.ClientHelloParser.NeedMore;
import dev.parley.wire.tls.ClientHelloParser.NotTls;
import dev.parley.wire.tls.ClientHelloParser.Refused;
import dev.parley.wire.tls.ClientHelloParser.Result;
import dev.parley.wire.tls.ClientHelloParser.Whole;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloParserTest {
    private static Result parse(byte[] bytes) {
        return ClientHelloParser.parse(bytes, 0, bytes.length);
    }

    private static ClientHello hello(byte[] bytes) {
        return ((Whole) parse(bytes)).hello();
    }

    @Test
    void readsNameProtocolsAndVersions() {
        ClientHello hello = hello(new Hello()
                .serverName("Shop.Example.com")
                .protocols("h2", "http/1.1")
                .versions(0x0a0a, 0x0304, 0x0303)
                .record());
        assertThat(hello.serverName()).isEqualTo("shop.example.com");
        assertThat(hello.protocols()).containsExactly("h2", "http/1.1");
        assertThat(hello.tls12()).isTrue();
        assertThat(hello.tls13()).isTrue();
    }

    @Test
    void goesByTheLegacyVersionWhereNoneAreListed() {
        ClientHello hello = hello(new Hello().record());
        assertThat(hello).isEqualTo(new ClientHello(null, List.of(), true, false));
        byte[] old = new Hello().record();
        old[10] = 1;
        assertThat(hello(old).tls12()).isFalse();
    }

    @Test
    void trustsTheListOfVersionsAlone() {
        ClientHello hello = hello(new Hello().versions(0x0304).record());
        assertThat(hello.tls12()).isFalse();
        assertThat(hello.tls13()).isTrue();
    }

    @Test
    void asksForMoreUntilItIsWhole() {
        byte[] whole = new Hello().serverName("a.example").protocols("h2").record();
        for (int length = 0; length < whole.length; length++) {
            Result result = ClientHelloParser.parse(whole, 0, length);
            assertThat(result).isInstanceOf(NeedMore.class);
            assertThat(((NeedMore) result).bytes()).isBetween(length + 1, whole.length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 40, 100})
    void joinsRecords(int fragment) {
        byte[] message = new Hello().serverName("a.example").versions(0x0304).message();
        byte[] whole = Hello.records(message, Math.max(fragment, Math.ceilDiv(message.length, 60)));
        assertThat(hello(whole).serverName()).isEqualTo("a.example");
        for (int length = 0; length < whole.length; length++) {
            assertThat(ClientHelloParser.parse(whole, 0, length)).isInstanceOf(NeedMore.class);
        }
    }

    @Test
    void boundsLengthAndRecords() {
        byte[] long1 = new Hello().padding(ClientHelloParser.MOST_BYTES).message();
        assertThat(parse(Hello.records(long1, 8000))).isInstanceOf(Refused.class);
        byte[] message = new Hello().padding(200).message();
        assertThat(parse(Hello.records(message, 1))).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET / HTTP/1.1\r\n", "\u0016\u0002\u0001", "\u0015\u0003\u0001", "SSH-2.0", "\u0016\u0003\u0009"
            })
    void knowsWhatIsNoTls(String begins) {
        assertThat(parse(begins.getBytes(StandardCharsets.ISO_8859_1))).isInstanceOf(NotTls.class);
    }

    @Test
    void refusesWhatCouldBeReadTwoWays() {
        assertThat(parse(new Hello().serverName("a").serverName("b").record())).isInstanceOf(Refused.class);
        assertThat(parse(new Hello().serverName("a b").record())).isInstanceOf(Refused.class);
        assertThat(parse(new Hello()
                        .extension(0, new byte[] {0, 5, 0, 0, 9, 'a'})
                        .record()))
                .isInstanceOf(Refused.class);
        assertThat(parse(new Hello().extension(16, new byte[] {0, 2, 0, 0}).record()))
                .isInstanceOf(Refused.class);
        assertThat(parse(new Hello()
                        .extension(16, new byte[] {0, 3, 2, 'h', '2', 'x'})
                        .record()))
                .isInstanceOf(Refused.class);
        assertThat(parse(new Hello().extension(43, new byte[] {3, 3, 4, 3}).record()))
                .isInstanceOf(Refused.class);
    }

    /** Writes a hello, by the grammar of RFC 8446 section 4.1.2. */
    static final class Hello {
        private final ByteArrayOutputStream extensions = new ByteArrayOutputStream();

        Hello serverName(String name) {
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            u16(value, bytes.length + 3);
            value.write(0);
            u16(value, bytes.length);
            value.writeBytes(bytes);
            return extension(0, value.toByteArray());
        }

        Hello protocols(String... names) {
            ByteArrayOutputStream list = new ByteArrayOutputStream();
            for (String name : names) {
                list.write(name.length());
                list.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
            }
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            u16(value, list.size());
            value.writeBytes(list.toByteArray());
            return extension(16, value.toByteArray());
        }

        Hello versions(int... versions) {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            value.write(versions.length * 2);
            for (int version : versions) {
                u16(value, version);
            }
            return extension(43, value.toByteArray());
        }

        Hello padding(int bytes) {
            return extension(21, new byte[bytes]);
        }

        Hello extension(int type, byte[] value) {
            u16(extensions, type);
            u16(extensions, value.length);
            extensions.writeBytes(value);
            return this;
        }

        /** The handshake message. */
        byte[] message() {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            u16(body, 0x0303);
            body.writeBytes(new byte[32]);
            body.write(0);
            u16(body, 2);
            u16(body, 0x1301);
            body.write(1);
            body.write(0);
            u16(body, extensions.size());
            body.writeBytes(extensions.toByteArray());
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            message.write(1);
            message.write(body.size() >> 16);
            u16(message, body.size());
            message.writeBytes(body.toByteArray());
            return message.toByteArray();
        }

        byte[] record() {
            byte[] message = message();
            return records(message, message.length);
        }

        /** The message in records of so many bytes. */
        static byte[] records(byte[] message, int fragment) {
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            for (int at = 0; at < message.length; at += fragment) {
                int length = Math.min(fragment, message.length - at);
                records.write(22);
                u16(records, 0x0301);
                u16(records, length);
                records.write(message, at, length);
            }
            return records.toByteArray();
        }

        private static void u16(ByteArrayOutputStream to, int value) {
            to.write(value >> 8);
            to.write(value);
        }
    }
}
