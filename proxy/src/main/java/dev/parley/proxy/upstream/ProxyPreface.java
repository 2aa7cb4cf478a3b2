package dev.parley.proxy.upstream;

import dev.parley.model.Service.ProxyHeader;
import dev.parley.proxy.record.Decision;
import dev.parley.wire.proxyprotocol.Extensions;
import dev.parley.wire.proxyprotocol.HeaderWriter;
import java.nio.charset.StandardCharsets;

/** The PROXY header that begins a connection to an endpoint, as its service wants it. */
public final class ProxyPreface {
    private static final int ID_BYTES = 32;
    private static final byte[] NONE = {};

    private ProxyPreface() {}

    /** Of a connection that is made for a client; nothing where the service wants no header. */
    public static byte[] of(ProxyHeader version, Origin origin, Decision decision) {
        return switch (version) {
            case OFF -> NONE;
            case V1 -> HeaderWriter.text(origin.client(), origin.listener());
            case V2 -> binary(origin, decision, false);
            case V2_CRC32C -> binary(origin, decision, true);
        };
    }

    /** Of a connection that Parley makes for itself, as a health check is. */
    public static byte[] local(ProxyHeader version) {
        return switch (version) {
            case OFF -> NONE;
            case V1 -> HeaderWriter.textLocal();
            case V2 -> HeaderWriter.binaryLocal(false);
            case V2_CRC32C -> HeaderWriter.binaryLocal(true);
        };
    }

    private static byte[] binary(Origin origin, Decision decision, boolean checksum) {
        byte[] id = new byte[ID_BYTES];
        int length = decision.writeId(id, 0);
        ClientSession session = origin.session();
        Extensions.Tls tls = session.tlsVersion().isEmpty()
                ? null
                : new Extensions.Tls(session.tlsVersion(), session.commonName(), session.verified());
        Extensions extensions = new Extensions(
                session.serverName(),
                session.alpn(),
                new String(id, 0, length, StandardCharsets.US_ASCII),
                tls,
                session.identity());
        return HeaderWriter.binary(origin.client(), origin.listener(), extensions, checksum);
    }
}
