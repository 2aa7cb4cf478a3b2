package dev.parley.wire.http1;

import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;

/**
 * Reads the request target (RFC 9112, section 3.2) up to the space behind it.
 *
 * <p>Bytes that no URL may hold are refused, and so are paths that a server behind might shorten or climb: dot segments,
 * literal or encoded, also where a server would take an encoded slash or a backslash for a separator or drop a segment's
 * parameters first; and an encoded NUL. An encoded slash as such is passed on as it is.
 */
public final class TargetParser {
    private final AuthorityRules authorities = new AuthorityRules();

    private Refusal refusal = Refusal.TARGET;

    /** Why the last call answered REFUSED; meaningless otherwise. */
    public Refusal refusal() {
        return refusal;
    }

    /**
     * Fills in the target's parts.
     *
     * @param to the end of what may be read
     * @return the offset of the space behind the target, INCOMPLETE or REFUSED
     */
    public int parse(byte[] bytes, int from, int to, int maxBytes, RequestHead into) {
        // One byte more than the limit may be looked at: the space behind a target of just that size.
        int bound = to - from > maxBytes ? from + maxBytes + 1 : to;
        if (from == to) {
            return RequestParser.INCOMPLETE;
        }
        if (bytes[from] == '/') {
            return pathAndQuery(bytes, from, from, bound, maxBytes, into);
        }
        if (bytes[from] == '*') {
            return asterisk(bytes, from, to, into);
        }
        return absolute(bytes, from, bound, maxBytes, into);
    }

    private int pathAndQuery(byte[] bytes, int target, int from, int bound, int maxBytes, RequestHead into) {
        int at = from;
        int query = -1;
        boolean lookAgain = false;
        while (true) {
            while (at < bound && Octets.plainTarget(bytes[at])) {
                at++;
            }
            if (at == bound) {
                return outOfBytes(target, bound, maxBytes);
            }
            switch (bytes[at]) {
                case Octets.SP -> {
                    int pathTo = query < 0 ? at : query - 1;
                    if (lookAgain && hasDotSegment(bytes, from, pathTo)) {
                        return refuse(Refusal.DOT_SEGMENT);
                    }
                    into.target(from, pathTo, query, at);
                    return at;
                }
                case '?' -> query = query < 0 ? at + 1 : query;
                case '.' -> lookAgain |= query < 0 && bytes[at - 1] == '/';
                case '%' -> {
                    if (at + 2 >= bound) {
                        return outOfBytes(target, bound, maxBytes);
                    }
                    int value = octet(bytes, at);
                    if (value < 0) {
                        return refuse(Refusal.TARGET_ENCODING);
                    }
                    if (value == 0 && query < 0) {
                        return refuse(Refusal.TARGET_NUL);
                    }
                    lookAgain |= query < 0;
                    at += 2;
                }
                case Octets.LF -> {
                    return refuse(Refusal.BARE_LINE_FEED);
                }
                // A line that ends here has no version, as in HTTP/0.9.
                case Octets.CR -> {
                    return refuse(Refusal.VERSION_SYNTAX);
                }
                default -> {
                    return refuse(Refusal.TARGET_BYTE);
                }
            }
            at++;
        }
    }

    private int asterisk(byte[] bytes, int from, int to, RequestHead into) {
        if (from + 1 == to) {
            return RequestParser.INCOMPLETE;
        }
        if (bytes[from + 1] != Octets.SP) {
            return refuse(Refusal.TARGET);
        }
        into.target(from, from + 1, -1, from + 1);
        into.form(false, true);
        return from + 1;
    }

    private int absolute(byte[] bytes, int from, int bound, int maxBytes, RequestHead into) {
        int authority = behindScheme(bytes, from, bound);
        if (authority < 0) {
            return refuse(bytes[from] == Octets.LF ? Refusal.BARE_LINE_FEED : Refusal.TARGET);
        }
        if (authority == RequestParser.INCOMPLETE) {
            return outOfBytes(from, bound, maxBytes);
        }
        int at = authority;
        while (at < bound && (Octets.host(bytes[at]) || bytes[at] == ':' || bytes[at] == '[' || bytes[at] == ']')) {
            at++;
        }
        if (at == bound) {
            return outOfBytes(from, bound, maxBytes);
        }
        boolean ended = bytes[at] == '/' || bytes[at] == '?' || bytes[at] == Octets.SP;
        int hostTo = authorities.hostTo(bytes, authority, at);
        if (!ended || hostTo < 0) {
            return refuse(bytes[at] == Octets.LF ? Refusal.BARE_LINE_FEED : Refusal.HOST_INVALID);
        }
        into.authority(authority, hostTo, at);
        into.form(true, bytes[at] == Octets.SP && into.method() == Method.OPTIONS);
        return pathAndQuery(bytes, from, at, bound, maxBytes, into);
    }

    /** The offset behind "http://" or "https://" in any case, INCOMPLETE if the bytes end within, REFUSED if it is neither. */
    private static int behindScheme(byte[] bytes, int from, int bound) {
        String scheme = from + 4 < bound && (bytes[from + 4] | 0x20) == 's' ? "https://" : "http://";
        int length = Math.min(scheme.length(), bound - from);
        for (int i = 0; i < length; i++) {
            if (Octets.lower(bytes[from + i]) != scheme.charAt(i)) {
                return RequestParser.REFUSED;
            }
        }
        return length < scheme.length() ? RequestParser.INCOMPLETE : from + length;
    }

    /** Each segment is measured as the laxest server would see it: decoded, split at any slash, its parameters dropped. */
    private static boolean hasDotSegment(byte[] bytes, int from, int to) {
        int dots = 0;
        boolean other = false;
        boolean parameters = false;
        for (int at = from; at < to; at++) {
            int value = bytes[at];
            if (value == '%') {
                value = octet(bytes, at);
                at += 2;
            } else if (value == ';') {
                parameters = true;
            }
            if (value == '/' || value == '\\') {
                if (dotSegment(dots, other)) {
                    return true;
                }
                dots = 0;
                other = false;
                parameters = false;
            } else if (!parameters) {
                dots += value == '.' ? 1 : 0;
                other |= value != '.';
            }
        }
        return dotSegment(dots, other);
    }

    private static boolean dotSegment(int dots, boolean other) {
        return !other && (dots == 1 || dots == 2);
    }

    /** The byte that "%XX" stands for, negative if these are no hex digits. */
    private static int octet(byte[] bytes, int at) {
        int high = Octets.hex(bytes[at + 1]);
        int low = Octets.hex(bytes[at + 2]);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private int outOfBytes(int from, int bound, int maxBytes) {
        return bound - from > maxBytes ? refuse(Refusal.TARGET_TOO_LONG) : RequestParser.INCOMPLETE;
    }

    private int refuse(Refusal why) {
        refusal = why;
        return RequestParser.REFUSED;
    }
}
