package dev.parley.testkit.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The fields of one head or trailer section in the order they came, pseudo-fields among them.
 *
 * @param lines each {@code name: value}
 */
public record Fields(List<String> lines) {
    /** None. */
    public static final Fields NONE = new Fields(List.of());

    public Fields {
        lines = List.copyOf(lines);
    }

    /** The values of a field by its name in lower case, in the order they came. */
    public List<String> values(String name) {
        String start = name + ": ";
        return lines.stream()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .toList();
    }

    /** The first value of a field, or empty text where there is none. */
    public String value(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? "" : values.getFirst();
    }

    /** The status of a response's head, or 0 where it has none. */
    public int status() {
        String status = value(":status");
        return status.isEmpty() ? 0 : Integer.parseInt(status);
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }

    /** Reads one side's field blocks, in the order they come, as the dynamic table requires. Netty's HPACK does the work. */
    static final class Reader {
        private static final int MOST_BYTES = 16 << 20;

        /** Field by field, without Netty's rules on fields: what is wrong with them is for the test to say. */
        private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, MOST_BYTES);

        Fields read(int stream, byte[] block) throws IOException {
            ByteBuf bytes = Unpooled.wrappedBuffer(block);
            try {
                Http2Headers headers = decoder.decodeHeaders(stream, bytes);
                List<String> lines = new ArrayList<>();
                for (Map.Entry<CharSequence, CharSequence> field : headers) {
                    lines.add(field.getKey() + ": " + field.getValue());
                }
                return new Fields(lines);
            } catch (Http2Exception malformed) {
                throw new IOException("The peer's field block cannot be read", malformed);
            } finally {
                bytes.release();
            }
        }
    }
}
