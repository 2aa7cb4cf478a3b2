package dev.parley.wire.http2;

import static dev.parley.wire.http2.Blocks.hex;
import static dev.parley.wire.http2.Blocks.latin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.wire.head.FieldId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an encoder chooses; that it can be read is for {@link HpackPeerTest}. */
class HpackEncoderTest {
    private final HpackEncoder encoder = new HpackEncoder();
    private final HeaderBlock out = new HeaderBlock();

    @ParameterizedTest
    @CsvSource({"200, 88", "204, 89", "206, 8a", "304, 8b", "400, 8c", "404, 8d", "500, 8e", "302, 0882 6402"})
    void statusesOfTheStaticTableAreOneByte(int status, String block) {
        encoder.begin(out);
        encoder.status(status);
        assertThat(Blocks.bytes(out)).isEqualTo(hex(block));
    }

    @Test
    void pseudoFieldsOfTheStaticTableAreOneByteEach() {
        encoder.begin(out);
        encoder.method(latin("POST"), 0, 4);
        encoder.scheme(latin("https"), 0, 5);
        encoder.path(latin("/"), 0, 1);
        encoder.field(FieldId.ACCEPT_ENCODING, latin("Accept-Encoding"), latin("gzip, deflate"), 0, 13);
        assertThat(Blocks.bytes(out)).isEqualTo(hex("83878490"));
        assertThat(encoder.footprint()).isZero();
    }

    @Test
    void aPairEntersTheTableWhenItIsSentAgain() {
        assertThat(field("x-tenant", "acme")[0]).isZero();
        assertThat(encoder.footprint()).isZero();
        assertThat(field("x-tenant", "acme")[0]).isEqualTo((byte) 0x40);
        assertThat(field("X-Tenant", "acme")).isEqualTo(hex("be"));
        assertThat(field("x-tenant", "other")[0]).isZero();
        assertThat(field("x-tenant", "acme")).isEqualTo(hex("be"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"authorization", "proxy-authorization", "cookie"})
    void secretsAreNeverIndexed(String name) {
        for (int i = 0; i < 3; i++) {
            assertThat(field(name, "short=1")[0] & 0xF0).isEqualTo(0x10);
        }
        assertThat(encoder.footprint()).isZero();
    }

    @Test
    void whatIsLargerThanAQuarterOfTheTableStaysOut() {
        String large = "a".repeat(1024);
        for (int i = 0; i < 3; i++) {
            assertThat(field("x-large", large)[0]).isZero();
        }
    }

    /** Entries of many sizes come and go; whatever is sent three times in a row ends as an index. */
    @Test
    void entriesAreFoundAgainWhileOthersAreEvicted() {
        HpackDecoder peer = new HpackDecoder(4096);
        for (int i = 0; i < 5_000; i++) {
            String value = "v" + i + "-".repeat(i * 7 % 200);
            byte[] last = {};
            for (int time = 0; time < 3; time++) {
                last = field("x-n", value);
                assertThat(Blocks.decode(peer, last)).containsExactly("x-n: " + value);
            }
            assertThat(last).isEqualTo(hex("be"));
        }
        assertThat(encoder.footprint()).isLessThanOrEqualTo(2 * 4096 + Words.SLACK + 128 * Long.BYTES);
    }

    @Test
    void sizesThatThePeerSetAreToldAtTheNextBlock() {
        encoder.peerTableBytes(65_536);
        encoder.begin(out);
        assertThat(out.length()).isZero();
        encoder.peerTableBytes(0);
        encoder.peerTableBytes(100);
        encoder.begin(out);
        assertThat(Blocks.bytes(out)).isEqualTo(hex("20 3f45"));
        out.clear();
        encoder.begin(out);
        assertThat(out.length()).isZero();
    }

    @Test
    void aFieldWithoutABlockIsAMistake() {
        assertThatThrownBy(() -> encoder.status(200)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void framesComeBack() {
        byte[] bytes = new byte[Frame.HEADER_BYTES + 1];
        Frame.write(bytes, 1, Frame.MOST_MAX_BYTES, Frame.CONTINUATION, Frame.END_HEADERS, Integer.MAX_VALUE);
        assertThat(Frame.length(bytes, 1)).isEqualTo(Frame.MOST_MAX_BYTES);
        assertThat(Frame.type(bytes, 1)).isEqualTo(Frame.CONTINUATION);
        assertThat(Frame.flags(bytes, 1)).isEqualTo(Frame.END_HEADERS);
        assertThat(Frame.stream(bytes, 1)).isEqualTo(Integer.MAX_VALUE);
        bytes[6] |= (byte) 0x80;
        assertThat(Frame.stream(bytes, 1)).isEqualTo(Integer.MAX_VALUE);
        assertThat(ErrorCode.of(ErrorCode.HTTP_1_1_REQUIRED.code())).isEqualTo(ErrorCode.HTTP_1_1_REQUIRED);
        assertThat(ErrorCode.HTTP_1_1_REQUIRED.code()).isEqualTo(13);
        assertThat(ErrorCode.of(99)).isEqualTo(ErrorCode.INTERNAL_ERROR);
    }

    private byte[] field(String name, String value) {
        byte[] bytes = latin(name);
        out.clear();
        encoder.begin(out);
        encoder.field(FieldId.of(bytes, 0, bytes.length), bytes, latin(value), 0, value.length());
        return Blocks.bytes(out);
    }
}
