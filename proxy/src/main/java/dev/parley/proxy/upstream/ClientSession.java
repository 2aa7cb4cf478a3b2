package dev.parley.proxy.upstream;

import dev.parley.proxy.tls.TlsFacts;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** What a client's connection is known by beyond its address, as far as endpoints are told. Nothing is null; nothing known is empty. */
public interface ClientSession {
    /** A connection in the clear. */
    ClientSession PLAIN = new ClientSession() {
        @Override
        public String serverName() {
            return "";
        }

        @Override
        public String alpn() {
            return "";
        }

        @Override
        public String tlsVersion() {
            return "";
        }

        @Override
        public String commonName() {
            return "";
        }

        @Override
        public String identity() {
            return "";
        }

        @Override
        public boolean verified() {
            return false;
        }
    };

    /** The name that the client asked for in TLS (SNI). */
    String serverName();

    /** The protocol that TLS agreed on. */
    String alpn();

    /** {@code TLSv1.3}; empty where the connection is in the clear. */
    String tlsVersion();

    /** The common name in the client's certificate. */
    String commonName();

    /** The URI in the client's certificate: {@code spiffe://domain/path}. */
    String identity();

    /** Whether the client gave a certificate and it was found good. */
    boolean verified();

    /** What a handshake with the client agreed on; {@link #PLAIN} where there was none. */
    static ClientSession of(@Nullable TlsFacts tls) {
        return tls == null ? PLAIN : new Agreed(tls);
    }

    /** A connection over TLS. */
    record Agreed(TlsFacts tls) implements ClientSession {
        @Override
        public String serverName() {
            return tls.serverName() == null ? "" : tls.serverName().text();
        }

        @Override
        public String alpn() {
            return tls.protocol();
        }

        @Override
        public String tlsVersion() {
            return tls.version().text();
        }

        @Override
        public String commonName() {
            return tls.peer() == null ? "" : commonName(tls.peer().subject());
        }

        @Override
        public String identity() {
            return tls.peer() == null ? "" : tls.peer().uri();
        }

        @Override
        public boolean verified() {
            return tls.peer() != null;
        }

        private static String commonName(String subject) {
            try {
                for (Rdn part : new LdapName(subject).getRdns()) {
                    if (part.getType().equalsIgnoreCase("CN")) {
                        return part.getValue().toString();
                    }
                }
                return "";
            } catch (InvalidNameException unreadable) {
                return "";
            }
        }
    }
}
