package dev.parley.proxy.route;

import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import java.nio.charset.StandardCharsets;

/** Heads of requests, read by the real parser from the text that a client would send. */
final class Requests {
    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 8 * 1024, 200);

    private Requests() {}

    /** A GET of this target from host {@code example.com}, with these field lines. */
    static RequestHead get(String target, String... fields) {
        return request("GET " + target, "example.com", fields);
    }

    static RequestHead request(String methodAndTarget, String host, String... fields) {
        StringBuilder text = new StringBuilder(methodAndTarget + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String field : fields) {
            text.append(field).append("\r\n");
        }
        return parse(text + "\r\n");
    }

    static RequestHead parse(String text) {
        // Something before the head, so that a test sees it where an offset is taken for an index from 0.
        byte[] bytes = ("before " + text).getBytes(StandardCharsets.ISO_8859_1);
        RequestHead head = new RequestHead();
        RequestParser parser = new RequestParser();
        int length = parser.parse(bytes, "before ".length(), bytes.length, LIMITS, head);
        if (length <= 0) {
            throw new IllegalArgumentException("No head: %s, %s".formatted(text, parser.refusal()));
        }
        return head;
    }
}
