package dev.parley.proxy.exchange;

import dev.parley.proxy.record.Label;
import dev.parley.proxy.tls.TlsFacts;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a client to endpoints and in the log, as bytes that are the same for all its requests.
 *
 * @param ip the client's address; null where it came over a Unix socket
 * @param address the same as text; {@code unix} where it came over a Unix socket
 * @param label the same for the log
 * @param forwardedFor a whole {@code X-Forwarded-For} field
 * @param forwardedNode the {@code for=} part of a {@code Forwarded} element (RFC 7239 section 6)
 * @param trusted whether what the client itself says of forwarding is believed
 * @param tls what its connection agreed on; null where it is plain
 */
public record ClientFacts(
        @Nullable InetAddress ip,
        byte[] address,
        Label label,
        byte[] forwardedFor,
        byte[] forwardedNode,
        boolean trusted,
        @Nullable TlsFacts tls) {
    public static ClientFacts of(@Nullable InetAddress ip, boolean trusted) {
        String text = ip == null ? "unix" : withoutScope(ip.getHostAddress());
        String node = ip instanceof Inet6Address ? "\"[" + text + "]\"" : ip == null ? "unknown" : text;
        return new ClientFacts(
                ip,
                ascii(text),
                Label.of(text),
                ascii("X-Forwarded-For: " + text + "\r\n"),
                ascii("for=" + node),
                trusted,
                null);
    }

    /** The same of a connection that speaks TLS; itself where that is null. */
    public ClientFacts over(@Nullable TlsFacts agreed) {
        return agreed == null
                ? this
                : new ClientFacts(ip, address, label, forwardedFor, forwardedNode, trusted, agreed);
    }

    /** Whether nobody between client and Parley can read along. */
    public boolean secure() {
        return tls != null;
    }

    boolean isAbout(@Nullable InetAddress other) {
        return Objects.equals(ip, other);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String withoutScope(String address) {
        int scope = address.indexOf('%');
        return scope < 0 ? address : address.substring(0, scope);
    }
}
