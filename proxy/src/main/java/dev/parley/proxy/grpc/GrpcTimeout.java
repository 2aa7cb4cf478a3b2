package dev.parley.proxy.grpc;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;

/**
 * How long a client waits for its call, as {@code grpc-timeout} says it (grpc/grpc, doc/PROTOCOL-HTTP2.md): one to eight digits and
 * one of the units H, M, S, m, u, n.
 *
 * <p>A value that is none of these counts as no timeout and goes on as it came, as in Envoy: servers differ in what they make of it,
 * and the endpoint's word is the one that counts. Zero is no positive integer, but can only mean that the time is up, and is read so.
 */
public final class GrpcTimeout {
    public static final long NONE = -1;

    private static final int MOST_DIGITS = 8;

    private GrpcTimeout() {}

    /** In nanoseconds, at most {@link Long#MAX_VALUE}, which is 292 years; {@link #NONE} where there is none, or several. */
    public static long of(FieldBlock fields) {
        int field = fields.find(FieldId.GRPC_TIMEOUT);
        return field < 0 || fields.repeats(FieldId.GRPC_TIMEOUT)
                ? NONE
                : parse(fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
    }

    static long parse(byte[] bytes, int from, int to) {
        int digits = to - 1 - from;
        if (digits < 1 || digits > MOST_DIGITS) {
            return NONE;
        }
        long amount = 0;
        for (int at = from; at < to - 1; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return NONE;
            }
            amount = amount * 10 + digit;
        }
        long unitNs = unitNs(bytes[to - 1]);
        if (unitNs == NONE) {
            return NONE;
        }
        return amount > Long.MAX_VALUE / unitNs ? Long.MAX_VALUE : amount * unitNs;
    }

    private static long unitNs(byte unit) {
        return switch (unit) {
            case 'H' -> 3_600_000_000_000L;
            case 'M' -> 60_000_000_000L;
            case 'S' -> 1_000_000_000L;
            case 'm' -> 1_000_000L;
            case 'u' -> 1_000L;
            case 'n' -> 1L;
            default -> NONE;
        };
    }
}
