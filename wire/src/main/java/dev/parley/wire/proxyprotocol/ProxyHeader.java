package dev.parley.wire.proxyprotocol;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Reads the header that precedes a connection's own bytes. Called once a connection, so it may allocate its answer. */
public final class ProxyHeader {
    /** What the bytes so far are. */
    public sealed interface Result {}

    /** The beginning of a header; the rest is still to come. */
    public record NeedMore() implements Result {}

    /** No header, whatever may follow: what is wrong and what to do. */
    public record Refused(String why) implements Result {}

    /**
     * A whole header.
     *
     * @param length its bytes, behind which the connection's own begin
     * @param source who connected to the sender; null where the sender speaks for itself, does not know, or the peer is
     *     no TCP address, and the connection's own addresses hold
     * @param destination where they connected to; null when the source is
     */
    public record Accepted(
            int length,
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress destination) implements Result {}

    static final Result NEED_MORE = new NeedMore();

    private ProxyHeader() {}

    /** Reads {@code bytes[from..to)} and never looks beyond. At most about 4.3 KiB are ever asked for. */
    public static Result parse(byte[] bytes, int from, int to) {
        if (from == to) {
            return NEED_MORE;
        }
        return switch (bytes[from]) {
            case 'P' -> TextHeader.parse(bytes, from, to);
            case '\r' -> BinaryHeader.parse(bytes, from, to);
            default ->
                new Refused("The connection does not begin with a PROXY header, which this listener requires."
                        + " Make the sender send one, or switch proxyProtocol off.");
        };
    }
}
