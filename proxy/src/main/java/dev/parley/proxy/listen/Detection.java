package dev.parley.proxy.listen;

import java.nio.charset.StandardCharsets;

/**
 * Which protocol begins with some bytes. HTTP/1 begins with one of the methods that are in use and a space; other text
 * protocols begin with a word too, so a word that only might be a method is not taken for one.
 */
enum Detection {
    HTTP_1,
    HTTP_2,
    TCP,
    UNDECIDED;

    /** RFC 9110, RFC 5789 and WebDAV (RFC 4918, RFC 3253, RFC 5323). */
    private static final byte[][] METHODS = methods(
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "DELETE",
            "OPTIONS",
            "PATCH",
            "TRACE",
            "CONNECT",
            "PROPFIND",
            "PROPPATCH",
            "MKCOL",
            "COPY",
            "MOVE",
            "LOCK",
            "UNLOCK",
            "REPORT",
            "SEARCH");

    /** How a connection of HTTP/2 begins (RFC 9113 section 3.4). */
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static byte[][] methods(String... names) {
        byte[][] methods = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            methods[i] = (names[i] + " ").getBytes(StandardCharsets.US_ASCII);
        }
        return methods;
    }

    /** Looks at the first {@code length} bytes. */
    static Detection of(byte[] bytes, int length) {
        int prefaceSame = same(bytes, length, PREFACE);
        if (prefaceSame == PREFACE.length) {
            return HTTP_2;
        }
        boolean possible = prefaceSame == length;
        for (byte[] method : METHODS) {
            int same = same(bytes, length, method);
            if (same == method.length) {
                return HTTP_1;
            }
            possible |= same == length;
        }
        return possible ? UNDECIDED : TCP;
    }

    private static int same(byte[] bytes, int length, byte[] as) {
        int compared = Math.min(length, as.length);
        int same = 0;
        while (same < compared && bytes[same] == as[same]) {
            same++;
        }
        return same;
    }
}
