package dev.parley.proxy.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The form of paths in which they are compared: RFC 3986 sections 6.2.2.1 and 6.2.2.2. */
final class PathBytes {
    private static final String UNRESERVED_MARKS = "-._~";

    private PathBytes() {}

    /**
     * The path with its percent-encoded unreserved characters decoded and the hex digits of all others in upper case.
     * What is reserved stays encoded, above all {@code %2F}: decoded, it would divide a segment in two. A percent sign
     * without two hex digits stays as it is.
     */
    static byte[] normal(byte[] bytes, int from, int to) {
        byte[] normal = new byte[to - from];
        int length = 0;
        for (int at = from; at < to; at++) {
            int octet = bytes[at] == '%' ? octet(bytes, at, to) : -1;
            if (octet < 0) {
                normal[length++] = bytes[at];
            } else if (unreserved(octet)) {
                normal[length++] = (byte) octet;
                at += 2;
            } else {
                normal[length++] = '%';
                normal[length++] = hexDigit(octet >> 4);
                normal[length++] = hexDigit(octet & 15);
                at += 2;
            }
        }
        return Arrays.copyOf(normal, length);
    }

    /** A configured path in that form, cut at its slashes: {@code /a/b} has two segments, {@code /} one that is empty. */
    static List<String> segments(String path) {
        byte[] ascii = path.getBytes(StandardCharsets.US_ASCII);
        byte[] normal = normal(ascii, 0, ascii.length);
        String text = new String(normal, StandardCharsets.US_ASCII);
        return List.of(text.substring(1).split("/", -1));
    }

    /** The segments of a prefix, for which a slash at the end makes no difference (Gateway API, PathPrefix). */
    static List<String> prefixSegments(String path) {
        List<String> segments = segments(path);
        return segments.getLast().isEmpty() ? segments.subList(0, segments.size() - 1) : segments;
    }

    /** The octet that a percent sign at this index stands for, or -1 where no two hex digits follow. */
    static int octet(byte[] bytes, int percent, int to) {
        if (percent + 2 >= to) {
            return -1;
        }
        int high = Character.digit(bytes[percent + 1], 16);
        int low = Character.digit(bytes[percent + 2], 16);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }

    static byte hexDigit(int value) {
        return (byte) (value < 10 ? '0' + value : 'A' + value - 10);
    }

    static boolean unreserved(int octet) {
        return (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || (octet >= '0' && octet <= '9')
                || UNRESERVED_MARKS.indexOf(octet) >= 0;
    }
}
