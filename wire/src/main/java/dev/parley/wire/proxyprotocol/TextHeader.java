package dev.parley.wire.proxyprotocol;

import dev.parley.wire.address.IpText;
import dev.parley.wire.proxyprotocol.ProxyHeader.Accepted;
import dev.parley.wire.proxyprotocol.ProxyHeader.Refused;
import dev.parley.wire.proxyprotocol.ProxyHeader.Result;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Version 1: one line, {@code PROXY TCP4 source destination port port}, ended by CRLF within 107 bytes. One space between
 * the words, numbers without leading zeros.
 */
final class TextHeader {
    private static final String PREFIX = "PROXY ";
    private static final String UNKNOWN = "PROXY UNKNOWN";
    private static final int MAX_BYTES = 107;
    private static final int MAX_PORT = 65535;

    private final byte[] bytes;
    private final int end;

    /** Where the next word begins. */
    private int at;

    private TextHeader(byte[] bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    static Result parse(byte[] bytes, int from, int to) {
        int bound = Math.min(to, from + MAX_BYTES);
        for (int i = 0; i < PREFIX.length() && from + i < bound; i++) {
            if (bytes[from + i] != PREFIX.charAt(i)) {
                return new Refused("The connection does not begin with a PROXY header, which this listener requires.");
            }
        }
        int cr = from;
        while (cr < bound && bytes[cr] != '\r') {
            if (bytes[cr] < 0x20) {
                return new Refused("The PROXY line has a control character. End it with CRLF.");
            }
            cr++;
        }
        if (cr + 1 >= bound) {
            return bound - from == MAX_BYTES
                    ? new Refused("The PROXY line is longer than 107 bytes. No address needs more.")
                    : ProxyHeader.NEED_MORE;
        }
        if (bytes[cr + 1] != '\n') {
            return new Refused("The PROXY line has a CR without LF. End it with CRLF.");
        }
        return new TextHeader(bytes, from + PREFIX.length(), cr).read(from);
    }

    private Result read(int from) {
        int length = end + 2 - from;
        if (startsWith("UNKNOWN") && (end - from == UNKNOWN.length() || bytes[from + UNKNOWN.length()] == ' ')) {
            return new Accepted(length, null, null);
        }
        int family = startsWith("TCP4 ") ? IpText.V4 : startsWith("TCP6 ") ? IpText.V6 : 0;
        if (family == 0) {
            return new Refused("The PROXY line names a protocol other than TCP4, TCP6 and UNKNOWN.");
        }
        at += "TCP4 ".length();
        InetAddress source = address(family);
        InetAddress destination = source == null ? null : address(family);
        int sourcePort = destination == null ? -1 : port(' ');
        int destinationPort = sourcePort < 0 ? -1 : port('\r');
        if (source == null || destination == null || destinationPort < 0) {
            return new Refused("The PROXY line is not two addresses of its family and two ports, one space between.");
        }
        return new Accepted(
                length, new InetSocketAddress(source, sourcePort), new InetSocketAddress(destination, destinationPort));
    }

    private boolean startsWith(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (at + i >= end || bytes[at + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable InetAddress address(int family) {
        int from = at;
        while (at < end && bytes[at] != ' ') {
            at++;
        }
        byte[] address = new byte[IpText.V6];
        boolean read = family == IpText.V4
                ? IpText.readV4(bytes, from, at, address, 0)
                : IpText.readV6(bytes, from, at, address);
        if (!read || at++ == end) {
            return null;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOf(address, family));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Addresses of " + family + " bytes are always accepted.", e);
        }
    }

    /** The port that a byte ends, or -1. */
    private int port(char endedBy) {
        int from = at;
        int port = 0;
        while (at < end && at - from < 5 && bytes[at] >= '0' && bytes[at] <= '9') {
            port = port * 10 + bytes[at++] - '0';
        }
        boolean spelt = at > from && port <= MAX_PORT && (at - from == 1 || bytes[from] != '0');
        return spelt && bytes[at++] == endedBy ? port : -1;
    }
}
