package dev.parley.proxy.tls;

import dev.parley.model.ListenerTls.ClientCertificate;
import dev.parley.model.TlsVersion;
import dev.parley.model.certificate.CertificateChain;
import dev.parley.telemetry.metrics.HandshakeResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SSLCredential;
import io.netty.internal.tcnative.SSLSessionCache;
import io.netty.internal.tcnative.SessionTicketKey;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A context of BoringSSL. Certificate and key are loaded into it once, so that a handshake asks Java for nothing but the
 * verdict on a peer's certificate.
 */
final class NativeContext extends TlsContext {
    /** How long a session may be resumed. BoringSSL's and Envoy's default. */
    private static final long SESSION_SECONDS = 7200;

    private static final int VERIFY_DEPTH = 10;

    final boolean server;
    private final @Nullable PeerVerifier verifier;
    private final @Nullable ClientSessions resumable;
    private final long address;
    /** One for the owner, and one for each session: BoringSSL's wrapper is read when a session is freed. */
    private final AtomicInteger users = new AtomicInteger(1);

    /** Sessions that are called back with an address only; those of servers that verify nobody are not among them. */
    private final ConcurrentHashMap<Long, NativeSession> calledBack = new ConcurrentHashMap<>();

    NativeContext(ContextSettings settings) {
        server = settings.server();
        verifier = settings.verifier();
        resumable = server ? null : new ClientSessions();
        try {
            address = SSLContext.make(
                    SSL.SSL_PROTOCOL_TLSV1_2 | SSL.SSL_PROTOCOL_TLSV1_3,
                    server ? SSL.SSL_MODE_SERVER : SSL.SSL_MODE_CLIENT);
        } catch (Exception impossible) {
            throw new IllegalStateException("BoringSSL makes no context.", impossible);
        }
        try {
            configure(settings);
        } catch (Exception refused) {
            SSLContext.free(address);
            throw new IllegalArgumentException(
                    "TLS cannot be set up with %s: %s".formatted(settings.chain(), refused.getMessage()), refused);
        }
    }

    private void configure(ContextSettings settings) throws Exception {
        int options = SSL.SSL_OP_NO_COMPRESSION | SSL.SSL_OP_CIPHER_SERVER_PREFERENCE;
        if (settings.minVersion().equals(TlsVersion.V1_3)) {
            options |= SSL.SSL_OP_NO_TLSv1_2;
        }
        SSLContext.setOptions(address, SSLContext.getOptions(address) | options);
        SSLContext.clearOptions(address, SSL.SSL_OP_NO_TICKET);
        SSLContext.setMode(address, SSLContext.getMode(address) | SSL.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSLContext.setCipherSuite(address, Suites.OPENSSL, false);
        SSLContext.setCurvesList(address, Suites.groups());
        SSLContext.setUseTasks(address, false);
        SSLContext.setSessionCacheTimeout(address, SESSION_SECONDS);
        if (!settings.protocols().isEmpty()) {
            SSLContext.setAlpnProtos(
                    address, settings.protocols().toArray(new String[0]), SSL.SSL_SELECTOR_FAILURE_NO_ADVERTISE);
        }
        if (settings.chain() != null) {
            load(settings.chain());
        }
        if (server) {
            SSLContext.setSessionIdContext(address, settings.scope());
            SSLContext.setSessionCacheMode(address, SSL.SSL_SESS_CACHE_OFF);
        } else {
            SSLContext.setSessionCacheMode(address, SSL.SSL_SESS_CACHE_CLIENT | SSL.SSL_SESS_CACHE_NO_INTERNAL_STORE);
            SSLContext.setSSLSessionCache(address, new Resumable());
        }
        verify(settings.client());
    }

    private void verify(ClientCertificate client) {
        if (verifier == null && server) {
            SSLContext.setVerify(address, SSL.SSL_CVERIFY_NONE, VERIFY_DEPTH);
            return;
        }
        boolean optional = server && client == ClientCertificate.OPTIONAL;
        SSLContext.setVerify(address, optional ? SSL.SSL_CVERIFY_OPTIONAL : SSL.SSL_CVERIFY_REQUIRED, VERIFY_DEPTH);
        SSLContext.setCertVerifyCallback(address, new Verifier(verifier));
    }

    private void load(CertificateChain chain) throws Exception {
        StringBuilder pem = new StringBuilder();
        for (X509Certificate each : chain.certificates()) {
            block("CERTIFICATE", each.getEncoded(), pem);
        }
        StringBuilder keyPem = new StringBuilder();
        block("PRIVATE KEY", chain.pkcs8(), keyPem);
        long certificates = 0;
        long key = 0;
        long credential = 0;
        try {
            certificates = parse(pem, SSL::parseX509Chain);
            key = parse(keyPem, bio -> SSL.parsePrivateKey(bio, null));
            credential = SSLCredential.newX509();
            SSLCredential.setCertChain(credential, certificates);
            SSLCredential.setPrivateKey(credential, key);
            SSLContext.addCredential(address, credential);
        } finally {
            // The context has its own references by now.
            if (credential != 0) {
                SSLCredential.free(credential);
            }
            SSL.freeX509Chain(certificates);
            SSL.freePrivateKey(key);
        }
    }

    private interface Parser {
        long parse(long bio) throws Exception;
    }

    private static long parse(CharSequence pem, Parser parser) throws Exception {
        byte[] text = pem.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuf direct = Unpooled.directBuffer(text.length).writeBytes(text);
        long bio = SSL.newMemBIO();
        try {
            SSL.bioWrite(bio, direct.memoryAddress(), direct.readableBytes());
            return parser.parse(bio);
        } finally {
            SSL.freeBIO(bio);
            direct.setZero(0, direct.capacity());
            direct.release();
        }
    }

    private static void block(String label, byte[] der, StringBuilder to) {
        to.append("-----BEGIN ").append(label).append("-----\n");
        to.append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
        to.append("\n-----END ").append(label).append("-----\n");
    }

    /** Replaces the keys of tickets: the first encrypts, all decrypt. */
    void ticketKeys(SessionTicketKey[] keys) {
        if (users.get() > 0) {
            SSLContext.setSessionTicketKeys(address, keys);
        }
    }

    @Override
    NativeSession session(Peering peering) {
        if (users.getAndUpdate(now -> now == 0 ? 0 : now + 1) == 0) {
            throw new IllegalStateException("this context has been released");
        }
        NativeSession session = new NativeSession(this, address, peering);
        if (verifier != null || resumable != null) {
            calledBack.put(session.address(), session);
        }
        if (resumable != null && !peering.resumeKey().isEmpty()) {
            resumable.resume(session.address(), peering.resumeKey());
        }
        return session;
    }

    /** A session was freed. */
    void ended(long session) {
        if (verifier != null || resumable != null) {
            calledBack.remove(session);
        }
        leave();
    }

    @Override
    void release() {
        leave();
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            if (resumable != null) {
                resumable.clear();
            }
            SSLContext.free(address);
        }
    }

