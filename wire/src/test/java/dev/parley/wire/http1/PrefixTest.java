package dev.parley.wire.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads arrive cut anywhere, in arrays that hold other bytes around them. */
class PrefixTest {
    private final RequestParser requests = new RequestParser();
    private final ResponseParser responses = new ResponseParser();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "\r\nPOST /a%2fb?c=%41 HTTP/1.0\r\nContent-Length: 12\r\nX:\t\r\nConnection: keep-alive\r\n\r\n",
                "PUT https://[::1]:80/x HTTP/1.1\r\nhost: [::1]:80\r\ntransfer-encoding: chunked\r\nTE: trailers\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: example.com\r\nUser-Agent: something/1.0 (long \u00ff)\r\nA-b_c: \t d\r\n\r\n",
                "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void aCutRequestIsIncomplete(String text) {
        byte[] whole = Requests.bytes(text);
        RequestHead head = new RequestHead();
        for (int cut = 0; cut <= whole.length; cut++) {
            int expected = cut == whole.length ? cut : RequestParser.INCOMPLETE;
            byte[] exact = Arrays.copyOf(whole, cut);
            assertThat(requests.parse(exact, 0, cut, Requests.LIMITS, head))
                    .as("cut %d", cut)
                    .isEqualTo(expected);
            for (int around : new int[] {0, '\n', '\r', ' ', 'a', ':', 0xFF}) {
                byte[] embedded = embed(exact, around);
                assertThat(requests.parse(embedded, 11, 11 + cut, Requests.LIMITS, head))
                        .as("cut %d among %d", cut, around)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aCutResponseIsIncomplete() {
        byte[] whole = Requests.bytes("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX: y\r\nSet-Cookie: a=b\r\n\r\n");
        ResponseHead head = new ResponseHead();
        for (int cut = 0; cut <= whole.length; cut++) {
            int expected = cut == whole.length ? cut : ResponseParser.INCOMPLETE;
            byte[] exact = Arrays.copyOf(whole, cut);
            assertThat(responses.parse(exact, 0, cut, Requests.LIMITS, Method.GET, head))
                    .isEqualTo(expected);
            for (int around : new int[] {0, '\n', '\r', ' ', 'a', ':', 0xFF}) {
                assertThat(responses.parse(embed(exact, around), 11, 11 + cut, Requests.LIMITS, Method.GET, head))
                        .isEqualTo(expected);
            }
        }
    }

    /** What has a bare LF in it is refused as soon as that LF is there, and stays refused. */
    @Test
    void aBareLineFeedIsRefusedAtOnce() {
        String text = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) == '\n' || text.charAt(at) == '\r') {
                continue;
            }
            byte[] bytes = Requests.bytes(text.substring(0, at) + "\n");
            assertThat(requests.parse(bytes, 0, bytes.length, Requests.LIMITS, new RequestHead()))
                    .as(text.substring(0, at))
                    .isEqualTo(RequestParser.REFUSED);
        }
    }

    private static byte[] embed(byte[] bytes, int around) {
        byte[] embedded = new byte[bytes.length + 30];
        Arrays.fill(embedded, (byte) around);
        System.arraycopy(bytes, 0, embedded, 11, bytes.length);
        return embedded;
    }
}
