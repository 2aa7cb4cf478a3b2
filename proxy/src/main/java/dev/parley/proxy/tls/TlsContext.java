package dev.parley.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What many connections have in common: certificate, versions, protocols, whom to trust. May be used by all loops. Once it is
 * released, and the last session over it freed, what it holds outside the heap is gone.
 */
abstract class TlsContext {
    private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

    /** Set to {@code jdk} where BoringSSL is not to be used. */
    private static final String PROPERTY = "parley.tls";

    /** Whether BoringSSL is to be used: it is there for this machine, and nobody said otherwise. */
    static boolean nativeEngine() {
        if (System.getProperty(PROPERTY, "").toLowerCase(Locale.ROOT).equals("jdk")) {
            return false;
        }
        return Loaded.NATIVE;
    }

    /** Looked at once, when the first context is made. */
    private static final class Loaded {
        static final boolean NATIVE = load();

        private static boolean load() {
            boolean available = OpenSsl.isAvailable();
            if (!available) {
                LOG.warn(
                        "BoringSSL cannot be loaded, the JDK's slower TLS takes its place cause={}",
                        String.valueOf(OpenSsl.unavailabilityCause()));
            }
            return available;
        }
    }

    /** A session for one connection. */
    abstract TlsSession session(Peering peering);

    /** No new sessions will be asked for. */
    abstract void release();

    /**
     * What is particular to a connection.
     *
     * @param serverName as a client: what to ask for (SNI) and to check; as a server: what was asked for. Empty for none
     * @param resumeKey as a client: which sessions of before can be resumed, those with the same key; empty for none
     */
    record Peering(String serverName, String resumeKey) {}
}
