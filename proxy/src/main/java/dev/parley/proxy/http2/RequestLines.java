package dev.parley.proxy.http2;

import dev.parley.proxy.exchange.RequestShape;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.http2.HpackEncoder;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Compresses the head of a request that was written as HTTP/1.1 has it. The first lines are Parley's own writing, a name, a colon, a
 * space and a value each. The client's own follow as it wrote them: the blanks around a value are as many as it liked, and no part
 * of it (RFC 9112 section 5.1, RFC 9113 section 8.2.1).
 */
final class RequestLines {
    private static final byte[] HTTP = ascii("http");
    private static final byte[] HTTPS = ascii("https");
    private static final byte[] CONNECT = ascii("CONNECT");
    private static final byte[] TE = ascii("te");
    private static final byte[] TRAILERS = ascii("trailers");
    private static final byte[] WEBSOCKET_KEY = ascii("sec-websocket-key");

    private byte[] bytes = new byte[1024];
    private int to;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Compresses the head in {@code image}, whose indices stay as they are. */
    void encode(HpackEncoder out, ByteBuf image, RequestShape shape, boolean tls) {
        int from = read(image);
        int methodTo = find(from, ' ');
        int targetTo = find(methodTo + 1, ' ');
        int at = find(targetTo, '\n') + 1;
        int upgrade = shape.upgrade() ? line(FieldId.UPGRADE, at) : -1;
        if (upgrade >= 0) {
            out.method(CONNECT, 0, CONNECT.length);
        } else {
            out.method(bytes, from, methodTo);
        }
        byte[] scheme = tls ? HTTPS : HTTP;
        out.scheme(scheme, 0, scheme.length);
        // The first line behind the request line is Host.
        int hostTo = find(at, '\r');
        out.authority(bytes, at + "Host: ".length(), hostTo);
        out.path(bytes, methodTo + 1, targetTo);
        if (upgrade >= 0) {
            int end = find(upgrade, '\r');
            int valueFrom = valueFrom(find(upgrade, ':') + 1, end);
            out.protocol(bytes, valueFrom, valueTo(valueFrom, end));
        }
        fields(out, hostTo + 2, upgrade >= 0);
        if (shape.acceptsTrailers()) {
            out.field(FieldId.TE, TE, TRAILERS, 0, TRAILERS.length);
        }
    }

    private int read(ByteBuf image) {
        int length = image.readableBytes();
        if (image.hasArray()) {
            bytes = image.array();
            int from = image.arrayOffset() + image.readerIndex();
            to = from + length;
            return from;
        }
        bytes = new byte[length];
        image.getBytes(image.readerIndex(), bytes);
        to = length;
        return 0;
    }

    private void fields(HpackEncoder out, int from, boolean tunnel) {
        int at = from;
        while (bytes[at] != '\r') {
            int colon = find(at, ':');
            int end = find(colon, '\r');
            int id = FieldId.of(bytes, at, colon);
            if (!ofConnection(id) && !(tunnel && isKey(at, colon))) {
                int valueFrom = valueFrom(colon + 1, end);
                out.field(id, bytes, at, colon, bytes, valueFrom, valueTo(valueFrom, end));
            }
            at = end + 2;
        }
    }

    private static boolean ofConnection(int id) {
        return id == FieldId.TRANSFER_ENCODING
                || id == FieldId.CONNECTION
                || id == FieldId.UPGRADE
                || id == FieldId.KEEP_ALIVE
                || id == FieldId.PROXY_CONNECTION
                || id == FieldId.HTTP2_SETTINGS
                || id == FieldId.TE
                || id == FieldId.HOST;
    }

    /** The nonce that HTTP/1.1 agrees on the tunnel with has no use in a stream (RFC 8441 section 5). */
    private boolean isKey(int from, int end) {
        if (end - from != WEBSOCKET_KEY.length) {
            return false;
        }
        for (int i = 0; i < WEBSOCKET_KEY.length; i++) {
            if ((bytes[from + i] | 0x20) != WEBSOCKET_KEY[i] && bytes[from + i] != '-') {
                return false;
            }
        }
        return true;
    }

    /** Where the first line of that name begins, or -1. */
    private int line(int id, int from) {
        for (int at = from; bytes[at] != '\r'; at = find(at, '\n') + 1) {
            if (FieldId.of(bytes, at, find(at, ':')) == id) {
                return at;
            }
        }
        return -1;
    }

    private int valueFrom(int from, int end) {
        int at = from;
        while (at < end && blank(bytes[at])) {
            at++;
        }
        return at;
    }

    private int valueTo(int from, int end) {
        int at = end;
        while (at > from && blank(bytes[at - 1])) {
            at--;
        }
        return at;
    }

    private static boolean blank(byte b) {
        return b == ' ' || b == '\t';
    }

    private int find(int from, char wanted) {
        int at = from;
        while (at < to && bytes[at] != wanted) {
            at++;
        }
        return at;
    }
}