    boolean verifies() {
        return verifier != null;
    }

    static X509Certificate parse(byte[] der) throws CertificateException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    /** Called by BoringSSL within a handshake, on its thread. */
    private final class Verifier extends CertificateVerifier {
        private final @Nullable PeerVerifier by;

        Verifier(@Nullable PeerVerifier by) {
            this.by = by;
        }

        @Override
        public int verify(long session, byte[][] der, String ignored) {
            if (by == null) {
                // A client that was told not to look.
                return X509_V_OK;
            }
            NativeSession of = calledBack.get(session);
            if (of == null) {
                return X509_V_ERR_UNSPECIFIED;
            }
            try {
                X509Certificate[] chain = new X509Certificate[der.length];
                for (int i = 0; i < der.length; i++) {
                    chain[i] = parse(der[i]);
                }
                by.verify(chain, server ? "" : of.serverName());
                return X509_V_OK;
            } catch (TlsFailure refused) {
                of.refused(refused);
                return code(refused.result());
            } catch (CertificateException unreadable) {
                of.refused(new TlsFailure(
                        HandshakeResult.CERTIFICATE_REFUSED, "its certificate is broken: " + unreadable.getMessage()));
                return X509_V_ERR_CERT_REJECTED;
            }
        }

        /** What makes BoringSSL send the alert that fits. */
        private static int code(HandshakeResult why) {
            return switch (why) {
                case CERTIFICATE_EXPIRED -> X509_V_ERR_CERT_HAS_EXPIRED;
                case CERTIFICATE_NOT_YET_VALID -> X509_V_ERR_CERT_NOT_YET_VALID;
                case UNKNOWN_AUTHORITY -> X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
                default -> X509_V_ERR_CERT_REJECTED;
            };
        }
    }

    /** Called by BoringSSL when a server gave a session that can be resumed. */
    private final class Resumable implements SSLSessionCache {
        @Override
        public boolean sessionCreated(long session, long resumableSession) {
            NativeSession of = calledBack.get(session);
            return of != null
                    && resumable != null
                    && !of.resumeKey().isEmpty()
                    && resumable.keep(of.resumeKey(), resumableSession);
        }

        @Override
        public long getSession(long session, byte[] id) {
            return -1;
        }
    }
}
