package dev.parley.proxy.grpc;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;

/** What kind of gRPC a message is, by its content type. Kinds are small numbers, because every request is asked. */
public final class GrpcContent {
    public static final int NONE = 0;

    /** gRPC over HTTP/2 (grpc/grpc, doc/PROTOCOL-HTTP2.md). */
    public static final int GRPC = 1;

    /** gRPC-Web in its binary form. */
    public static final int WEB = 2;

    /** gRPC-Web in base64, for clients that can read no bytes. */
    public static final int WEB_TEXT = 3;

    private static final byte[] APPLICATION_GRPC = ascii("application/grpc");
    private static final byte[] WEB_PART = ascii("-web");
    private static final byte[] TEXT_PART = ascii("-text");

    private GrpcContent() {}

    /** The kind of a request. A call is a POST; anything else is none. */
    public static int of(RequestHead head) {
        FieldBlock fields = head.fields();
        int type = fields.find(FieldId.CONTENT_TYPE);
        return type < 0 || head.method() != Method.POST
                ? NONE
                : of(fields.bytes(), fields.valueFrom(type), fields.valueTo(type));
    }

    /** Whether a kind is one of gRPC-Web's. */
    public static boolean isWeb(int kind) {
        return kind >= WEB;
    }

    /** The kind that a content type names, which may have a subtype and parameters behind it. */
    static int of(byte[] bytes, int from, int to) {
        if (!begins(APPLICATION_GRPC, bytes, from, to)) {
            return NONE;
        }
        int at = from + APPLICATION_GRPC.length;
        int kind = GRPC;
        if (begins(WEB_PART, bytes, at, to)) {
            at += WEB_PART.length;
            kind = WEB;
            if (begins(TEXT_PART, bytes, at, to)) {
                at += TEXT_PART.length;
                kind = WEB_TEXT;
            }
        }
        return at == to || ends(bytes[at]) ? kind : NONE;
    }

    /** Where the message format begins, {@code +proto} say, of a content type of that kind. */
    static int formatFrom(int kind, int from) {
        int length = APPLICATION_GRPC.length;
        return from + length + (kind == GRPC ? 0 : WEB_PART.length + (kind == WEB_TEXT ? TEXT_PART.length : 0));
    }

    /** Where the message format ends; where it begins if none is named. */
    static int formatTo(byte[] bytes, int formatFrom, int to) {
        int at = formatFrom;
        while (at < to && bytes[at] != ';' && bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != ',') {
            at++;
        }
        return at;
    }

    private static boolean ends(byte next) {
        return next == '+' || next == ';' || next == ' ' || next == '\t' || next == ',';
    }

    private static boolean begins(byte[] lowerCase, byte[] bytes, int from, int to) {
        if (to - from < lowerCase.length) {
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
