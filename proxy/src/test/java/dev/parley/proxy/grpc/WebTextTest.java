package dev.parley.proxy.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebTextTest {
    /** Any bytes, encoded and padded in parts of any size, come out of parts of any other size. */
    @Test
    void readsWhateverWasFlushedHoweverItArrives() {
        Random random = new Random(42);
        for (int run = 0; run < 2000; run++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(50));
                ByteBuf encoded = WebText.encoded(Unpooled.wrappedBuffer(bytes, at, length), length);
                sent.writeBytes(ByteBufUtil.getBytes(encoded));
                at += length;
            }
            assertThat(decoded(sent.toByteArray(), random)).as("run %d", run).isEqualTo(bytes);
        }
    }

    private static byte[] decoded(byte[] text, Random random) {
        WebText reader = new WebText();
        ByteBuf from = Unpooled.wrappedBuffer(text);
        ByteBuf to = Unpooled.buffer();
        while (from.isReadable()) {
            int length = Math.min(from.readableBytes(), 1 + random.nextInt(9));
            // The bound that the bridge gives its buffers.
            ByteBuf part = Unpooled.buffer(length / 4 * 3 + 3, length / 4 * 3 + 3);
            assertThat(reader.decode(from, length, part)).isTrue();
            to.writeBytes(part);
        }
        assertThat(reader.whole()).isTrue();
        return ByteBufUtil.getBytes(to);
    }

    @Test
    void encodesAsTheJdkDoes() {
        byte[] bytes = {(byte) 0x80, 0, 0, 0, 15, 'g', 'r', 'p', 'c', '-', 's'};
        ByteBuf encoded = WebText.encoded(Unpooled.wrappedBuffer(bytes), bytes.length);
        assertThat(ByteBufUtil.getBytes(encoded)).isEqualTo(Base64.getEncoder().encode(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"A===", "====", "=AAA", "A=AA", "AA=A", "AB==", "AAB=", "AA\r\n", "AA-_", "AA A", "AAAA="})
    void refusesWhatIsNotBase64(String text) {
        WebText reader = new WebText();
        ByteBuf from = Unpooled.wrappedBuffer(text.getBytes(US_ASCII));
        boolean read = reader.decode(from, from.readableBytes(), Unpooled.buffer());
        assertThat(read && reader.whole()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "AA", "AAA", "AAAAA", "AA="})
    void knowsThatAGroupIsNotWhole(String text) {
        WebText reader = new WebText();
        ByteBuf from = Unpooled.wrappedBuffer(text.getBytes(US_ASCII));
        assertThat(reader.decode(from, from.readableBytes(), Unpooled.buffer())).isTrue();
        assertThat(reader.whole()).isFalse();
    }
}
