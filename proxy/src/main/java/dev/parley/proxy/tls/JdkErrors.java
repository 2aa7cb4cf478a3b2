package dev.parley.proxy.tls;

import dev.parley.telemetry.metrics.HandshakeResult;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** What the JDK's words for an error mean. They are not part of its promises, so what is not known is passed on as it is. */
final class JdkErrors {
    private static final String ALERT = "fatal alert: ";

    private JdkErrors() {}

    static TlsFailure failure(SSLException broken) {
        for (Throwable cause = broken; cause != null; cause = cause.getCause()) {
            if (cause instanceof TlsFailure refused) {
                return refused;
            }
        }
        String text = String.valueOf(broken.getMessage());
        String said = text.toLowerCase(Locale.ROOT);
        int alert = said.indexOf(ALERT);
        if (alert >= 0) {
            return NativeErrors.alert(said.substring(alert + ALERT.length()));
        }
        if (said.contains("empty client certificate chain") || said.contains("certificate chain is empty")) {
            return new TlsFailure(HandshakeResult.CERTIFICATE_MISSING, "the peer showed no certificate");
        }
        if (said.contains("protocol version") || said.contains("no appropriate protocol")) {
            return new TlsFailure(
                    HandshakeResult.NO_COMMON_VERSION, "no version of TLS is spoken by both sides (" + said + ")");
        }
        if (said.contains("cipher suite") || said.contains("no available authentication scheme")) {
            return new TlsFailure(HandshakeResult.NO_COMMON_CIPHER, "no cipher suite suits both sides (" + said + ")");
        }
        if (said.contains("application protocol")) {
            return new TlsFailure(
                    HandshakeResult.NO_COMMON_PROTOCOL, "no application protocol is spoken by both sides");
        }
        if (said.contains("unrecognized ssl message")) {
            return new TlsFailure(HandshakeResult.NOT_TLS, "the peer does not speak TLS");
        }
        if (said.contains("ended the connection")) {
            return new TlsFailure(HandshakeResult.CLOSED, "the peer ended the connection in the handshake");
        }
        return new TlsFailure(HandshakeResult.MALFORMED, "the peer broke the protocol: " + text);
    }
}
