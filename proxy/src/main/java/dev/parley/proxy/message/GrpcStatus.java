package dev.parley.proxy.message;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import java.nio.charset.StandardCharsets;

/** What gRPC calls the outcome of a call (grpc/grpc, doc/statuscodes.md), where Parley itself has to say it. */
public final class GrpcStatus {
    private static final byte[] APPLICATION_GRPC = "application/grpc".getBytes(StandardCharsets.US_ASCII);

    private static final int INVALID_ARGUMENT = 3;
    /** The status of a call whose time is up. */
    public static final int DEADLINE_EXCEEDED = 4;

    private static final int PERMISSION_DENIED = 7;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int ABORTED = 10;
    private static final int UNIMPLEMENTED = 12;
    private static final int INTERNAL = 13;
    /** Nothing is known to have been done, and trying again may help. */
    public static final int UNAVAILABLE = 14;

    private static final int UNAUTHENTICATED = 16;

    private GrpcStatus() {}

    /** Whether a message is gRPC by its content type: application/grpc, with or without a subtype. */
    public static boolean isGrpc(FieldBlock fields) {
        int field = fields.find(FieldId.CONTENT_TYPE);
        if (field < 0) {
            return false;
        }
        int from = fields.valueFrom(field);
        int length = fields.valueTo(field) - from;
        if (length < APPLICATION_GRPC.length) {
            return false;
        }
        byte[] bytes = fields.bytes();
        for (int i = 0; i < APPLICATION_GRPC.length; i++) {
            if ((bytes[from + i] | 0x20) != (APPLICATION_GRPC[i] | 0x20)) {
                return false;
            }
        }
        if (length == APPLICATION_GRPC.length) {
            return true;
        }
        byte next = bytes[from + APPLICATION_GRPC.length];
        return next == '+' || next == ';' || next == ' ';
    }

    /**
     * The status of a call for the HTTP status that Parley would have answered with. As grpc/grpc has it in
     * doc/http-grpc-status-mapping.md, with those beside that gRPC's own services use for the same reasons.
     */
    public static int of(int httpStatus) {
        return switch (httpStatus) {
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404, 501 -> UNIMPLEMENTED;
            case 408, 504 -> DEADLINE_EXCEEDED;
            case 409 -> ABORTED;
            case 422 -> INVALID_ARGUMENT;
            case 413, 414, 429, 431 -> RESOURCE_EXHAUSTED;
            case 502, 503 -> UNAVAILABLE;
            default -> httpStatus == 200 ? 0 : INTERNAL;
        };
    }

    /** A message as {@code grpc-message} carries it: percent-encoded but for printable ASCII. */
    public static byte[] message(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b <= '~' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(String.format("%02X", b));
            }
        }
        return encoded.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
