package dev.parley.proxy.grpc;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.wire.head.FieldBlock;

/** The status that a call ended with, from the trailers of its answer, or from its head where that is all there is. */
public final class CallStatus {
    public static final int NONE = -1;
    public static final int UNKNOWN = 2;

    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;
    private static final int DATA_LOSS = 15;
    private static final int MOST = 16;
    private static final byte[] GRPC_STATUS = ascii("grpc-status");

    private CallStatus() {}

    /**
     * From 0 to 16; {@link #NONE} where there is none. What is no known status is {@link #UNKNOWN}, as clients take it
     * (grpc/grpc, doc/statuscodes.md).
     */
    public static int of(FieldBlock fields) {
        int field = fields.find(GRPC_STATUS);
        return field < 0 ? NONE : parse(fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
    }

    private static int parse(byte[] bytes, int from, int to) {
        if (to == from || to - from > 2) {
            return UNKNOWN;
        }
        int status = 0;
        for (int at = from; at < to; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return UNKNOWN;
            }
            status = status * 10 + digit;
        }
        return status > MOST ? UNKNOWN : status;
    }

    /** Whether a status says that there was too much to do. */
    public static boolean refused(int status) {
        return status == RESOURCE_EXHAUSTED || status == UNAVAILABLE;
    }

    /** Whether a status says that the endpoint is unwell, as an HTTP status of 500 and above does, and not that the call was wrong. */
    public static boolean endpointFailed(int status) {
        return status == UNKNOWN || status == INTERNAL || status == UNAVAILABLE || status == DATA_LOSS;
    }
}
