package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, with its code. In the tables {@code \r \n \t \0} and {@code \v} stand for the bytes they name. */
class RequestRefusalTest {
    private final Requests requests = new Requests();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\\r\\n\\r\\nGET / HTTP/1.1\\r\\n | method",
                "\\nGET / HTTP/1.1\\r\\n | bare-line-feed",
                "\\rGET / HTTP/1.1\\r\\n | bare-carriage-return",
                "` GET / HTTP/1.1\\r\\n` | method",
                "GET\\t/ HTTP/1.1\\r\\n | method",
                "GET\\n | bare-line-feed",
                "G(T / HTTP/1.1\\r\\n | method",
                "\\x16\\x03\\x01 | method",
                "GET  / HTTP/1.1\\r\\n | target",
                "GET /  HTTP/1.1\\r\\n | version-syntax",
                "GET /\\tHTTP/1.1\\r\\n | target-byte",
                "GET / HTTP/1.1 \\r\\n | version-syntax",
                "GET /\\r\\n | version-syntax",
                "GET /\\n | bare-line-feed",
                "GET /a\\rb HTTP/1.1 | version-syntax",
                "GET / HTTP/1.1\\n | bare-line-feed",
                "GET / HTTP/1.1\\rX | bare-carriage-return",
                "GET / http/1.1\\r\\n | version-syntax",
                "GET / HTTP/0.9\\r\\n | version-syntax",
                "GET / HTTP/1.2\\r\\n | version",
                "GET / HTTP/2.0\\r\\n | version",
                "GET / HTTP/3.9\\r\\n | version",
                "GET / HTTP/11\\r\\n | version-syntax",
                "GET / HTTP/1.1x\\r\\n | version-syntax",
                "GET / HTTP/1.10\\r\\n | version-syntax",
                "GET / HTTP/2.0x\\r\\n | version-syntax",
                "GET / HTTPS/1.1\\r\\n | version-syntax",
                "GET / ICY/1.1\\r\\n | version-syntax",
                "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n | version",
                "CONNECT a:443 HTTP/1.1\\r\\n | connect",
                "GET * HTTP/1.1\\r\\n | target",
                "OPTIONS *x HTTP/1.1\\r\\n | target",
                "GET a/b HTTP/1.1\\r\\n | target",
                "GET ?a HTTP/1.1\\r\\n | target",
                "GET ftp://a/ HTTP/1.1\\r\\n | target",
                "GET httpx://a/ HTTP/1.1\\r\\n | target",
                "GET http:/a HTTP/1.1\\r\\n | target",
                "GET http:///a HTTP/1.1\\r\\n | host-invalid",
                "GET http://u@a/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://u:p@a/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://a:b/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://a:/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://a%2eb/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://a#/ HTTP/1.1\\r\\n | host-invalid",
                "GET http://a\\n | bare-line-feed",
                "GET http://a/../b HTTP/1.1\\r\\n | dot-segment",
                "GET http://a/\\x80 HTTP/1.1\\r\\n | target-byte",
            })
    void refusesRequestLines(String text, String code) {
        assertThat(requests.outcome(unescape(text))).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(chars = {'#', '\\', '"', '<', '>', 0, 1, 7, 127, 128, 255, '\u000b', '\u000c'})
    void refusesBytesThatNoTargetHolds(char b) {
        assertThat(requests.outcome("GET /a" + b + "b HTTP/1.1\r\n")).isEqualTo("target-byte");
        assertThat(requests.outcome("GET /a?" + b + "b HTTP/1.1\r\n")).isEqualTo("target-byte");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/..",
                "/.",
                "/./",
                "/../",
                "/a/..",
                "/a/../b",
                "/a/./b",
                "/%2e%2e/",
                "/a/%2E./b",
                "/.%2e",
                "/%2e",
                "/..%2fb",
                "/a%2f..%2fb",
                "/a%2F%2e",
                "/..%5cb",
                "/a%5C..",
                "/..;/b",
                "/a/..;x=y/b",
                "/.;",
                "/..?x",
                "/%2e%2e?x",
            })
    void refusesDotSegments(String path) {
        assertThat(requests.outcome("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo("dot-segment");
    }

    @ParameterizedTest
    @CsvSource({
        "/%, target-encoding", "/%4, target-encoding", "/%4g, target-encoding", "/%%41, target-encoding",
        "/%u0041, target-encoding", "/a?%zz, target-encoding", "/%00, target-nul", "/a%00.txt, target-nul",
    })
    void refusesBadEncoding(String target, String code) {
        assertThat(requests.outcome("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                " Host: a|folding",
                "\\tHost: a|folding",
                "Host: a\\r\\n folded|folding",
                "Host: a\\r\\nX: y\\r\\n\\tfolded|folding",
                "Host : a|field-name-space",
                "Host\\t: a|field-name-space",
                ": a|field-name",
                "Ho st: a|field-name-space",
                "Ho(st: a|field-name",
                "X\\0: a|field-name",
                "X\\x80: a|field-name",
                "X\\x7f: a|field-name",
                "Host|field-name",
                "Host: a\\r\\nnonsense|field-name",
                "Host: a\\r\\nnonsense\\r\\nX: y|field-name",
                "Host: a\\nX: y|bare-line-feed",
                "Host: a\\r\\nX\\n: y|bare-line-feed",
                "Host: a\\rX: y|bare-carriage-return",
                "Host: a\\r\\r\\n|bare-carriage-return",
                "Host: a\\r\\nX: a\\0b|field-value",
                "Host: a\\r\\nX: \\x01|field-value",
                "Host: a\\r\\nX: \\v|field-value",
                "Host: a\\r\\nX: long enough for eight at a time \\x7f|field-value",
                "Host: a\\r\\nX: long enough for eight at a time \\x1f\\x80\\x80|field-value",
                "X: y|host-missing",
                "Host: a\\r\\nHost: a|host-repeated",
                "Host: a\\r\\nX: y\\r\\nhOST: b|host-repeated",
                "Host:|host-invalid",
                "Host: |host-invalid",
                "Host: a b|host-invalid",
                "Host: a,b|host-invalid",
                "Host: a/b|host-invalid",
                "Host: u@a|host-invalid",
                "Host: a:|host-invalid",
                "Host: a:65536|host-invalid",
                "Host: a:000080|host-invalid",
                "Host: a:8x|host-invalid",
                "Host: a:1:2|host-invalid",
                "Host: :80|host-invalid",
                "Host: ::1|host-invalid",
                "Host: [::1|host-invalid",
                "Host: [::1]x|host-invalid",
                "Host: [::1%25eth0]|host-invalid",
                "Host: [v1.a]|host-invalid",
                "Host: []|host-invalid",
                "Host: a%2eb|host-invalid",
                "Host: a?b|host-invalid",
                "Host: a\\x80|host-invalid",
                "Host: a\\r\\nExpect: something|expectation",
                "Host: a\\r\\nExpect:|expectation",
                "Host: a\\r\\nExpect: y 100-continue|expectation",
                "Host: a\\r\\nExpect: 100-continue\\r\\nExpect: x|expectation",
                "Host: a\\r\\nConnection: a b|connection-option",
                "Host: a\\r\\nConnection: a;b|connection-option",
                "Host: a\\r\\nConnection: \"close\"|connection-option",
                "Host: a\\r\\nConnection: close, host|connection-nominates",
                "Host: a\\r\\nConnection: content-length|connection-nominates",
                "Host: a\\r\\nConnection: Transfer-Encoding|connection-nominates",
            })
    void refusesFields(String fields, String code) {
        assertThat(requests.outcome("GET / HTTP/1.1\r\n" + unescape(fields) + "\r\n\r\n"))
                .isEqualTo(code);
    }

    @Test
    void refusesAnAuthorityThatIsNotTheHost() {
        assertThat(requests.outcome("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"))
                .isEqualTo("host-conflict");
        assertThat(requests.outcome("GET http://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n"))
                .isEqualTo("host-conflict");
        assertThat(requests.outcome("GET http://a/ HTTP/1.1\r\n\r\n")).isEqualTo("host-missing");
    }

    @Test
    void refusesMoreOptionsThanAreWorthComparing() {
        String options = "a,".repeat(33);
        assertThat(requests.outcome("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + options + "\r\n\r\n"))
                .isEqualTo("connection-option");
    }

    @Test
    void boundsTheMethod() {
        assertThat(requests.outcome("A".repeat(33))).isEqualTo("method-too-long");
        assertThat(requests.outcome("A".repeat(32))).isEqualTo("incomplete");
        assertThat(Refusal.METHOD_TOO_LONG.status()).isEqualTo(501);
    }

    @Test
    void boundsTheTargetBeforeItIsWhole() {
        HeadLimits limits = new HeadLimits(200, 10, 4);
        assertThat(requests.parse("GET /123456789 HTTP/1.1\r\nHost: a\r\n\r\n", limits))
                .isPositive();
        for (String target : new String[] {"/1234567890", "/1234567%41", "/12345678%4", "http://abcd", "/?123456789"}) {
            assertThat(requests.parse("GET " + target, limits)).isEqualTo(RequestParser.REFUSED);
            assertThat(requests.parser.refusal()).isEqualTo(Refusal.TARGET_TOO_LONG);
        }
        assertThat(requests.parse("GET /" + "a".repeat(50), new HeadLimits(50, 100, 4)))
                .isEqualTo(RequestParser.REFUSED);
        assertThat(requests.parser.refusal()).isEqualTo(Refusal.TARGET_TOO_LONG);
        assertThat(Refusal.TARGET_TOO_LONG.status()).isEqualTo(414);
    }

    @Test
    void boundsTheHead() {
        String text = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
        assertThat(requests.parse(text + "more", new HeadLimits(text.length(), 10, 2)))
                .isEqualTo(text.length());
        assertThat(requests.parse(text, new HeadLimits(text.length() - 1, 10, 2)))
                .isEqualTo(RequestParser.REFUSED);
        assertThat(requests.parser.refusal()).isEqualTo(Refusal.HEAD_TOO_LARGE);
        assertThat(requests.parse(text, new HeadLimits(text.length(), 10, 1))).isEqualTo(RequestParser.REFUSED);
        assertThat(requests.parser.refusal()).isEqualTo(Refusal.TOO_MANY_FIELDS);
        assertThat(Refusal.HEAD_TOO_LARGE.status()).isEqualTo(431);
        assertThat(Refusal.TOO_MANY_FIELDS.status()).isEqualTo(431);
    }

    static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = text.charAt(++i);
            if (escaped == 'x') {
                out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                out.append(
                        switch (escaped) {
                            case 'r' -> '\r';
                            case 'n' -> '\n';
                            case 't' -> '\t';
                            case 'v' -> '\u000b';
                            case '0' -> '\0';
                            default -> escaped;
                        });
            }
        }
        return out.toString();
    }
}
