package dev.parley.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.ChunkedScanner;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import dev.parley.wire.http1.ResponseParser;
import dev.parley.wire.proxyprotocol.ProxyHeader;
import dev.parley.wire.tls.ClientHello;
import dev.parley.wire.tls.ClientHelloParser;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What holds of every decoder whatever bytes it is given. The grammar of an accepted head is written again here as a
 * regular expression, slow and plain, so that the fast parsers are held against something that shares no code with them.
 */
final class DecoderRules {
    private static final HeadLimits LIMITS = new HeadLimits(2048, 512, 24);
    private static final String FIELDS = "([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*\r\n)*\r\n";
    private static final Pattern REQUEST = Pattern.compile(
            "(\r\n)?[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} [\\x21\\x24-\\x3b\\x3d\\x3f-\\x5b\\x5d-\\x7e]+ HTTP/1\\.[01]\r\n"
                    + FIELDS);
    private static final Pattern RESPONSE =
            Pattern.compile("HTTP/1\\.[01] [1-5][0-9]{2}( [\\t\\x20-\\x7e\\x80-\\xff]*)?\r\n" + FIELDS);
    private static final Pattern DOT_SEGMENT =
            Pattern.compile("(?i)(/|%2f|%5c)(\\.|%2e){1,2}(;[^?/]*)?((/|%2f|%5c).*|\\?.*|)", Pattern.DOTALL);
    private static final Pattern AUTHORITY =
            Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[0-9A-Za-z._~-]+)(:[0-9]{1,5})?");

    private DecoderRules() {}

    static void clientHello(byte[] bytes) {
        ClientHelloParser.Result result = ClientHelloParser.parse(bytes, 0, bytes.length);
        assertThat(ClientHelloParser.parse(shift(bytes), 5, bytes.length + 5)).isEqualTo(result);
        switch (result) {
            case ClientHelloParser.NeedMore(int needed) ->
                assertThat(needed).isBetween(bytes.length + 1, ClientHelloParser.MOST_INPUT);
            case ClientHelloParser.Whole(ClientHello hello) -> {
                assertThat(ClientHelloParser.couldBeTls(bytes, 0, bytes.length)).isTrue();
                String name = hello.serverName() == null ? "a" : hello.serverName();
                assertThat(name).matches("[a-z0-9._:-]{1,255}");
                assertThat(hello.protocols()).allMatch(each -> !each.isEmpty() && each.length() < 256);
            }
            case ClientHelloParser.Refused(String why) -> assertThat(why).endsWith(".");
            case ClientHelloParser.NotTls() -> {}
        }
    }

    static void request(byte[] bytes) {
        RequestParser parser = new RequestParser();
        RequestHead head = new RequestHead();
        int length = parser.parse(bytes, 0, bytes.length, LIMITS, head);
        assertThat(length).isBetween(-1, Math.min(bytes.length, LIMITS.headBytes()));
        int shifted = parser.parse(shift(bytes), 5, bytes.length + 5, LIMITS, new RequestHead());
        assertThat(shifted).isEqualTo(length);
        if (length <= 0) {
            return;
        }
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        assertThat(text).matches(REQUEST);
        assertThat(head.bodyFrom()).isEqualTo(length);
        assertThat(head.framing()).isNotEqualTo(Framing.UNTIL_CLOSE);
        assertThat(parser.parse(bytes, 0, length - 1, LIMITS, new RequestHead()))
                .isZero();
        String path = text.substring(head.pathFrom(), head.pathTo());
        assertThat(path).matches(head.asterisk() ? "\\*|" : "(/.*)?");
        for (int at = 0; at < path.length(); at++) {
            assertThat(path.substring(at)).doesNotMatch(DOT_SEGMENT);
        }
        if (head.authorityFrom() >= 0) {
            assertThat(text.substring(head.authorityFrom(), head.authorityTo())).matches(AUTHORITY);
        } else {
            assertThat(head.minorVersion()).isZero();
        }
        fields(head.fields(), length);
        framing(head.fields(), head.framing() == Framing.CHUNKED, head.contentLength());
        assertThat(head.fields().repeats(FieldId.HOST)).isFalse();
    }

    static void response(byte[] bytes) {
        ResponseParser parser = new ResponseParser();
        for (int method : new int[] {Method.GET, Method.HEAD}) {
            ResponseHead head = new ResponseHead();
            int length = parser.parse(bytes, 0, bytes.length, LIMITS, method, head);
            assertThat(length).isBetween(-1, Math.min(bytes.length, LIMITS.headBytes()));
            assertThat(parser.parse(shift(bytes), 5, bytes.length + 5, LIMITS, method, new ResponseHead()))
                    .isEqualTo(length);
            if (length == ResponseParser.REFUSED) {
                assertThat(parser.refusal().status()).isEqualTo(502);
            }
            if (length > 0) {
                assertThat(new String(bytes, 0, length, StandardCharsets.ISO_8859_1))
                        .matches(RESPONSE);
                assertThat(head.bodyFrom()).isEqualTo(length);
                assertThat(head.framing() == Framing.UNTIL_CLOSE && head.keepAlive())
                        .isFalse();
                fields(head.fields(), length);
                boolean coded = head.fields().has(FieldId.TRANSFER_ENCODING);
                framing(head.fields(), coded, head.contentLength());
            }
        }
    }

    /** Where the cuts fall changes nothing, and nothing behind the end is touched. */
    static void chunks(byte[] bytes) {
        ChunkedScanner scanner = new ChunkedScanner();
        scanner.reset();
        String whole = scan(scanner, bytes, Math.max(1, bytes.length));
        for (int piece = 1; piece <= 7; piece += 2) {
            scanner.reset();
            assertThat(scan(scanner, bytes, piece)).isEqualTo(whole);
        }
    }

    static void proxyHeader(byte[] bytes) {
        ProxyHeader.Result result = ProxyHeader.parse(bytes, 0, bytes.length);
        assertThat(ProxyHeader.parse(shift(bytes), 5, bytes.length + 5).getClass())
                .isEqualTo(result.getClass());
        if (result instanceof ProxyHeader.Accepted accepted) {
            assertThat(accepted.length()).isBetween(15, bytes.length);
            assertThat(accepted.source() == null).isEqualTo(accepted.destination() == null);
            assertThat(ProxyHeader.parse(bytes, 0, accepted.length())).isEqualTo(result);
            assertThat(ProxyHeader.parse(bytes, 0, accepted.length() - 1)).isInstanceOf(ProxyHeader.NeedMore.class);
        }
        if (result instanceof ProxyHeader.NeedMore) {
            assertThat(bytes.length).isLessThan(16 + 216 + 4096);
        }
    }

    /** The lines lie end to end, up to the empty one, and every part within its line. */
    private static void fields(FieldBlock fields, int headLength) {
        assertThat(fields.count()).isLessThanOrEqualTo(LIMITS.fields());
        for (int i = 0; i < fields.count(); i++) {
            int next = i + 1 < fields.count() ? fields.lineFrom(i + 1) : headLength - 2;
            assertThat(fields.lineTo(i)).isEqualTo(next);
            assertThat(fields.bytes()[fields.nameTo(i)]).isEqualTo((byte) ':');
            assertThat(fields.nameFrom(i)).isEqualTo(fields.lineFrom(i)).isLessThan(fields.nameTo(i));
            assertThat(fields.valueFrom(i)).isBetween(fields.nameTo(i) + 1, fields.valueTo(i));
            assertThat(fields.valueTo(i)).isLessThanOrEqualTo(fields.lineTo(i) - 2);
            byte[] name = text(fields, fields.nameFrom(i), fields.nameTo(i))
                    .toLowerCase(java.util.Locale.ROOT)
                    .getBytes(StandardCharsets.ISO_8859_1);
            assertThat(fields.find(name)).isBetween(0, i);
            assertThat(fields.id(fields.find(name))).isEqualTo(fields.id(i));
        }
    }

    private static void framing(FieldBlock fields, boolean chunked, long contentLength) {
        int length = fields.find(FieldId.CONTENT_LENGTH);
        int coding = fields.find(FieldId.TRANSFER_ENCODING);
        assertThat(length >= 0 && coding >= 0).isFalse();
        assertThat(fields.repeats(FieldId.CONTENT_LENGTH) || fields.repeats(FieldId.TRANSFER_ENCODING))
                .isFalse();
        assertThat(chunked).isEqualTo(coding >= 0);
        if (length >= 0) {
            String digits = text(fields, fields.valueFrom(length), fields.valueTo(length));
            assertThat(digits).matches("[0-9]+");
            assertThat(new java.math.BigInteger(digits)).isEqualTo(java.math.BigInteger.valueOf(contentLength));
        } else {
            assertThat(contentLength).isEqualTo(-1);
        }
    }

    private static String scan(ChunkedScanner scanner, byte[] bytes, int piece) {
        StringBuilder told = new StringBuilder();
        for (int from = 0; from < bytes.length; from += piece) {
            ByteBuffer in = ByteBuffer.wrap(bytes, from, Math.min(piece, bytes.length - from));
            int event;
            do {
                int before = in.position();
                event = scanner.next(in);
                if (event == ChunkedScanner.DATA) {
                    assertThat(in.position() - before)
                            .isEqualTo(scanner.dataBytes())
                            .isPositive();
                    told.append(new String(bytes, before, scanner.dataBytes(), StandardCharsets.ISO_8859_1));
                }
            } while (event == ChunkedScanner.DATA || event == ChunkedScanner.FRAMING);
            if (event == ChunkedScanner.END) {
                return told + " END " + in.position();
            }
            if (event == ChunkedScanner.REFUSED) {
                return told + " " + scanner.refusal();
            }
            assertThat(in.hasRemaining()).isFalse();
        }
        return told + " NEED_MORE";
    }

    private static String text(FieldBlock fields, int from, int to) {
        return new String(Arrays.copyOfRange(fields.bytes(), from, to), StandardCharsets.ISO_8859_1);
    }

    /** The same bytes among others that would change the answer, were they read. */
    private static byte[] shift(byte[] bytes) {
        byte[] shifted = new byte[bytes.length + 14];
        Arrays.fill(shifted, (byte) '\n');
        System.arraycopy(bytes, 0, shifted, 5, bytes.length);
        return shifted;
    }
}
