package dev.parley.model;

import java.time.Duration;
import java.util.List;

/** How a listener speaks TLS (RFC 8446, RFC 5246). */
public record ListenerTls(
        @Setting(
                "Its certificates, each with its key. Which one a client gets is chosen by the names in them and the name"
                        + " that the client asks for (SNI).")
        List<CertificateFiles> certificates,

        @Setting(
                value = "Whether clients show a certificate: off, optional, or required.",
                def = "off",
                source = "nginx ssl_verify_client")
        ClientCertificate client,

        @Setting(
                "Files with the authorities that clients' certificates must come from. Needed where client is not off.")
        List<FileName> clientCa,

        @Setting(
                value = "The oldest version that is spoken: 1.2 or 1.3.",
                def = "1.2",
                source = "Mozilla intermediate, Envoy")
        TlsVersion minVersion,

        @Setting("Application protocols offered by ALPN (RFC 7301), best first; h2 and http/1.1 where none is given and"
                + " the listener speaks HTTP.")
        List<String> alpn,

        @Setting(
                value =
                        "What a client gets that asks for a name which no certificate has: first, the first certificate; or"
                                + " refuse.",
                def = "first",
                source = "nginx default server; HAProxy without strict-sni")
        UnknownSni unknownSni,

        @Setting(
                value = "From the first byte until the handshake is done; then the connection is closed.",
                def = "10s",
                source = "Envoy's advice for transport_socket_connect_timeout; nginx has 60s")
        Duration handshakeTimeout,

        @Setting(
                value =
                        "Whether connections are handed on without decrypting them, to the route whose sni has the name that"
                                + " the client asks for. Where certificates are given too, names without such a route end here.",
                def = "false")
        boolean passthrough) {

    /** Whether a client shows a certificate. */
    public enum ClientCertificate {
        OFF,
        OPTIONAL,
        REQUIRED
    }

    /** What is done about a name that no certificate has. */
    public enum UnknownSni {
        FIRST,
        REFUSE
    }

    public ListenerTls {
        if (certificates.isEmpty() && !passthrough) {
            throw new IllegalArgumentException(
                    "tls has no certificates. Name one: tls: { certificates: { certificate: cert.pem, key: key.pem } },"
                            + " or hand connections on with passthrough: true.");
        }
        if (client != ClientCertificate.OFF && clientCa.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls asks clients for certificates and has no client_ca to judge them by."
                            + " Name the file of their authority.");
        }
        if (client == ClientCertificate.OFF && !clientCa.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls has a client_ca and asks no client for a certificate. Add client: required, or remove client_ca.");
        }
        for (String protocol : alpn) {
            if (!protocol.matches("[!-~]{1,255}")) {
                throw new IllegalArgumentException(
                        "'%s' is not the name of an application protocol, as h2 or http/1.1 are.".formatted(protocol));
            }
        }
        Checks.positive("handshake_timeout", handshakeTimeout);
    }

    /** Whether any connection is decrypted here. */
    public boolean terminates() {
        return !certificates.isEmpty();
    }
}
