package dev.parley.proxy.route;

import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Writes the Location of a redirect (RFC 9110, section 10.2.2): an absolute URI in which what the route does not give
 * stays as the client sent it. Immutable.
 *
 * <p>It is absolute wherever a host is known, also because a path that begins with two slashes would by itself be read
 * as a host.
 */
public final class RedirectLocation {
    private static final byte[] HTTP = ascii("http://");
    private static final byte[] HTTPS = ascii("https://");
    private static final byte[] HERE = ascii("/.");
    private static final int NO_PORT = 0;

    private final Optional<Boolean> secure;
    private final byte[] host;
    private final int port;
    private final boolean keepsPort;
    private final PathRewrite path;

    private RedirectLocation(Route.Redirect redirect, PathRewrite path) {
        String authority = redirect.host().orElse("");
        int colon = authority.endsWith("]") ? -1 : authority.lastIndexOf(':');
        int portOfHost = colon < 0 ? NO_PORT : Integer.parseInt(authority.substring(colon + 1));
        this.secure = redirect.scheme().map("https"::equals);
        this.host = ascii(colon < 0 ? authority : authority.substring(0, colon));
        this.port = redirect.port().orElse(portOfHost);
        this.keepsPort = redirect.scheme().isEmpty();
        this.path = path;
    }

    /**
     * The location of a route's redirect.
     *
     * @throws IllegalArgumentException where it replaces a prefix and the route matches none
     */
    public static RedirectLocation of(Route.Redirect redirect, PathMatch match) {
        return new RedirectLocation(redirect, PathRewrite.of(redirect.prefix(), redirect.path(), match));
    }

    /**
     * Writes the location into {@code into}, beginning at {@code at}.
     *
     * @param listenerSecure whether the listener speaks TLS, for the scheme
     * @param listenerPort for a redirect to another host by a request that has no host itself
     * @return the bytes written, or -1 where they do not fit; what lies behind {@code at} is then undefined
     */
    public int write(RequestHead head, boolean listenerSecure, int listenerPort, byte[] into, int at) {
        int end = at;
        boolean targetSecure = secure.orElse(listenerSecure);
        if (host.length > 0 || head.hostTo() > head.hostFrom()) {
            end = PathRewrite.put(targetSecure ? HTTPS : HTTP, into, end);
            end = writeAuthority(head, targetSecure, listenerPort, into, end);
        }
        int pathFrom = end;
        int length = end < 0 ? -1 : path.write(head, into, end);
        if (length < 0) {
            return -1;
        }
        if (into[pathFrom] == '*') {
            into[pathFrom] = '/';
        }
        boolean readAsHost = pathFrom == at && length > 1 && into[at + 1] == '/';
        return readAsHost ? writeBelowHere(into, at, length) : pathFrom + length - at;
    }

    /**
     * The port is the one given; else that of the scheme given (Gateway API, HTTPRequestRedirectFilter); else the one in
     * the request. The listener's own may be unknown to the client, behind a mapping of ports, so it is the last resort.
     */
    private int writeAuthority(RequestHead head, boolean targetSecure, int listenerPort, byte[] into, int at) {
        boolean hostSent = head.hostTo() > head.hostFrom();
        int end = host.length > 0
                ? PathRewrite.put(host, into, at)
                : PathRewrite.put(head.bytes(), head.hostFrom(), head.hostTo(), into, at);
        if (port != NO_PORT) {
            return writePort(port, targetSecure, into, end);
        }
        if (!keepsPort) {
            return end;
        }
        return hostSent
                ? PathRewrite.put(head.bytes(), head.hostTo(), head.authorityTo(), into, end)
                : writePort(listenerPort, targetSecure, into, end);
    }

    private static int writePort(int port, boolean targetSecure, byte[] into, int at) {
        if (port == (targetSecure ? 443 : 80)) {
            return at;
        }
        int end = PathRewrite.put((byte) ':', into, at);
        int unit = 10_000;
        while (unit > 1 && port < unit) {
            unit /= 10;
        }
        for (; unit > 0; unit /= 10) {
            end = PathRewrite.put((byte) ('0' + port / unit % 10), into, end);
        }
        return end;
    }

    /** Puts a dot segment before a path that, with no host before it, would be read as one (RFC 3986, section 4.2). */
    private static int writeBelowHere(byte[] into, int at, int length) {
        if (at + HERE.length + length > into.length) {
            return -1;
        }
        System.arraycopy(into, at, into, at + HERE.length, length);
        System.arraycopy(HERE, 0, into, at, HERE.length);
        return HERE.length + length;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
