package dev.parley.proxy.tls;

import dev.parley.model.ListenerTls.ClientCertificate;
import dev.parley.model.TlsVersion;
import dev.parley.model.certificate.CertificateChain;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A context of the JDK's own TLS: for machines that BoringSSL is not built for. Several times slower, and with two limits: it
 * makes the keys of tickets itself, so that they are new with each context; and a TLS 1.2 connection of which one side has ended
 * ends as a whole.
 */
final class JdkContext extends TlsContext {
    private final ContextSettings settings;
    private final SSLContext context;

    JdkContext(ContextSettings settings) {
        this.settings = settings;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(keys(settings.chain()), new TrustManager[] {new Trust(settings.verifier())}, null);
        } catch (GeneralSecurityException | IOException refused) {
            throw new IllegalArgumentException(
                    "TLS cannot be set up with %s: %s".formatted(settings.chain(), refused.getMessage()), refused);
        }
    }

    private static KeyManager @Nullable [] keys(@Nullable CertificateChain chain)
            throws GeneralSecurityException, IOException {
        if (chain == null) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] password = {};
        store.setKeyEntry(
                "certificate", chain.key(), password, chain.certificates().toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    @Override
    TlsSession session(Peering peering) {
        SSLEngine engine = peering.serverName().isEmpty()
                ? context.createSSLEngine()
                : context.createSSLEngine(
                        peering.serverName(), peering.resumeKey().hashCode() & 0xffff);
        engine.setUseClientMode(!settings.server());
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(
                settings.minVersion().equals(TlsVersion.V1_3)
                        ? new String[] {"TLSv1.3"}
                        : new String[] {"TLSv1.3", "TLSv1.2"});
        parameters.setCipherSuites(Suites.jdk());
        parameters.setUseCipherSuitesOrder(true);
        parameters.setApplicationProtocols(settings.protocols().toArray(new String[0]));
        parameters.setNeedClientAuth(settings.client() == ClientCertificate.REQUIRED);
        if (settings.client() == ClientCertificate.OPTIONAL) {
            parameters.setWantClientAuth(true);
        }
        boolean asks = !settings.server() && !peering.serverName().isEmpty();
        if (asks && !CertificateNames.isAddress(peering.serverName())) {
            parameters.setServerNames(List.of(new SNIHostName(peering.serverName())));
        }
        engine.setSSLParameters(parameters);
        return new JdkSession(engine, peering.serverName(), settings.server() && settings.verifier() != null);
    }

    @Override
    void release() {
        // The collector takes it.
    }

    /** Asks the verifier, which says the same to both engines. */
    private static final class Trust extends X509ExtendedTrustManager {
        private final @Nullable PeerVerifier verifier;

        Trust(@Nullable PeerVerifier verifier) {
            this.verifier = verifier;
        }

        private void check(X509Certificate[] chain, @Nullable String name) throws CertificateException {
            if (verifier == null) {
                return;
            }
            try {
                verifier.verify(chain, name == null ? "" : name);
            } catch (TlsFailure refused) {
                throw new CertificateException(refused.detail(), refused);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
                throws CertificateException {
            check(chain, "");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
                throws CertificateException {
            check(chain, engine.getPeerHost());
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket)
                throws CertificateException {
            check(chain, "");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket)
                throws CertificateException {
            throw new CertificateException("There are no sockets here.");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            check(chain, "");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("The name is not known here.");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
