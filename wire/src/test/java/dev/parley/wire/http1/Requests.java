package dev.parley.wire.http1;

import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Parses requests written as text, each byte a char, and tells their parts as text. */
final class Requests {
    static final HeadLimits LIMITS = new HeadLimits(4096, 1024, 32);

    final RequestParser parser = new RequestParser();
    final RequestHead head = new RequestHead();

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    int parse(String text) {
        return parse(text, LIMITS);
    }

    int parse(String text, HeadLimits limits) {
        byte[] bytes = bytes(text);
        return parser.parse(bytes, 0, bytes.length, limits, head);
    }

    /** What came of it in one word or more: a refusal's code, "incomplete", or "accepted". */
    String outcome(String text) {
        int result = parse(text);
        return result > 0
                ? "accepted"
                : result == 0 ? "incomplete" : parser.refusal().code();
    }

    String text(int from, int to) {
        return new String(Arrays.copyOfRange(head.bytes(), from, to), StandardCharsets.ISO_8859_1);
    }

    String target() {
        return text(head.targetFrom(), head.targetTo());
    }

    String value(int field) {
        return text(head.fields().valueFrom(field), head.fields().valueTo(field));
    }
}
