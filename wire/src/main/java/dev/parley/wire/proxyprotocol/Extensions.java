package dev.parley.wire.proxyprotocol;

import org.jspecify.annotations.Nullable;

/**
 * What a header of version 2 says beside the addresses, each as an extension (TLV) of its own. An empty text is not sent; nor
 * is one that is longer than its bound, for half a name is another name.
 *
 * @param authority the name that the client asked for (SNI), PP2_TYPE_AUTHORITY; at most {@value #AUTHORITY_BYTES} bytes
 * @param alpn the protocol agreed on, PP2_TYPE_ALPN; at most {@value #ALPN_BYTES} bytes
 * @param uniqueId what the connection is known by in Parley's log, PP2_TYPE_UNIQUE_ID; at most {@value #UNIQUE_ID_BYTES} bytes
 * @param tls of the client's side, PP2_TYPE_SSL; null where it was in the clear
 * @param identity who the client proved to be, as a URI: {@code spiffe://domain/path}. Parley's own type
 *     {@value #IDENTITY_TYPE}, of those that the specification leaves to applications (0xE0 to 0xEF); at most
 *     {@value #IDENTITY_BYTES} bytes, as many as a SPIFFE ID may have
 */
public record Extensions(
        String authority,
        String alpn,
        String uniqueId,
        @Nullable Tls tls,
        String identity) {
    /** A name of DNS (RFC 1035 section 2.3.4). */
    public static final int AUTHORITY_BYTES = 255;
    /** RFC 7301 section 3.1. */
    public static final int ALPN_BYTES = 255;
    /** The specification's bound, section 2.2.5. */
    public static final int UNIQUE_ID_BYTES = 128;

    public static final int IDENTITY_BYTES = 2048;
    /** A certificate's common name has at most 64 characters (RFC 5280, ub-common-name); four bytes each in UTF-8. */
    public static final int COMMON_NAME_BYTES = 256;

    public static final int IDENTITY_TYPE = 0xE5;

    /** Nothing to say. */
    public static final Extensions NONE = new Extensions("", "", "", null, "");

    /**
     * The client's TLS.
     *
     * @param version as OpenSSL writes it: {@code TLSv1.3}
     * @param commonName of the client's certificate; empty where there is none
     * @param verified whether the client gave a certificate and it was found good
     */
    public record Tls(String version, String commonName, boolean verified) {}
}
