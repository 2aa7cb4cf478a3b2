package dev.parley.wire.http1;

import dev.parley.wire.address.IpText;

/**
 * Reads {@code host [ ":" port ]} (RFC 9110, section 7.2), narrower than its grammar: a name is letters, digits and
 * {@code - . _ ~}. What the grammar adds, which is percent-encoding and {@code !$&'()*+,;=}, occurs in no DNS name, and
 * servers disagree on where a host with them ends. An empty port is refused for the same reason.
 */
public final class AuthorityRules {
    private static final int MAX_PORT = 65535;

    private final byte[] address = new byte[IpText.V6];

    /** Where the host ends, behind its bracket where it has one; -1 if this is no authority. */
    public int hostTo(byte[] bytes, int from, int to) {
        int at = from;
        if (at < to && bytes[at] == '[') {
            do {
                at++;
            } while (at < to && bytes[at] != ']');
            if (at == to || !IpText.readV6(bytes, from + 1, at, address)) {
                return -1;
            }
            at++;
        } else {
            while (at < to && Octets.host(bytes[at])) {
                at++;
            }
        }
        boolean ended = at == to || (bytes[at] == ':' && port(bytes, at + 1, to));
        return at > from && ended ? at : -1;
    }

    /** Whether two authorities of one array are the same text, in any case of letters. */
    public static boolean same(byte[] bytes, int from, int to, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) {
            return false;
        }
        for (int at = from, other = otherFrom; at < to; at++, other++) {
            if (Octets.lower(bytes[at]) != Octets.lower(bytes[other])) {
                return false;
            }
        }
        return true;
    }

    private static boolean port(byte[] bytes, int from, int to) {
        if (from == to || to - from > 5) {
            return false;
        }
        int port = 0;
        for (int at = from; at < to; at++) {
            if (!Octets.digit(bytes[at])) {
                return false;
            }
            port = port * 10 + bytes[at] - '0';
        }
        return port <= MAX_PORT;
    }
}
