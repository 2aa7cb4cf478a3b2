package dev.parley.proxy.upstream;

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
}
