package dev.parley.proxy.tls;

import dev.parley.telemetry.metrics.HandshakeResult;
import java.util.Locale;

/** What BoringSSL's words for an error mean. They read {@code error:100000b8:SSL routines:OPENSSL_internal:NO_SHARED_CIPHER}. */
final class NativeErrors {
    private NativeErrors() {}

    static TlsFailure failure(String text) {
        String word = text.substring(text.lastIndexOf(':') + 1);
        int alert = word.indexOf("_ALERT_");
        if (alert >= 0) {
            return alert(word.substring(alert + "_ALERT_".length()).toLowerCase(Locale.ROOT));
        }
        String said = word.toLowerCase(Locale.ROOT).replace('_', ' ');
        return switch (word) {
            case "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION", "INAPPROPRIATE_FALLBACK" ->
                new TlsFailure(
                        HandshakeResult.NO_COMMON_VERSION, "no version of TLS is spoken by both sides (" + said + ")");
            case "NO_SHARED_CIPHER",
                    "NO_SHARED_GROUP",
                    "NO_COMMON_SIGNATURE_ALGORITHMS",
                    "NO_CIPHERS_AVAILABLE",
                    "WRONG_CIPHER_RETURNED",
                    "UNKNOWN_CIPHER_RETURNED",
                    "WRONG_CURVE" ->
                new TlsFailure(HandshakeResult.NO_COMMON_CIPHER, "no cipher suite suits both sides (" + said + ")");
            case "PEER_DID_NOT_RETURN_A_CERTIFICATE" ->
                new TlsFailure(HandshakeResult.CERTIFICATE_MISSING, "the peer showed no certificate");
            case "NO_APPLICATION_PROTOCOL" ->
                new TlsFailure(HandshakeResult.NO_COMMON_PROTOCOL, "no application protocol is spoken by both sides");
            case "CERTIFICATE_VERIFY_FAILED" ->
                new TlsFailure(HandshakeResult.CERTIFICATE_REFUSED, "its certificate is refused");
            case "WRONG_VERSION_NUMBER" -> new TlsFailure(HandshakeResult.NOT_TLS, "the peer does not speak TLS");
            case "HTTP_REQUEST", "HTTPS_PROXY_REQUEST" ->
                new TlsFailure(HandshakeResult.PLAIN_HTTP, "the peer speaks HTTP without TLS");
            default ->
                new TlsFailure(
                        HandshakeResult.MALFORMED,
                        said.isEmpty() ? "the peer broke the protocol" : "the peer broke the protocol: " + said);
        };
    }

    /** An alert that the peer sent (RFC 8446 section 6.2). */
    static TlsFailure alert(String name) {
        return new TlsFailure(HandshakeResult.PEER_ALERT, "the peer answered with the alert " + name);
    }
}
