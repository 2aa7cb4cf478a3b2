package dev.parley.proxy.tls;

import dev.parley.telemetry.metrics.HandshakeResult;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Judges the certificate that a peer shows, by Java's PKIX validation (RFC 5280), and says in one word and one sentence why
 * not. Both engines ask it, so that they give the same reasons. Safe for all threads.
 */
final class PeerVerifier {
    /** The name of a key exchange that asks no more of a certificate than that it signs, as all that are spoken here do. */
    private static final String ANY_EXCHANGE = "UNKNOWN";

    private final X509TrustManager trust;
    private final boolean ofServers;

    private PeerVerifier(X509TrustManager trust, boolean ofServers) {
        this.trust = trust;
        this.ofServers = ofServers;
    }

    /**
     * A verifier of what servers, or clients, show.
     *
     * @param authorities whom to trust; those of Java's cacerts where there are none
     */
    static PeerVerifier of(List<X509Certificate> authorities, boolean ofServers) {
        try {
            KeyStore store = null;
            if (!authorities.isEmpty()) {
                store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                for (int i = 0; i < authorities.size(); i++) {
                    store.setCertificateEntry("ca-" + i, authorities.get(i));
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager each : factory.getTrustManagers()) {
                if (each instanceof X509TrustManager found) {
                    return new PeerVerifier(found, ofServers);
                }
            }
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("Java cannot make a trust store of its own certificates.", impossible);
        }
        throw new IllegalStateException("Java's PKIX has no X.509 trust manager.");
    }

    /**
     * Judges a chain.
     *
     * @param chain the peer's own certificate first
     * @param name what it has to be for; empty where its name does not matter
     * @throws TlsFailure with the reason why it is not accepted
     */
    void verify(X509Certificate[] chain, String name) throws TlsFailure {
        try {
            if (ofServers) {
                trust.checkServerTrusted(chain, ANY_EXCHANGE);
            } else {
                trust.checkClientTrusted(chain, ANY_EXCHANGE);
            }
        } catch (CertificateException refused) {
            throw failure(chain[0], refused);
        }
        if (!name.isEmpty() && !CertificateNames.matches(chain[0], name)) {
            throw new TlsFailure(
                    HandshakeResult.WRONG_NAME,
                    "its certificate is not for " + name + " but for " + CertificateNames.describe(chain[0]));
        }
    }

    private static TlsFailure failure(X509Certificate leaf, CertificateException refused) {
        String subject = leaf.getSubjectX500Principal().getName();
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return new TlsFailure(
                        HandshakeResult.CERTIFICATE_EXPIRED,
                        "its certificate '%s' expired at %s"
                                .formatted(
                                        subject, leaf.getNotAfter().toInstant().truncatedTo(ChronoUnit.SECONDS)));
            }
            if (cause instanceof CertificateNotYetValidException) {
                return new TlsFailure(
                        HandshakeResult.CERTIFICATE_NOT_YET_VALID,
                        "its certificate '%s' is valid from %s only"
                                .formatted(
                                        subject, leaf.getNotBefore().toInstant().truncatedTo(ChronoUnit.SECONDS)));
            }
            boolean noPath = cause instanceof CertPathBuilderException
                    || (cause instanceof CertPathValidatorException path
                            && path.getReason() == PKIXReason.NO_TRUST_ANCHOR);
            if (noPath) {
                return new TlsFailure(
                        HandshakeResult.UNKNOWN_AUTHORITY,
                        "its certificate '%s' comes from no authority that is trusted here, but from '%s'"
                                .formatted(
                                        subject, leaf.getIssuerX500Principal().getName()));
            }
        }
        return new TlsFailure(
                HandshakeResult.CERTIFICATE_REFUSED,
                "its certificate '%s' is refused: %s".formatted(subject, refused.getMessage()));
    }
}
