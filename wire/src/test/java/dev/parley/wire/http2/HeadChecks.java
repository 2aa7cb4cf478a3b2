package dev.parley.wire.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import dev.parley.wire.http2.HeadDecoder.Result;

/**
 * What holds of the decoder of heads whatever bytes it is given. What it accepts is written out as a head of HTTP/1.1,
 * which the parser of that must accept and read in the same way.
 */
final class HeadChecks {
    static final HeadLimits LIMITS = new HeadLimits(2048, 512, 24);

    private final HeadDecoder decoder = new HeadDecoder();
    private int accepted;

    /** How many blocks were good requests. */
    int accepted() {
        return accepted;
    }

    /** Whether the connection would go on. */
    boolean survives(HpackDecoder table, byte[] block, boolean endStream) {
        RequestHead request = new RequestHead();
        Result result = decoder.request(table, block, 0, block.length, endStream, false, LIMITS, request);
        if (result == Result.OK) {
            accepted++;
            check(request);
        }
        if (fatal(result)) {
            return false;
        }
        ResponseHead response = new ResponseHead();
        result = decoder.response(table, block, 0, block.length, endStream, Method.GET, LIMITS, response);
        if (result == Result.OK) {
            assertThat(response.status()).isBetween(100, 599);
            lines(response.fields(), response.bodyFrom());
        }
        if (fatal(result)) {
            return false;
        }
        FieldBlock trailers = new FieldBlock();
        result = decoder.trailers(table, block, 0, block.length, false, trailers);
        if (result == Result.OK) {
            for (int i = 0; i < trailers.count(); i++) {
                assertThat(FieldId.forbiddenInTrailers(trailers.id(i))).isFalse();
            }
        }
        return !fatal(result);
    }

    private static boolean fatal(Result result) {
        return result == Result.BOMB || result == Result.COMPRESSION;
    }

    private static void check(RequestHead head) {
        byte[] bytes = head.bytes();
        String fields = lines(head.fields(), head.bodyFrom());
        String host = head.fields().has(FieldId.HOST)
                ? ""
                : "host: " + Blocks.latin(bytes, head.authorityFrom(), head.authorityTo()) + "\r\n";
        byte[] text = Blocks.latin(Blocks.latin(bytes, head.methodFrom(), head.methodTo())
                + " "
                + Blocks.latin(bytes, head.targetFrom(), head.targetTo())
                + " HTTP/1.1\r\n"
                + host
                + fields
                + "\r\n");
        RequestHead other = new RequestHead();
        RequestParser parser = new RequestParser();
        int length = parser.parse(text, 0, text.length, new HeadLimits(4096, 512, 40), other);
        assertThat(length).as(() -> parser.refusal().code()).isEqualTo(text.length);
        assertThat(other.method()).isEqualTo(head.method());
        assertThat(other.contentLength()).isEqualTo(head.contentLength());
        assertThat(Blocks.latin(text, other.pathFrom(), other.pathTo()))
                .isEqualTo(Blocks.latin(bytes, head.pathFrom(), head.pathTo()));
        assertThat(Blocks.latin(text, other.hostFrom(), other.hostTo()))
                .isEqualToIgnoringCase(Blocks.latin(bytes, head.hostFrom(), head.hostTo()));
        assertThat(other.fields().count()).isEqualTo(head.fields().count() + (host.isEmpty() ? 0 : 1));
        assertThat(head.framing()).isNotEqualTo(Framing.UNTIL_CLOSE);
    }

    /** The lines lie end to end up to the empty one, in lower case, and their identifiers are those of their names. */
    private static String lines(FieldBlock fields, int bodyFrom) {
        byte[] bytes = fields.bytes();
        for (int i = 0; i < fields.count(); i++) {
            int next = i + 1 < fields.count() ? fields.lineFrom(i + 1) : bodyFrom - 2;
            assertThat(fields.lineTo(i)).isEqualTo(next);
            assertThat(fields.id(i)).isEqualTo(FieldId.of(bytes, fields.nameFrom(i), fields.nameTo(i)));
            assertThat(Blocks.latin(bytes, fields.lineFrom(i), fields.lineTo(i)))
                    .matches("[!#$%&'*+.^_`|~0-9a-z-]+: ([\\x21-\\x7e\\x80-\\xff]"
                            + "([\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?\r\n");
        }
        return fields.count() == 0 ? "" : Blocks.latin(bytes, fields.lineFrom(0), bodyFrom - 2);
    }
}
