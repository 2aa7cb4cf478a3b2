package dev.parley.proxy.tls;

import dev.parley.proxy.record.Label;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake agreed on.
 *
 * @param version {@code TLSv1.3} or {@code TLSv1.2}
 * @param cipher the suite, as OpenSSL or, for the JDK's engine, as IANA names it
 * @param protocol the application protocol (ALPN); empty where none was agreed on
 * @param resumed whether it was done with what an earlier connection had agreed on
 * @param serverName the name that the client asked for, for the log; null where it named none
 * @param peer who the other side has proved to be; null where it was not asked, or showed nothing
 */
public record TlsFacts(
        Label version,
        String cipher,
        String protocol,
        boolean resumed,
        @Nullable Label serverName,
        @Nullable Peer peer) {
    private static final Label V1_2 = Label.of("TLSv1.2");
    private static final Label V1_3 = Label.of("TLSv1.3");
    private static final int URI = 6;

    /** The label of a version: one object for all connections. */
    static Label version(String text) {
        return text.equals("TLSv1.3") ? V1_3 : text.equals("TLSv1.2") ? V1_2 : Label.of(text);
    }

    /**
     * Who a certificate is of.
     *
     * @param name what it is called in the log: its first URI (a SPIFFE ID is one), else its subject
     * @param subject its subject (RFC 2253)
     * @param uri its first URI alternative; empty where it has none
     * @param fingerprint SHA-256 of it, in hexadecimal
     */
    public record Peer(Label name, String subject, String uri, String fingerprint) {
        static Peer of(X509Certificate certificate) {
            String subject = certificate.getSubjectX500Principal().getName();
            String uri = uri(certificate);
            return new Peer(Label.of(uri.isEmpty() ? subject : uri), subject, uri, fingerprint(certificate));
        }

        private static String uri(X509Certificate certificate) {
            try {
                Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
                if (alternatives != null) {
                    for (List<?> each : alternatives) {
                        if (each.getFirst() instanceof Integer kind && kind == URI) {
                            return String.valueOf(each.get(1));
                        }
                    }
                }
                return "";
            } catch (CertificateParsingException unreadable) {
                return "";
            }
        }

        private static String fingerprint(X509Certificate certificate) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                return HexFormat.of().formatHex(digest);
            } catch (NoSuchAlgorithmException | java.security.cert.CertificateEncodingException impossible) {
                throw new IllegalStateException(
                        "Every Java has SHA-256, and what was parsed can be encoded.", impossible);
            }
        }
    }
}
