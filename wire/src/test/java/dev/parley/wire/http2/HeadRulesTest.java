package dev.parley.wire.http2;

import static dev.parley.wire.http2.Blocks.plain;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http2.HeadDecoder.Result;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What RFC 9113, section 8 and this proxy refuse, with its code. In the tables lines are parted by {@code ~}, and
 * {@code \r \n \t \0} stand for the bytes they name. Each block is followed by one that must be read well.
 */
class HeadRulesTest {
    private static final HeadLimits LIMITS = new HeadLimits(512, 64, 8);
    private static final String GOOD = ":method: GET~:scheme: https~:path: /a~:authority: a.example";

    private final HpackDecoder table = new HpackDecoder(4096);
    private final HeadDecoder decoder = new HeadDecoder();
    private final RequestHead request = new RequestHead();
    private final ResponseHead response = new ResponseHead();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Accept: b | field-name-capitals",
                "x y: b | field-name",
                "x:y: b | field-name",
                ":: b | field-name",
                "x-a: b\\0c | field-value",
                "x-a: b\\r\\nc | field-value",
                "x-a: b\\nc | field-value",
                "x-a: \\x7F | field-value",
                "x-a: ' b' | field-value-blank",
                "x-a: 'b ' | field-value-blank",
                "x-a: b\\t | field-value-blank",
                "connection: close | connection-specific",
                "keep-alive: 1 | connection-specific",
                "proxy-connection: a | connection-specific",
                "transfer-encoding: chunked | connection-specific",
                "upgrade: h2c | connection-specific",
                "te: gzip | connection-specific",
                "te: trailers, deflate | connection-specific",
                ":path: /b | pseudo-repeated",
                ":method: GET | pseudo-repeated",
                ":status: 200 | pseudo-unknown",
                ":unknown: a | pseudo-unknown",
                ":protocol: websocket | pseudo-unknown",
                "x-a: b~:authority: a.example | pseudo-repeated",
                "host: b.example | host-conflict",
                "host: a.example~host: a.example | host-repeated",
                "content-length: 1~content-length: 1 | length-repeated",
                "content-length: 1~content-length: 2 | length-repeated",
                "content-length: +1 | length-invalid",
                "content-length: 1, 1 | length-invalid",
                "content-length: 9223372036854775808 | length-invalid",
                "expect: a | expectation",
            })
    void refusesBesideAGoodHead(String lines, String code) {
        assertThat(request(GOOD + "~" + lines, false)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo(code);
        goesOn();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ":scheme: https~:path: /~:authority: a | pseudo-missing",
                ":method: GET~:path: /~:authority: a | pseudo-missing",
                ":method: GET~:scheme: https~:authority: a | pseudo-missing",
                ":method: ~:scheme: https~:path: /~:authority: a | method",
                ":method: G T~:scheme: https~:path: /~:authority: a | method",
                ":method: ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG~:scheme: https~:path: /~:authority: a | method-too-long",
                ":method: GET~:scheme: ~:path: /~:authority: a | scheme",
                ":method: GET~:scheme: ftp~:path: /~:authority: a | scheme",
                ":method: GET~:scheme: https~:path: ~:authority: a | target",
                ":method: GET~:scheme: https~:path: a~:authority: a | target",
                ":method: GET~:scheme: https~:path: http://a/~:authority: a | target",
                ":method: GET~:scheme: https~:path: *~:authority: a | target",
                ":method: OPTIONS~:scheme: https~:path: *a~:authority: a | target",
                ":method: GET~:scheme: https~:path: /a b~:authority: a | target-byte",
                ":method: GET~:scheme: https~:path: /a HTTP/1.1~:authority: a | target-byte",
                ":method: GET~:scheme: https~:path: /a#b~:authority: a | target-byte",
                ":method: GET~:scheme: https~:path: /%4~:authority: a | target-encoding",
                ":method: GET~:scheme: https~:path: /%~:authority: a | target-encoding",
                ":method: GET~:scheme: https~:path: /%00~:authority: a | target-nul",
                ":method: GET~:scheme: https~:path: /a/../b~:authority: a | dot-segment",
                ":method: GET~:scheme: https~:path: /%2e~:authority: a | dot-segment",
                ":method: GET~:scheme: https~:path: /a\\nb~:authority: a | field-value",
                ":method: GET~:scheme: https~:path: / | host-missing",
                ":method: GET~:scheme: https~:path: /~:authority: | host-invalid",
                ":method: GET~:scheme: https~:path: /~:authority: u@a | host-invalid",
                ":method: GET~:scheme: https~:path: /~:authority: a:99999 | host-invalid",
                ":method: GET~:scheme: https~:path: /~host: a/b | host-invalid",
                ":method: GET~:scheme: https~:path: /~x-a: b~:authority: a | pseudo-late",
                ":method: CONNECT~:authority: a:443 | connect",
                ":method: CONNECT~:scheme: https~:path: /~:authority: a | connect",
            })
    void refusesHeads(String lines, String code) {
        assertThat(request(lines, true)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo(code);
        goesOn();
    }

    @Test
    void refusesABodyThatCannotCome() {
        assertThat(request(GOOD + "~content-length: 1", true)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo("length-without-body");
        assertThat(request(GOOD + "~content-length: 0", true)).isEqualTo(Result.OK);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ":status: 200~connection: close | response-connection",
                ":status: 200~X-A: close | response-field",
                ":status: 200~:path: / | response-status",
                ":status: 200~:status: 200 | response-status",
                "x-a: b~:status: 200 | response-status",
                "x-a: b | response-status",
                ":status: 20 | response-status",
                ":status: 2000 | response-status",
                ":status: 2x0 | response-status",
                ":status: 600 | response-status",
                ":status: 099 | response-status",
                ":status: 101 | response-status",
                ":status: 204~content-length: 5 | response-length",
                ":status: 200~content-length: 5~content-length: 5 | response-length",
            })
    void refusesResponses(String lines, String code) {
        assertThat(response(lines, false, Method.GET)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo(code);
        assertThat(decoder.refusal().status()).isEqualTo(502);
        assertThat(response(":status: 200", false, Method.GET)).isEqualTo(Result.OK);
    }

    @Test
    void refusesAnInterimResponseThatEndsTheStreamAndALengthWithoutBody() {
        assertThat(response(":status: 103", true, Method.GET)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo("response-status");
        assertThat(response(":status: 200~content-length: 1", true, Method.GET)).isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo("response-length");
        assertThat(response(":status: 200~content-length: 1", true, Method.HEAD))
                .isEqualTo(Result.OK);
        assertThat(response(":status: 304~content-length: 1", true, Method.GET)).isEqualTo(Result.OK);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ":path: / | pseudo-unknown | response-status",
                ":status: 200 | pseudo-unknown | response-status",
                "content-length: 1 | trailer-forbidden | response-trailers",
                "connection: a | trailer-forbidden | response-trailers",
                "te: trailers | trailer-forbidden | response-trailers",
                "cookie: a | trailer-forbidden | response-trailers",
                "authorization: a | trailer-forbidden | response-trailers",
                "X-A: a | field-name-capitals | response-field",
            })
    void refusesTrailers(String line, String code, String ofResponse) {
        FieldBlock fields = new FieldBlock();
        byte[] block = plain(lines("x-b: c~" + line));
        assertThat(decoder.trailers(table, block, 0, block.length, false, fields))
                .isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo(code);
        assertThat(decoder.trailers(table, block, 0, block.length, true, fields))
                .isEqualTo(Result.MALFORMED);
        assertThat(decoder.refusal().code()).isEqualTo(ofResponse);
    }

    @ParameterizedTest
    @CsvSource({"500, 1, head-too-large, 431", "1, 9, too-many-fields, 431", "400, 2, head-too-large, 431"})
    void overTheLimitsIsAnswered(int bytes, int fields, String code, int status) {
        List<String> lines = new ArrayList<>(List.of(lines(GOOD)));
        for (int i = 0; i < fields; i++) {
            lines.add("x-" + i + ": " + "a".repeat(bytes));
        }
        assertThat(request(String.join("~", lines), true)).isEqualTo(Result.TOO_LARGE);
        assertThat(decoder.refusal().code()).isEqualTo(code);
        assertThat(decoder.refusal().status()).isEqualTo(status);
        goesOn();
    }

    @Test
    void aLongTargetIsAnsweredWith414AndOneOfTheLimitIsTaken() {
        assertThat(request(":method: GET~:scheme: https~:path: /" + "a".repeat(63) + "~:authority: a", true))
                .isEqualTo(Result.OK);
        assertThat(request(":method: GET~:scheme: https~:path: /" + "a".repeat(64) + "~:authority: a", true))
                .isEqualTo(Result.TOO_LARGE);
        assertThat(decoder.refusal().status()).isEqualTo(414);
    }

    /** The fields behind a fault still enter the table, or every later head would be misread. */
    @Test
    void theTableStaysInStepBehindAFault() {
        HeaderBlock out = new HeaderBlock();
        byte[] before = plain(lines("X-A: b~" + "x-b: " + "c".repeat(600)));
        for (byte b : before) {
            Blocks.put(out, b);
        }
        Blocks.put(out, 0x40);
        Blocks.string(out, "x-late");
        Blocks.string(out, "kept");
        byte[] block = Blocks.bytes(out);
        assertThat(decoder.request(table, block, 0, block.length, true, false, LIMITS, request))
                .isEqualTo(Result.MALFORMED);
        assertThat(Blocks.decode(table, new byte[] {(byte) 0xBE})).containsExactly("x-late: kept");
    }

    @Test
    void aBlockThatDecodesToFarMoreThanAllowedEndsTheConnection() {
        HeaderBlock out = new HeaderBlock();
        Blocks.put(out, 0x40);
        Blocks.string(out, "x-bomb");
        Blocks.string(out, "a".repeat(3900));
        for (int i = 0; i < 10_000; i++) {
            Blocks.put(out, 0xBE);
        }
        byte[] block = Blocks.bytes(out);
        HeadLimits large = new HeadLimits(32 * 1024, 64, 100);
        assertThat(decoder.request(table, block, 0, block.length, true, false, large, request))
                .isEqualTo(Result.BOMB);
    }

    @Test
    void manySmallFieldsEndTheConnection() {
        byte[] block = new byte[10_000];
        java.util.Arrays.fill(block, (byte) 0x90);
        assertThat(decoder.request(table, block, 0, block.length, true, false, LIMITS, request))
                .isEqualTo(Result.BOMB);
    }

    @Test
    void aBrokenBlockEndsTheConnection() {
        byte[] block = {(byte) 0xFF};
        assertThat(decoder.request(table, block, 0, block.length, true, false, LIMITS, request))
                .isEqualTo(Result.COMPRESSION);
    }

    @Test
    void crumbsOverTheLimitAreRefused() {
        String crumbs = ("cookie: " + "a".repeat(20) + "~").repeat(40);
        assertThat(request(GOOD + "~" + crumbs, true)).isEqualTo(Result.TOO_LARGE);
        goesOn();
        assertThat(request.fields().count()).isZero();
    }

    private void goesOn() {
        assertThat(request(GOOD, true)).isEqualTo(Result.OK);
    }

    private Result request(String text, boolean endStream) {
        byte[] block = plain(lines(text));
        return decoder.request(table, block, 0, block.length, endStream, false, LIMITS, request);
    }

    private Result response(String text, boolean endStream, int method) {
        byte[] block = plain(lines(text));
        return decoder.response(table, block, 0, block.length, endStream, method, LIMITS, response);
    }

    private static String[] lines(String text) {
        String[] lines = text.replace("\\0", "\0")
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\x7F", "\u007F")
                .replace("'", "")
                .split("~");
        for (int i = 0; i < lines.length; i++) {
            // The table's cells are trimmed, and so an empty last value has lost its space.
            lines[i] = lines[i].endsWith(":") ? lines[i] + " " : lines[i];
        }
        return lines;
    }
}
