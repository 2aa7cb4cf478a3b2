package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
    private final Requests requests = new Requests();
    private final RequestHead head = requests.head;

    @Test
    void tellsThePartsOfAPlainRequest() {
        String text = "GET /pay/1?x=2 HTTP/1.1\r\nHost: shop.example:8080\r\nX-Odd:  a b\t \r\n\r\n";

        assertThat(requests.parse(text + "BODY")).isEqualTo(text.length());
        assertThat(head.method()).isEqualTo(Method.GET);
        assertThat(head.idempotent()).isTrue();
        assertThat(requests.text(head.methodFrom(), head.methodTo())).isEqualTo("GET");
        assertThat(requests.target()).isEqualTo("/pay/1?x=2");
        assertThat(requests.text(head.pathFrom(), head.pathTo())).isEqualTo("/pay/1");
        assertThat(requests.text(head.queryFrom(), head.queryTo())).isEqualTo("x=2");
        assertThat(requests.text(head.authorityFrom(), head.authorityTo())).isEqualTo("shop.example:8080");
        assertThat(requests.text(head.hostFrom(), head.hostTo())).isEqualTo("shop.example");
        assertThat(head.framing()).isEqualTo(Framing.NONE);
        assertThat(head.contentLength()).isEqualTo(-1);
        assertThat(head.minorVersion()).isEqualTo(1);
        assertThat(head.emptyPath()).isFalse();
        assertThat(head.absoluteForm()).isFalse();
        assertThat(head.asterisk()).isFalse();
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.upgrade()).isEqualTo(-1);
        assertThat(head.bodyFrom()).isEqualTo(text.length());
        assertThat(head.fields().count()).isEqualTo(2);
        assertThat(head.fields().id(0)).isEqualTo(FieldId.HOST);
        assertThat(requests.value(1)).isEqualTo("a b");
        assertThat(requests.text(head.fields().lineFrom(1), head.fields().lineTo(1)))
                .isEqualTo("X-Odd:  a b\t \r\n");
    }

    @Test
    void readsFromAnyOffsetAndAfterAnEmptyLine() {
        byte[] bytes = Requests.bytes("rest\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET");

        int length = requests.parser.parse(bytes, 4, bytes.length, Requests.LIMITS, head);

        assertThat(length).isEqualTo(bytes.length - 4 - 3);
        assertThat(head.bodyFrom()).isEqualTo(bytes.length - 3);
        assertThat(requests.target()).isEqualTo("/");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 1, true",
        "HEAD, 2, true",
        "POST, 3, false",
        "PUT, 4, true",
        "DELETE, 5, true",
        "OPTIONS, 6, true",
        "TRACE, 7, true",
        "PATCH, 8, false",
        "get, 0, false",
        "PROPFIND, 0, false",
        "G, 0, false",
        "M-SEARCH, 0, false",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF, 0, false",
    })
    void numbersMethods(String name, int method, boolean idempotent) {
        assertThat(requests.outcome(name + " / HTTP/1.1\r\nHost: a\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.method()).isEqualTo(method);
        assertThat(head.idempotent()).isEqualTo(idempotent);
        assertThat(requests.text(head.methodFrom(), head.methodTo())).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/", "//", "/a//b", "/a%2fb", "/a%5Cb", "/.well-known/x", "/a.b/..c/...", "/a..", "/.a", "/a?../..",
                "/a?%00", "/a?b?c", "/a;v=1/b", "/a;..", "/%7Efred", "/{x}|^`", "/a?", "/a/.../b", "/a%2e",
                        "/a!$&'()*+,=:@",
            })
    void acceptsTargets(String target) {
        assertThat(requests.outcome("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(requests.target()).isEqualTo(target);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a.b-c_d~",
                "1.2.3.4",
                "1.2.3.4:80",
                "[::1]",
                "[::1]:8080",
                "[2001:db8::1.2.3.4]:0",
                "a:65535",
                "xn--nxasmq6b.example.",
                "[1:2:3:4:5:6:7:8]",
            })
    void acceptsHosts(String host) {
        assertThat(requests.outcome("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(requests.text(head.authorityFrom(), head.authorityTo())).isEqualTo(host);
        assertThat(requests.text(head.hostFrom(), head.hostTo()) + host.substring(head.hostTo() - head.hostFrom()))
                .isEqualTo(host);
    }

    @Test
    void takesTheAuthorityFromAnAbsoluteTarget() {
        assertThat(requests.outcome("GET HTTP://Shop.example:80/a?b HTTP/1.1\r\nHost: shop.EXAMPLE:80\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(head.absoluteForm()).isTrue();
        assertThat(requests.target()).isEqualTo("/a?b");
        assertThat(requests.text(head.hostFrom(), head.hostTo())).isEqualTo("Shop.example");

        assertThat(requests.outcome("GET https://[::1]:4?b HTTP/1.0\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.emptyPath()).isTrue();
        assertThat(requests.target()).isEqualTo("?b");
        assertThat(requests.text(head.queryFrom(), head.queryTo())).isEqualTo("b");
        assertThat(requests.text(head.hostFrom(), head.hostTo())).isEqualTo("[::1]");
    }

    @Test
    void tellsOptionsOfTheWholeServer() {
        assertThat(requests.outcome("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.asterisk()).isTrue();
        assertThat(head.emptyPath()).isFalse();
        assertThat(requests.target()).isEqualTo("*");

        assertThat(requests.outcome("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(head.asterisk()).isTrue();
        assertThat(head.emptyPath()).isTrue();

        assertThat(requests.outcome("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(head.asterisk()).isFalse();
    }

    @Test
    void http10NeedsNoHost() {
        assertThat(requests.outcome("GET / HTTP/1.0\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.authorityFrom()).isEqualTo(-1);
        assertThat(requests.outcome("GET / HTTP/1.0\r\nHost:\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.authorityFrom()).isEqualTo(-1);
        assertThat(requests.outcome("GET / HTTP/1.0\r\nHost: a\r\n\r\n")).isEqualTo("accepted");
        assertThat(requests.text(head.authorityFrom(), head.authorityTo())).isEqualTo("a");
    }

    @Test
    void tellsTheFraming() {
        parsePost("Content-Length: 0012");
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
        assertThat(head.contentLength()).isEqualTo(12);

        parsePost("Content-Length: 9223372036854775807");
        assertThat(head.contentLength()).isEqualTo(Long.MAX_VALUE);

        parsePost("Content-Length: 0");
        assertThat(head.framing()).isEqualTo(Framing.NONE);
        assertThat(head.contentLength()).isZero();

        parsePost("Transfer-Encoding: \tChunked ");
        assertThat(head.framing()).isEqualTo(Framing.CHUNKED);
        assertThat(head.contentLength()).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | X: y | true", "1 | Connection: close | false", "1 | Connection: x, Close ,y | false",
                "1 | Connection: keep-alive | true", "0 | X: y | false", "0 | Connection: Keep-Alive | true",
                "0 | Connection: keep-alive, close | false", "1 | Connection: ,, | true",
                        "1 | Connection: closed | true",
            })
    void tellsWhetherTheConnectionPersists(int minor, String field, boolean keepAlive) {
        assertThat(requests.outcome("GET / HTTP/1." + minor + "\r\nHost: a\r\n" + field + "\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(head.keepAlive()).isEqualTo(keepAlive);
    }

    @Test
    void readsEveryConnectionField() {
        parsePost("Connection: x-one\r\nX-One: 1\r\nConnection: close");
        assertThat(head.keepAlive()).isFalse();
        assertThat(head.fields().hopByHop(2)).isTrue();
    }

    @Test
    void marksWhatEndsAtThisHop() {
        parsePost("X-Gone: 1\r\nConnection: te, X-gone\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip, trailers"
                + "\r\nUpgrade: a\r\nHTTP2-Settings: b\r\nTransfer-Encoding: chunked\r\nTrailer: c"
                + "\r\nProxy-Authorization: d\r\nx-GONE: 2\r\nX-Gone-Not: 3");
        FieldBlock fields = head.fields();
        List<Boolean> marks = java.util.stream.IntStream.range(0, fields.count())
                .mapToObj(fields::hopByHop)
                .toList();
        assertThat(marks)
                .containsExactly(false, true, true, true, true, true, true, true, true, false, false, true, false);
        assertThat(head.acceptsTrailers()).isTrue();
    }

    @Test
    void findsFieldsByIdAndByName() {
        parsePost("Cookie: a\r\nx-thing: 1\r\nX-Thing: 2\r\nX_thing: 3\r\nCookie: b");
        FieldBlock fields = head.fields();
        assertThat(fields.find(FieldId.COOKIE)).isEqualTo(1);
        assertThat(fields.repeats(FieldId.COOKIE)).isTrue();
        assertThat(fields.find(FieldId.VIA)).isEqualTo(-1);
        byte[] name = Requests.bytes("x-thing");
        assertThat(fields.find(name)).isEqualTo(2);
        assertThat(fields.find(name, 2)).isEqualTo(3);
        assertThat(fields.find(name, 3)).isEqualTo(-1);
        assertThat(fields.find(Requests.bytes("x_thing"))).isEqualTo(4);
    }

    @Test
    void forgetsTheLastRequest() {
        parsePost("Content-Length: 5\r\nConnection: close, upgrade\r\nX: y");
        assertThat(requests.outcome("GET / HTTP/1.0\r\n\r\n")).isEqualTo("accepted");
        assertThat(head.fields().count()).isZero();
        assertThat(head.fields().find(FieldId.CONTENT_LENGTH)).isEqualTo(-1);
        assertThat(head.contentLength()).isEqualTo(-1);
        assertThat(head.hostTo()).isEqualTo(-1);
    }

    @Test
    void tellsTheExpectation() {
        parsePost("Expect: 100-Continue\r\nContent-Length: 1");
        assertThat(head.expectContinue()).isTrue();
        assertThat(requests.outcome("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(head.expectContinue()).isFalse();
    }

    @Test
    void tellsAnUpgradeThatMayBeTunnelled() {
        parse("GET", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket");
        assertThat(head.upgrade()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: websocket",
                "Connection: upgrade",
                "Connection: upgrade\r\nUpgrade: h2c",
                "Connection: upgrade\r\nUpgrade: websocket, H2C",
                "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c",
                "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1",
                "Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked",
            })
    void tunnelsNoOtherUpgrade(String fields) {
        parse("GET", fields);
        assertThat(head.upgrade()).isEqualTo(-1);
    }

    @Test
    void acceptsTextBeyondAsciiAndTabsInValues() {
        parsePost("X: \u00fcber\t\u0080\u00ff\"\\;\r\nEmpty:\r\nBlank: \t \r\nA-name-that-is-longer-than-any-known: z");
        assertThat(requests.value(1)).isEqualTo("\u00fcber\t\u0080\u00ff\"\\;");
        assertThat(requests.value(2)).isEmpty();
        assertThat(requests.value(3)).isEmpty();
        assertThat(requests.value(4)).isEqualTo("z");
    }

    private void parsePost(String fields) {
        parse("POST", fields);
    }

    private void parse(String method, String fields) {
        assertThat(requests.outcome(method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n"))
                .isEqualTo("accepted");
    }
}
