package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The known ways to make two servers disagree on where a request ends, each refused. */
class SmugglingTest {
    private final Requests requests = new Requests();

    @Test
    void clTe() {
        refuses("Content-Length: 6\r\nTransfer-Encoding: chunked", Refusal.LENGTH_AND_CODING);
    }

    @Test
    void teCl() {
        refuses("Transfer-Encoding: chunked\r\nContent-Length: 4", Refusal.LENGTH_AND_CODING);
    }

    @Test
    void clZeroWithTe() {
        refuses("Content-Length: 0\r\nTransfer-Encoding: chunked", Refusal.LENGTH_AND_CODING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 0\r\ncontent-length: 44",
            })
    void clCl(String fields) {
        refuses(fields, Refusal.LENGTH_REPEATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "+5",
                "-5",
                "0x5",
                "5, 5",
                "5,6",
                "5 5",
                "5;",
                "5.0",
                "5e1",
                "\"5\"",
                "9223372036854775808",
                "18446744073709551617",
                "99999999999999999999999",
                "\u00b2",
                "5\u00a0",
            })
    void clThatServersReadDifferently(String length) {
        refuses("Content-Length: " + length, Refusal.LENGTH_INVALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: x\r\ntransfer-encoding: chunked",
            })
    void teTe(String fields) {
        refuses(fields, Refusal.CODING_REPEATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "chunked, chunked",
                "chunked,",
                ",chunked",
                ", chunked",
                "chunked, identity",
                "chunked;x=1",
                "\"chunked\"",
                "'chunked' x",
                "chunked chunked",
                "chunked\u00a0",
                "\u0085chunked",
                "(x)chunked",
            })
    void teObfuscated(String coding) {
        refuses("Transfer-Encoding: " + coding, Refusal.CODING_INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xchunked", "chunkedx", "identity", "gzip, chunked", "chunke", "gzip;q=1, chunked", "cow"})
    void teUnknown(String coding) {
        refuses("Transfer-Encoding: " + coding, Refusal.CODING_UNKNOWN);
    }

    @Test
    void teWithVerticalTab() {
        refuses("Transfer-Encoding:\u000bchunked", Refusal.FIELD_VALUE);
        refuses("Transfer-Encoding: chunked\u000c", Refusal.FIELD_VALUE);
    }

    @Test
    void teWithSpaceBeforeTheColon() {
        refuses("Transfer-Encoding : chunked", Refusal.FIELD_NAME_SPACE);
        refuses("Content-Length : 5", Refusal.FIELD_NAME_SPACE);
    }

    @Test
    void teFolded() {
        refuses("Transfer-Encoding:\r\n chunked", Refusal.FOLDING);
        refuses("X: y\r\n Transfer-Encoding: chunked", Refusal.FOLDING);
    }

    @Test
    void teBehindBareLineFeed() {
        refuses("X: y\nTransfer-Encoding: chunked", Refusal.BARE_LINE_FEED);
    }

    @Test
    void teBehindBareCarriageReturn() {
        refuses("X: y\rTransfer-Encoding: chunked", Refusal.BARE_CARRIAGE_RETURN);
    }

    @Test
    void teInHttp10() {
        assertThat(requests.outcome("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo("coding-misplaced");
    }

    @Test
    void nameWithCarriageReturnInPlaceOfHyphen() {
        refuses("Content\rLength: 5", Refusal.FIELD_NAME);
        refuses("Transfer\rEncoding: chunked", Refusal.FIELD_NAME);
    }

    @Test
    void nameWithUnderscoreIsAnotherName() {
        assertThat(requests.outcome("POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\n\r\n"))
                .isEqualTo("accepted");
        assertThat(requests.head.contentLength()).isEqualTo(-1);
    }

    @Test
    void framingNominatedAsHopByHop() {
        refuses("Content-Length: 5\r\nConnection: content-length", Refusal.CONNECTION_NOMINATES);
        refuses("Transfer-Encoding: chunked\r\nConnection: transfer-encoding", Refusal.CONNECTION_NOMINATES);
    }

    @Test
    void expectObfuscated() {
        refuses("Content-Length: 5\r\nExpect: y 100-continue", Refusal.EXPECTATION);
    }

    @Test
    void secondRequestLineInTheTarget() {
        assertThat(requests.outcome("GET / HTTP/1.1\r\nHost: a HTTP/1.1\r\n\r\n"))
                .isEqualTo("host-invalid");
        assertThat(requests.outcome("GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo("version-syntax");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1;\nX\r\n", "1;a\n\r\n", "1\nX\r\n0\r\n\r\n", "1\r\nX\n0\r\n\r\n", "1\r\nX\r0\r\n\r\n", "1\rX\r\n",
                "1;a=\"\n\"\r\nX\r\n", "1\r\nXY\r\n", "1\r\n\r\nX\r\n", "0\r\n\n", "0\n\n", "0\r\nX: y\n\r\n",
            })
    void chunkWithBareLineEnd(String body) {
        refusesBody(body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8000000000000000\r\n",
                "ffffffffffffffff\r\n",
                "10000000000000000\r\n",
                "00000000000000001\r\n",
                "-1\r\n",
                "+1\r\n",
                "0x1\r\n",
                " 1\r\n",
                "1 \r\n",
                "1\t;a\r\n",
                "\r\n",
                ";a\r\n",
                "g\r\n",
                "1_0\r\n",
                "1,1\r\n",
            })
    void chunkSizeThatServersReadDifferently(String body) {
        refusesBody(body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5",
                "transfer-encoding: chunked",
                "Host: b",
                "Authorization: x",
                "Connection: close",
                "Trailer: x",
                "TE: trailers",
                "Expect: 100-continue",
                "X y: z",
                ": z",
                " X: y",
                "X : y",
                "X",
                "X: \u0001",
            })
    void trailerThatReachesIntoTheHead(String trailer) {
        refusesBody("0\r\n" + trailer + "\r\n\r\n");
    }

    private void refuses(String fields, Refusal why) {
        assertThat(requests.parse("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n"))
                .as(fields)
                .isEqualTo(RequestParser.REFUSED);
        assertThat(requests.parser.refusal()).isEqualTo(why);
    }

    private static void refusesBody(String body) {
        ChunkedScanner scanner = new ChunkedScanner();
        ByteBuffer in = ByteBuffer.wrap(Requests.bytes(body));
        int event = ChunkedScanner.FRAMING;
        while (event == ChunkedScanner.FRAMING || event == ChunkedScanner.DATA) {
            event = scanner.next(in);
        }
        assertThat(event).as(body).isEqualTo(ChunkedScanner.REFUSED);
        assertThat(scanner.refusal().status()).isBetween(400, 431);
        assertThat(scanner.refusal().ofResponse().status()).isEqualTo(502);
    }
}
