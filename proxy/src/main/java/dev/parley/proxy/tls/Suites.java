package dev.parley.proxy.tls;

/**
 * The cipher suites: Mozilla's intermediate set (version 5.7) without finite-field Diffie-Hellman, which BoringSSL no longer
 * has. No CBC, no RC4, no 3DES, no static RSA. TLS 1.3's three are fixed.
 */
final class Suites {
    /** TLS 1.2, as OpenSSL names them, best first. */
    static final String OPENSSL = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
            + ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
            + ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    private static final String[] JDK = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    };

    /** Key exchange, best first: the hybrid that resists quantum computers where the peer has it, then what Mozilla has. */
    private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256", "P-384"};

    private Suites() {}

    /** Groups for the key exchange, as BoringSSL names them. */
    static String[] groups() {
        return GROUPS.clone();
    }

    /** TLS 1.3 and 1.2, as IANA names them. */
    static String[] jdk() {
        return JDK.clone();
    }
}
