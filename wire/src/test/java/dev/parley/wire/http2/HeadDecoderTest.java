package dev.parley.wire.http2;

import static dev.parley.wire.http2.Blocks.latin;
import static dev.parley.wire.http2.Blocks.plain;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http2.HeadDecoder.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What heads become. */
class HeadDecoderTest {
    private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 8 * 1024, 100);

    private final HpackDecoder table = new HpackDecoder(4096);
    private final HeadDecoder decoder = new HeadDecoder();
    private final RequestHead head = new RequestHead();

    @Test
    void aRequestIsToldAsOneOfHttp1() {
        request(
                false,
                ":path: /a/b?c=d",
                ":authority: A.example:8443",
                ":scheme: https",
                ":method: POST",
                "content-type: application/grpc",
                "te: trailers",
                "x-a: ",
                "content-length: 12");
        assertThat(head.http2()).isTrue();
        assertThat(head.minorVersion()).isEqualTo(1);
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.method()).isEqualTo(Method.POST);
        assertThat(text(head.methodFrom(), head.methodTo())).isEqualTo("POST");
        assertThat(text(head.targetFrom(), head.targetTo())).isEqualTo("/a/b?c=d");
        assertThat(text(head.pathFrom(), head.pathTo())).isEqualTo("/a/b");
        assertThat(text(head.queryFrom(), head.queryTo())).isEqualTo("c=d");
        assertThat(text(head.authorityFrom(), head.authorityTo())).isEqualTo("A.example:8443");
        assertThat(text(head.hostFrom(), head.hostTo())).isEqualTo("A.example");
        assertThat(text(head.schemeFrom(), head.schemeTo())).isEqualTo("https");
        assertThat(head.protocolFrom()).isEqualTo(-1);
        assertThat(head.upgrade()).isEqualTo(-1);
        assertThat(head.acceptsTrailers()).isTrue();
        assertThat(head.expectContinue()).isFalse();
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
        assertThat(head.contentLength()).isEqualTo(12);
        FieldBlock fields = head.fields();
        assertThat(text(fields.lineFrom(0), head.bodyFrom()))
                .isEqualTo("content-type: application/grpc\r\nte: trailers\r\nx-a: \r\ncontent-length: 12\r\n\r\n");
        assertThat(fields.id(0)).isEqualTo(FieldId.CONTENT_TYPE);
        assertThat(fields.hopByHop(1)).isTrue();
        assertThat(fields.valueFrom(2)).isEqualTo(fields.valueTo(2));
        for (int i = 1; i < fields.count(); i++) {
            assertThat(fields.lineFrom(i)).isEqualTo(fields.lineTo(i - 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"true, , 0", "false, , 2", "false, content-length: 0, 0", "false, content-length: 3, 1"})
    void framingFollowsFromTheStreamAndTheLength(boolean endStream, String line, int framing) {
        if (line == null) {
            request(endStream, ":method: PUT", ":scheme: http", ":path: /", "host: a");
        } else {
            request(endStream, ":method: PUT", ":scheme: http", ":path: /", "host: a", line);
        }
        assertThat(head.framing()).isEqualTo(framing);
        assertThat(text(head.authorityFrom(), head.authorityTo())).isEqualTo("a");
    }

    @Test
    void crumbsAreJoinedAndWhatIsSecretStaysSo() {
        HeaderBlock out = new HeaderBlock();
        for (byte b : plain(":method: GET", ":scheme: http", ":path: /", ":authority: a", "cookie: a=b", "x-a: c")) {
            Blocks.put(out, b);
        }
        Blocks.put(out, 0x10);
        Blocks.string(out, "cookie");
        Blocks.string(out, "secret=1");
        Blocks.put(out, 0x10);
        Blocks.string(out, "x-key");
        Blocks.string(out, "2");
        byte[] block = Blocks.bytes(out);
        assertThat(decoder.request(table, block, 0, block.length, true, false, LIMITS, head))
                .isEqualTo(Result.OK);
        FieldBlock fields = head.fields();
        int cookie = fields.find(FieldId.COOKIE);
        assertThat(fields.repeats(FieldId.COOKIE)).isFalse();
        assertThat(text(fields.lineFrom(cookie), fields.lineTo(cookie))).isEqualTo("cookie: a=b; secret=1\r\n");
        assertThat(fields.neverIndexed(cookie)).isTrue();
        assertThat(fields.neverIndexed(fields.find(latin("x-a")))).isFalse();
        assertThat(fields.neverIndexed(fields.find(latin("x-key")))).isTrue();
    }

    @Test
    void anExtendedConnectNamesItsProtocol() {
        byte[] block =
                plain(":method: CONNECT", ":protocol: websocket", ":scheme: https", ":path: /chat", ":authority: a");
        assertThat(decoder.request(table, block, 0, block.length, false, true, LIMITS, head))
                .isEqualTo(Result.OK);
        assertThat(head.method()).isEqualTo(Method.CONNECT);
        assertThat(text(head.protocolFrom(), head.protocolTo())).isEqualTo("websocket");
        assertThat(text(head.pathFrom(), head.pathTo())).isEqualTo("/chat");
        byte[] other = plain(":method: GET", ":protocol: a", ":scheme: https", ":path: /chat", ":authority: a");
        assertThat(decoder.request(table, other, 0, other.length, false, true, LIMITS, head))
                .isEqualTo(Result.MALFORMED);
    }

    @Test
    void optionsMayBeOfTheServer() {
        request(true, ":method: OPTIONS", ":scheme: http", ":path: *", ":authority: a", "expect: 100-continue");
        assertThat(head.asterisk()).isTrue();
        assertThat(head.expectContinue()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "200, false, 1, , 2",
        "200, true, 1, , 0",
        "200, false, 1, content-length: 5, 1",
        "200, false, 2, content-length: 5, 0",
        "204, false, 1, , 0",
        "304, true, 1, content-length: 5, 0",
        "103, false, 1, , 0",
        "599, false, 1, content-length: 0, 0"
    })
    void responsesAreFramedByTheirStatusAndTheRequest(
            int status, boolean endStream, int method, String line, int framing) {
        ResponseHead response = new ResponseHead();
        byte[] block = line == null ? plain(":status: " + status) : plain(":status: " + status, line);
        assertThat(decoder.response(table, block, 0, block.length, endStream, method, LIMITS, response))
                .isEqualTo(Result.OK);
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.framing()).isEqualTo(framing);
        assertThat(response.minorVersion()).isEqualTo(1);
        assertThat(response.reasonTo()).isEqualTo(response.reasonFrom());
    }

    @Test
    void trailersOfGrpcPass() {
        FieldBlock fields = new FieldBlock();
        byte[] block = plain("grpc-status: 0", "grpc-message: all is well", "x-checksum: 1");
        assertThat(decoder.trailers(table, block, 0, block.length, true, fields))
                .isEqualTo(Result.OK);
        assertThat(fields.count()).isEqualTo(3);
        assertThat(latin(fields.bytes(), fields.lineFrom(0), fields.lineTo(2)))
                .isEqualTo("grpc-status: 0\r\ngrpc-message: all is well\r\nx-checksum: 1\r\n");
    }

    /** What one connection sends is what the next one reads, table by table, until nothing but indexes is left. */
    @Test
    void aHeadSentAgainIsTheSameAndShrinksToIndexes() {
        HpackEncoder encoder = new HpackEncoder();
        HpackDecoder next = new HpackDecoder(4096);
        int last = 0;
        for (int round = 0; round < 4; round++) {
            request(
                    true,
                    ":method: GET",
                    ":scheme: https",
                    ":path: /a",
                    ":authority: a.example",
                    "user-agent: b",
                    "cookie: long-enough-to-be-kept=1; c=d",
                    "x-own: e");
            HeaderBlock out = new HeaderBlock();
            encoder.begin(out);
            encoder.method(head.bytes(), head.methodFrom(), head.methodTo());
            encoder.scheme(head.bytes(), head.schemeFrom(), head.schemeTo());
            encoder.path(head.bytes(), head.targetFrom(), head.targetTo());
            encoder.authority(head.bytes(), head.authorityFrom(), head.authorityTo());
            for (int i = 0; i < head.fields().count(); i++) {
                encoder.field(head.fields(), i);
            }
            byte[] block = Blocks.bytes(out);
            last = block.length;
            assertThat(decoder.request(next, block, 0, block.length, true, false, LIMITS, head))
                    .isEqualTo(Result.OK);
            assertThat(text(head.fields().lineFrom(0), head.bodyFrom()))
                    .isEqualTo("user-agent: b\r\nx-own: e\r\ncookie: long-enough-to-be-kept=1; c=d\r\n\r\n");
        }
        // Seven indexes, and the short cookie: its name's index and three bytes of value.
        assertThat(last).isEqualTo(7 + 2 + 1 + 3);
    }

    private void request(boolean endStream, String... lines) {
        byte[] block = plain(lines);
        assertThat(decoder.request(table, block, 0, block.length, endStream, false, LIMITS, head))
                .isEqualTo(Result.OK);
    }

    private String text(int from, int to) {
        return latin(head.bytes(), from, to);
    }
}
