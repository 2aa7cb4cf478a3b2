package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResponseParserTest {
    private final ResponseParser parser = new ResponseParser();
    private final ResponseHead head = new ResponseHead();

    @Test
    void tellsThePartsOfAPlainResponse() {
        String text = "HTTP/1.1 200 All  fine\u00e9\r\nContent-Length: 5\r\nX: y\r\n\r\n";

        assertThat(parse(text + "hello", Method.GET)).isEqualTo(text.length());
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.minorVersion()).isEqualTo(1);
        assertThat(new String(
                        Arrays.copyOfRange(head.bytes(), head.reasonFrom(), head.reasonTo()),
                        StandardCharsets.ISO_8859_1))
                .isEqualTo("All  fine\u00e9");
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
        assertThat(head.contentLength()).isEqualTo(5);
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.bodyFrom()).isEqualTo(text.length());
        assertThat(head.fields().count()).isEqualTo(2);
    }

    /** Framing: 0 none, 1 length, 2 chunked, 3 until close. Methods: 1 GET, 2 HEAD. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK | Content-Length: 3 | 1 | 1 | true",
                "HTTP/1.1 200 OK | Content-Length: 3 | 2 | 0 | true",
                "HTTP/1.1 200 OK | Content-Length: 0 | 1 | 0 | true",
                "HTTP/1.1 200 OK | Transfer-Encoding: chunked | 1 | 2 | true",
                "HTTP/1.1 200 OK | Transfer-Encoding: chunked | 2 | 0 | true",
                "HTTP/1.1 200 OK | X: y | 1 | 3 | false",
                "HTTP/1.1 200 OK | X: y | 2 | 0 | true",
                "HTTP/1.1 200 | Connection: close | 2 | 0 | false",
                "HTTP/1.1 200 OK | Connection: close | 1 | 3 | false",
                "HTTP/1.0 200 OK | Content-Length: 3 | 1 | 1 | false",
                "HTTP/1.0 200 OK | Connection: keep-alive | 1 | 3 | false",
                "HTTP/1.0 304 OK | Connection: keep-alive | 1 | 0 | true",
                "HTTP/1.1 100 Continue | X: y | 1 | 0 | true",
                "HTTP/1.1 101 Switching | Connection: upgrade | 1 | 0 | true",
                "HTTP/1.1 204 No | X: y | 1 | 0 | true",
                "HTTP/1.1 204 No | Content-Length: 0 | 1 | 0 | true",
                "HTTP/1.1 304 Same | Content-Length: 7 | 1 | 0 | true",
                "HTTP/1.1 304 Same | Transfer-Encoding: chunked | 1 | 0 | true",
                "HTTP/1.1 599 Odd | Content-Length: 1 | 1 | 1 | true",
            })
    void framesByStatusMethodAndFields(String line, String field, int method, int framing, boolean keepAlive) {
        assertThat(parse(line + "\r\n" + field + "\r\n\r\n", method)).isPositive();
        assertThat(head.framing()).isEqualTo(framing);
        assertThat(head.keepAlive()).isEqualTo(keepAlive);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "HTTP/2.0 200 OK | response-status-line",
                "HTTP/1.2 200 OK | response-status-line",
                "ICY 200 OK | response-status-line",
                "HTTP/1.1  200 OK | response-status-line",
                "HTTP/1.1 20 OK | response-status-line",
                "HTTP/1.1 2000 OK | response-status-line",
                "HTTP/1.1 099 OK | response-status-line",
                "HTTP/1.1 600 OK | response-status-line",
                "HTTP/1.1 +20 OK | response-status-line",
                "HTTP/1.1 200\\tOK | response-status-line",
                "HTTP/1.1 200 O\\0K | response-status-line",
                "HTTP/1.1 200 OK\\nX: y | response-line-end",
                "HTTP/1.1 200\\nX: y | response-line-end",
                "HTTP/1.1 200 OK\\rX: y | response-line-end",
                "HTTP/1.1 200 OK\\r\\nX: y\\nZ: z | response-line-end",
                "HTTP/1.1 200 OK\\r\\nX: y\\r\\n folded | response-field",
                "HTTP/1.1 200 OK\\r\\nX : y | response-field",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\nContent-Length: 1 | response-length",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 1, 1 | response-length",
                "HTTP/1.1 204 OK\\r\\nContent-Length: 1 | response-length",
                "HTTP/1.1 100 OK\\r\\nContent-Length: 1 | response-length",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\nTransfer-Encoding: chunked | response-length-and-coding",
                "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: gzip | response-coding",
                "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: gzip, chunked | response-coding",
                "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked | response-coding",
                "HTTP/1.0 200 OK\\r\\nTransfer-Encoding: chunked | response-coding",
                "HTTP/1.1 204 OK\\r\\nTransfer-Encoding: chunked | response-coding",
                "HTTP/1.1 103 OK\\r\\nTransfer-Encoding: chunked | response-coding",
                "HTTP/1.1 200 OK\\r\\nConnection: content-length | response-connection",
            })
    void refusesWhatCanBeReadInTwoWays(String text, String code) {
        assertThat(parse(RequestRefusalTest.unescape(text) + "\r\n\r\n", Method.GET))
                .isEqualTo(ResponseParser.REFUSED);
        assertThat(parser.refusal().code()).isEqualTo(code);
        assertThat(parser.refusal().status()).isEqualTo(502);
    }

    @Test
    void boundsTheHead() {
        byte[] bytes = Requests.bytes("HTTP/1.1 200 OK\r\nX: y\r\nZ: z\r\n\r\n");
        for (HeadLimits limits : new HeadLimits[] {new HeadLimits(10, 1, 9), new HeadLimits(999, 1, 1)}) {
            assertThat(parser.parse(bytes, 0, bytes.length, limits, Method.GET, head))
                    .isEqualTo(ResponseParser.REFUSED);
            assertThat(parser.refusal()).isEqualTo(Refusal.RESPONSE_HEAD_TOO_LARGE);
        }
    }

    @ParameterizedTest
    @EnumSource(Refusal.class)
    void everyRefusalOfAResponseIsABadGateway(Refusal refusal) {
        assertThat(refusal.ofResponse().status()).isEqualTo(502);
        assertThat(refusal.code())
                .isEqualTo(refusal.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        assertThat(refusal.explanation()).endsWith(".");
    }

    private int parse(String text, int method) {
        byte[] bytes = Requests.bytes(text);
        return parser.parse(bytes, 0, bytes.length, Requests.LIMITS, method, head);
    }
}
