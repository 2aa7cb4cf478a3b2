package dev.parley.proxy.tls;

import dev.parley.model.ListenerTls;
import dev.parley.model.TlsVersion;
import dev.parley.model.certificate.CertificateChain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a context is made of.
 *
 * @param server which side it is of
 * @param chain the certificate that it shows; null for none
 * @param minVersion the oldest version
 * @param protocols for ALPN, best first
 * @param client whether clients show a certificate
 * @param verifier who judges the peer's certificate; null where it is not looked at
 * @param scope whose sessions may be resumed: servers of one scope resume each other's
 */
record ContextSettings(
        boolean server,
        @Nullable CertificateChain chain,
        TlsVersion minVersion,
        List<String> protocols,
        ListenerTls.ClientCertificate client,
        @Nullable PeerVerifier verifier,
        byte[] scope) {
    ContextSettings {
        protocols = List.copyOf(protocols);
    }
}
