package dev.parley.proxy.listen;

import java.nio.charset.StandardCharsets;

/**
 * Which protocol begins with some bytes. HTTP/1 begins with one of the methods that are in use and a space; other text
 * protocols begin with a word too, so a word that only might be a method is not taken for one.
 */
enum Detection {
    HTTP,
    TCP,
    UNDECIDED;

    /** RFC 9110, RFC 5789 and WebDAV (RFC 4918, RFC 3253, RFC 5323). */
    private static final byte[][] METHODS = methods(
            "PRI",
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

    private static byte[][] methods(String... names) {
        byte[][] methods = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            methods[i] = (names[i] + " ").getBytes(StandardCharsets.US_ASCII);
        }
        return methods;
    }

    /** Looks at the first {@code length} bytes. */
    static Detection of(byte[] bytes, int length) {
        boolean possible = false;
        for (byte[] method : METHODS) {
            int compared = Math.min(length, method.length);
            int same = 0;
            while (same < compared && bytes[same] == method[same]) {
                same++;
            }
            if (same == method.length) {
                return HTTP;
            }
            possible |= same == length;
        }
        return possible ? UNDECIDED : TCP;
    }
}
