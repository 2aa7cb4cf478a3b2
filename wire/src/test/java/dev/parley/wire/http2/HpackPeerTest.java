package dev.parley.wire.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against Netty's HPACK, in both directions, over many heads of one connection. Says its seed; set {@code parley.seed}. */
class HpackPeerTest {
    private static final int CONNECTIONS = 60;
    private static final int HEADS = 60;
    private static final List<String> NAMES = List.of(
            "accept-encoding",
            "authorization",
            "grpc-status",
            "content-length",
            "x-request-id",
            "user-agent",
            "x-a",
            "content-type",
            "traceparent",
            "set-cookie",
            "x-a-rather-long-name-that-nobody-knows");

    private final long seed = Long.getLong("parley.seed", System.nanoTime());
    private final Random random = new Random(seed);

    HpackPeerTest() {
        System.out.println("hpack seed " + seed);
    }

    @Test
    void decodesWhatNettyEncodes() throws Http2Exception {
        for (int connection = 0; connection < CONNECTIONS; connection++) {
            HpackDecoder ours = new HpackDecoder(8192);
            DefaultHttp2HeadersEncoder theirs =
                    new DefaultHttp2HeadersEncoder((name, value) -> random.nextInt(9) == 0, false);
            for (int head = 0; head < HEADS; head++) {
                if (random.nextInt(10) == 0) {
                    theirs.maxHeaderTableSize(random.nextInt(8193));
                }
                List<String[]> fields = fields();
                Http2Headers headers = new DefaultHttp2Headers(false);
                fields.forEach(field -> headers.add(field[0], field[1]));
                ByteBuf out = Unpooled.buffer();
                theirs.encodeHeaders(3, headers, out);
                List<String> expected = new ArrayList<>();
                headers.forEach(field -> expected.add(field.getKey() + ": " + field.getValue()));
                assertThat(Blocks.decode(ours, ByteBufUtil.getBytes(out)))
                        .as("seed %d", seed)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void nettyDecodesWhatIsEncoded() throws Http2Exception {
        for (int connection = 0; connection < CONNECTIONS; connection++) {
            HpackEncoder ours = new HpackEncoder();
            HpackDecoder back = new HpackDecoder(4096);
            DefaultHttp2HeadersDecoder theirs = new DefaultHttp2HeadersDecoder(false, 1 << 20);
            for (int head = 0; head < HEADS; head++) {
                if (random.nextInt(10) == 0) {
                    for (int i = random.nextInt(3); i >= 0; i--) {
                        int size = random.nextInt(8193);
                        theirs.configuration().maxHeaderTableSize(size);
                        ours.peerTableBytes(size);
                    }
                }
                List<String[]> fields = fields();
                HeaderBlock out = new HeaderBlock();
                ours.begin(out);
                List<String> expected = new ArrayList<>();
                for (String[] field : fields) {
                    // Any case of letters, among other bytes, as it would lie in a head of HTTP/1.1.
                    String name = random.nextBoolean() ? field[0] : field[0].toUpperCase(java.util.Locale.ROOT);
                    byte[] line = Blocks.latin("~~" + name + ": " + field[1] + "\r\n");
                    int nameTo = 2 + name.length();
                    ours.field(FieldId.of(line, 2, nameTo), line, 2, nameTo, line, nameTo + 2, line.length - 2);
                    expected.add(field[0] + ": " + field[1]);
                }
                byte[] block = Blocks.bytes(out);
                assertThat(Blocks.decode(back, block)).as("seed %d", seed).isEqualTo(expected);
                List<String> told = new ArrayList<>();
                theirs.decodeHeaders(3, Unpooled.wrappedBuffer(block))
                        .forEach(field -> told.add(field.getKey() + ": " + field.getValue()));
                assertThat(told).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    private List<String[]> fields() {
        List<String[]> fields = new ArrayList<>();
        for (int i = random.nextInt(14); i >= 0; i--) {
            fields.add(new String[] {NAMES.get(random.nextInt(NAMES.size())), value()});
        }
        return fields;
    }

    private String value() {
        return switch (random.nextInt(5)) {
            case 0 -> "gzip, deflate";
            case 1 -> "value-" + random.nextInt(6);
            case 2 -> Long.toHexString(random.nextLong());
            case 3 -> "long " + "x".repeat(random.nextInt(1500)) + random.nextInt(3);
            default -> anything();
        };
    }

    private String anything() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            text.append((char) random.nextInt(256));
        }
        return text.toString();
    }
}
