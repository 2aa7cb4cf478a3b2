package dev.parley.proxy.exchange;

import dev.parley.proxy.grpc.GrpcTimeout;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * How long a request may take in all, its retries included: the least of what its route allows and what its caller says that it
 * has left. What remains is written into the head for each attempt, so that it shrinks on each hop and each retry.
 *
 * <p>A caller says it with {@code Parley-Budget-Ms}, with {@code grpc-timeout} in a call of gRPC, or with what Envoy sends to its
 * endpoints, {@code x-envoy-expected-rq-timeout-ms}, or takes from its callers, {@code x-envoy-upstream-rq-timeout-ms} (0 is none
 * there). A value that is no whole number counts as none and goes on as it came. Callers can only lower a route's budget, so that
 * anybody is believed. It goes on as {@code grpc-timeout} in a call of gRPC, else as {@code Parley-Budget-Ms}.
 */
public final class LatencyBudget {
    /** What remains where there is no budget. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    private static final byte[] BUDGET = HeadBuffer.ascii("Parley-Budget-Ms: ");
    private static final byte[] GRPC = HeadBuffer.ascii("grpc-timeout: ");
    private static final byte[] CRLF = HeadBuffer.ascii("\r\n");
    private static final int WIDTH = 10;
    private static final byte[] BLANK = " ".repeat(WIDTH).getBytes(StandardCharsets.US_ASCII);
    /** From the first byte of the value to the end of the head, whose last line it is. */
    private static final int FROM_END = WIDTH + 4;

    private static final int MOST_DIGITS = 8;
    private static final long NS_PER_MS = 1_000_000L;
    private static final long MOST_MICROS = 99_999_999L;

    private boolean set;
    private boolean grpc;
    private boolean ofRoute;
    private long startNs;
    private long deadlineNs;

    /** Begins the budget of a request that came at {@code nowNs}; {@code routeNs} is 0 where its route has none. */
    void begin(long routeNs, FieldBlock fields, boolean isGrpc, long nowNs) {
        long callerNs = asked(fields, isGrpc);
        long least = routeNs <= 0 ? callerNs : callerNs < 0 ? routeNs : Math.min(routeNs, callerNs);
        grpc = isGrpc;
        ofRoute = routeNs > 0 && least == routeNs;
        startNs = nowNs;
        // What is not over in a hundred years is no bound, and could not be added to a clock.
        set = least >= 0 && least < UNBOUNDED / 4;
        deadlineNs = set ? nowNs + least : UNBOUNDED;
    }

    /** There is none from now on. */
    void end() {
        set = false;
    }

    /** What the caller says that it has left, in nanoseconds; -1 where it says nothing. */
    private static long asked(FieldBlock fields, boolean grpc) {
        long least = grpc ? GrpcTimeout.of(fields) : -1;
        least = less(least, millis(fields, FieldId.PARLEY_BUDGET_MS));
        least = less(least, millis(fields, FieldId.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS));
        long envoy = millis(fields, FieldId.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS);
        return less(least, envoy == 0 ? -1 : envoy);
    }

    private static long less(long one, long other) {
        return one < 0 ? other : other < 0 ? one : Math.min(one, other);
    }

    private static long millis(FieldBlock fields, int id) {
        int field = fields.find(id);
        if (field < 0 || fields.repeats(id)) {
            return -1;
        }
        int from = fields.valueFrom(field);
        int to = fields.valueTo(field);
        if (to == from || to - from > MOST_DIGITS) {
            return -1;
        }
        long amount = 0;
        for (int at = from; at < to; at++) {
            int digit = fields.bytes()[at] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            amount = amount * 10 + digit;
        }
        return amount * NS_PER_MS;
    }

    public boolean isSet() {
        return set;
    }

    /** On the clock of {@code System.nanoTime}; meaningful only where it is set. */
    long deadlineNs() {
        return deadlineNs;
    }

    /** Whether it is the route's, not one that the caller made less. */
    boolean ofRoute() {
        return ofRoute;
    }

    /** All of it, in nanoseconds. */
    long wholeNs() {
        return deadlineNs - startNs;
    }

    /** What is left, in nanoseconds, 0 where it is spent; {@link #UNBOUNDED} where there is none. */
    public long remainingNs(long nowNs) {
        return set ? Math.max(0, deadlineNs - nowNs) : UNBOUNDED;
    }

    /** Whether the caller's word is left out of a head, since what remains is said in its place. */
    public boolean replaces(int fieldId) {
        return set
                && (fieldId == FieldId.PARLEY_BUDGET_MS
                        || fieldId == FieldId.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS
                        || fieldId == FieldId.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS
                        || (grpc && fieldId == FieldId.GRPC_TIMEOUT));
    }

    /** Ends a head that is being written: the last line says what remains, with room for each attempt to say it anew. */
    public void writeLine(HeadBuffer out) {
        if (set) {
            out.put(grpc ? GRPC : BUDGET);
            out.put(BLANK);
            out.put(CRLF);
        }
    }

    /** Says in a head that {@link #writeLine} ended what remains now. Blanks before a value are none of it (RFC 9110 section 5.5). */
    void say(ByteBuf image, long nowNs) {
        if (!set) {
            return;
        }
        int from = image.writerIndex() - FROM_END;
        int at = from + WIDTH;
        long remaining = remainingNs(nowNs);
        long amount = remaining / NS_PER_MS;
        if (grpc) {
            long micros = remaining / 1000;
            image.setByte(--at, micros <= MOST_MICROS ? 'u' : 'm');
            amount = micros <= MOST_MICROS ? micros : Math.min(amount, MOST_MICROS);
        }
        // Nothing is sent once nothing remains; what is less than the unit is one of it, as a timeout is positive.
        for (long left = Math.max(1, amount); left > 0; left /= 10) {
            image.setByte(--at, (int) ('0' + left % 10));
        }
        while (at > from) {
            image.setByte(--at, ' ');
        }
    }
}
