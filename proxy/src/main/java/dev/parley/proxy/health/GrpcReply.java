package dev.parley.proxy.health;

import dev.parley.proxy.grpc.CallStatus;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http2.Frame;
import dev.parley.wire.http2.HeadDecoder;
import dev.parley.wire.http2.HpackDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link GrpcCheck}, as its frames come, and what it means. The two messages of grpc.health.v1 are read and written
 * by hand: one field each.
 */
final class GrpcReply {
    private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 1, 256);
    private static final int MOST_MESSAGE_BYTES = 1024;
    /** What gRPC puts before a message: whether it is compressed, and its length. */
    private static final int PREFIX = 5;

    private static final int SERVING = 1;
    private static final String[] SERVING_STATUSES = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
    private static final int UNIMPLEMENTED = 12;
    private static final int NOT_FOUND = 5;
    private static final byte[] GRPC_MESSAGE = "grpc-message".getBytes(StandardCharsets.US_ASCII);
    private static final String[] CODES = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED"
    };

    private final String service;
    private final HpackDecoder table = new HpackDecoder(HpackDecoder.DEFAULT_TABLE_BYTES);
    private final HeadDecoder decoder = new HeadDecoder();
    private final ByteBuffer block = ByteBuffer.allocate(LIMITS.headBytes());
    private final ByteBuffer message = ByteBuffer.allocate(PREFIX + MOST_MESSAGE_BYTES);
    private boolean inHead;
    private boolean headEnds;
    private boolean answering;

    GrpcReply(String service) {
        this.service = service;
    }

    /** The question as gRPC sends it: {@code HealthCheckRequest { string service = 1; }}. */
    static byte[] question(String service) {
        byte[] name = service.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(PREFIX + 3 + name.length).position(PREFIX);
        if (name.length > 0) {
            out.put((byte) ((1 << 3) | 2));
            if (name.length > 0x7F) {
                out.put((byte) ((name.length & 0x7F) | 0x80)).put((byte) (name.length >>> 7));
            } else {
                out.put((byte) name.length);
            }
            out.put(name);
        }
        out.putInt(1, out.position() - PREFIX);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** Whether a head goes on in the next frame. */
    boolean inHead() {
        return inHead;
    }

    /** A frame of a head: null while more is to come. */
    @Nullable
    Seen head(int type, int flags, byte[] bytes, int from, int to) {
        int begin = from;
        int end = to;
        if (type == Frame.HEADERS) {
            inHead = true;
            headEnds = (flags & Frame.END_STREAM) != 0;
            block.clear();
            begin += ((flags & Frame.PADDED) != 0 ? 1 : 0) + ((flags & Frame.HAS_PRIORITY) != 0 ? 5 : 0);
            end -= padding(flags, bytes, from, to);
        }
        if (!inHead || end < begin || end - begin > block.remaining()) {
            return new Seen.Failed("the head of its answer is broken, or too large");
        }
        block.put(bytes, begin, end - begin);
        if ((flags & Frame.END_HEADERS) == 0) {
            return null;
        }
        inHead = false;
        return answering ? trailers() : answer();
    }

    private static int padding(int flags, byte[] bytes, int from, int to) {
        return (flags & Frame.PADDED) != 0 && from < to ? bytes[from] & 0xFF : 0;
    }

    private @Nullable Seen answer() {
        ResponseHead head = new ResponseHead();
        HeadDecoder.Result result =
                decoder.response(table, block.array(), 0, block.position(), headEnds, Method.POST, LIMITS, head);
        if (result != HeadDecoder.Result.OK) {
            return new Seen.Failed("the head of its answer is refused: " + result);
        }
        if (head.status() < 200) {
            return null;
        }
        answering = true;
        if (head.status() != 200) {
            return new Seen.Failed("status %d, where gRPC has 200".formatted(head.status()));
        }
        if (!GrpcStatus.isGrpc(head.fields())) {
            return new Seen.Failed("its answer is not of gRPC, by its content type");
        }
        return headEnds ? judge(head.fields()) : null;
    }

    private @Nullable Seen trailers() {
        FieldBlock fields = new FieldBlock();
        HeadDecoder.Result result = decoder.trailers(table, block.array(), 0, block.position(), true, fields);
        if (result != HeadDecoder.Result.OK || !headEnds) {
            return new Seen.Failed("the trailers of its answer are refused");
        }
        return judge(fields);
    }

    /** A part of the message: null while more is to come. */
    @Nullable
    Seen data(int flags, byte[] bytes, int from, int to) {
        int begin = from + ((flags & Frame.PADDED) != 0 ? 1 : 0);
        int end = to - padding(flags, bytes, from, to);
        if (!answering || end < begin) {
            return new Seen.Failed("it sent data that belongs to no answer");
        }
        if (end - begin > message.remaining()) {
            return new Seen.Failed("its answer is larger than %d bytes".formatted(MOST_MESSAGE_BYTES));
        }
        message.put(bytes, begin, end - begin);
        return (flags & Frame.END_STREAM) != 0 ? new Seen.Failed("its answer has no grpc-status") : null;
    }

    private Seen judge(FieldBlock fields) {
        int status = CallStatus.of(fields);
        return switch (status) {
            case CallStatus.NONE -> new Seen.Failed("its answer has no grpc-status");
            case 0 -> judgeMessage();
            case UNIMPLEMENTED ->
                new Seen.Failed(
                        "it has no service grpc.health.v1.Health (UNIMPLEMENTED): register it, or check by tcp");
            case NOT_FOUND -> new Seen.Failed("its health service does not know '%s' (NOT_FOUND)".formatted(service));
            default -> new Seen.Failed("grpc-status %d (%s)%s".formatted(status, CODES[status], detail(fields)));
        };
    }

    private static String detail(FieldBlock fields) {
        int field = fields.find(GRPC_MESSAGE);
        if (field < 0) {
            return "";
        }
        int from = fields.valueFrom(field);
        int length = Math.min(fields.valueTo(field) - from, 100);
        return ": " + new String(fields.bytes(), from, length, StandardCharsets.US_ASCII);
    }

    /** {@code HealthCheckResponse { ServingStatus status = 1; }}; what else a message has is passed over. */
    private Seen judgeMessage() {
        message.flip();
        if (message.remaining() < PREFIX || message.get() != 0 || message.getInt() != message.remaining()) {
            return new Seen.Failed("its answer is not one plain message");
        }
        long status = 0;
        while (message.hasRemaining()) {
            long key = varint();
            if (key == 1 << 3) {
                status = varint();
            } else if (!skip((int) key & 7)) {
                status = -1;
            }
            if (key < 0 || status < 0) {
                return new Seen.Failed("its answer is no HealthCheckResponse");
            }
        }
        if (status == SERVING) {
            return new Seen.Passed();
        }
        return new Seen.Failed(
                status < SERVING_STATUSES.length ? SERVING_STATUSES[(int) status] : "serving status " + status);
    }

    /** A number of protobuf's wire format; -1 where it is broken. */
    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 63 && message.hasRemaining(); shift += 7) {
            byte b = message.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        return -1;
    }

    /** Passes over a value of a wire type; false where it is not whole, or the type is none that is in use. */
    private boolean skip(int wireType) {
        long length = switch (wireType) {
            case 0 -> varint() < 0 ? -1 : 0;
            case 1 -> 8;
            case 2 -> varint();
            case 5 -> 4;
            default -> -1;
        };
        if (length < 0 || length > message.remaining()) {
            return false;
        }
        message.position(message.position() + (int) length);
        return true;
    }
}
