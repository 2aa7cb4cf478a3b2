package dev.parley.proxy.grpc;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The head of a call of gRPC-Web as gRPC has it. {@code te: trailers} is added where the head is compressed, as for every call. */
public final class WebRequest {
    private static final byte[] CONTENT_TYPE = ascii("Content-Type: application/grpc");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] X_GRPC_WEB = ascii("x-grpc-web");
    private static final int ROOM = 32;

    private WebRequest() {}

    /**
     * Writes a head anew that was written as HTTP/1.1 has it. What says that the call is of gRPC-Web is left out, and so is a length
     * that counts base64.
     *
     * @param image the head, which is released here
     * @param kind of the request, as {@link GrpcContent} has it
     */
    public static ByteBuf rewrite(ByteBuf image, int kind) {
        byte[] bytes = new byte[image.readableBytes()];
        image.readBytes(bytes);
        image.release();
        ByteBuf out = ByteBufAllocator.DEFAULT.heapBuffer(bytes.length + ROOM);
        int at = lineTo(bytes, 0);
        out.writeBytes(bytes, 0, at);
        boolean typed = false;
        while (bytes[at] != '\r') {
            int end = lineTo(bytes, at);
            int colon = find(bytes, at, ':');
            int id = FieldId.of(bytes, at, colon);
            if (id == FieldId.CONTENT_TYPE) {
                if (!typed) {
                    writeType(bytes, colon + 2, end - CRLF.length, kind, out);
                    typed = true;
                }
            } else if (id == FieldId.CONTENT_LENGTH && kind == GrpcContent.WEB_TEXT) {
                out.writeBytes(CHUNKED);
            } else if (id != FieldId.ACCEPT && !named(X_GRPC_WEB, bytes, at, colon)) {
                out.writeBytes(bytes, at, end - at);
            }
            at = end;
        }
        return out.writeBytes(CRLF);
    }

    private static void writeType(byte[] bytes, int valueFrom, int valueTo, int kind, ByteBuf out) {
        int format = GrpcContent.formatFrom(kind, valueFrom);
        out.writeBytes(CONTENT_TYPE);
        out.writeBytes(bytes, format, GrpcContent.formatTo(bytes, format, valueTo) - format);
        out.writeBytes(CRLF);
    }

    /** The form in which a client wants its answer: what it accepts if that names one, else the form in which it asks. */
    public static int wanted(FieldBlock fields, int kind) {
        int accept = fields.find(FieldId.ACCEPT);
        if (accept < 0) {
            return kind;
        }
        int accepted = GrpcContent.of(fields.bytes(), fields.valueFrom(accept), fields.valueTo(accept));
        return GrpcContent.isWeb(accepted) ? accepted : kind;
    }

    private static int lineTo(byte[] bytes, int from) {
        return find(bytes, from, '\n') + 1;
    }

    private static int find(byte[] bytes, int from, char wanted) {
        int at = from;
        while (bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    private static boolean named(byte[] lowerCase, byte[] bytes, int from, int to) {
        if (to - from != lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }
}
