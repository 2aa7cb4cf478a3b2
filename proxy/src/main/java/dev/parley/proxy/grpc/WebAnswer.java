package dev.parley.proxy.grpc;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * An answer of gRPC as gRPC-Web has it (grpc/grpc, doc/PROTOCOL-WEB.md): its trailers are the last frame of the body, because
 * browsers show no trailers to a page.
 */
public final class WebAnswer {
    /** The flag of a frame of trailers, where that of a message is 0 or 1. */
    private static final int TRAILERS = 0x80;

    private static final byte[] WEB = ascii("application/grpc-web");
    private static final byte[] WEB_TEXT = ascii("application/grpc-web-text");
    private static final byte[] PROTO = ascii("+proto");
    private static final byte[] CONTENT_TYPE = ascii("content-type");
    private static final byte[] GRPC = ascii("grpc-");
    private static final byte[] STATUS = ascii("grpc-status");

    private WebAnswer() {}

    /**
     * The head of an answer of gRPC, in a head of its own, whose body has no announced length.
     *
     * @param kind the form that the client wants
     * @param trailersOnly whether the head is all of the answer; then the fields of the call's outcome go into the body
     */
    public static ResponseHead head(ResponseHead from, int kind, boolean trailersOnly) {
        FieldBlock fields = from.fields();
        HeadBuffer lines = new HeadBuffer();
        ResponseHead made = new ResponseHead();
        made.start(lines.bytes());
        for (int i = 0; i < fields.count(); i++) {
            int id = fields.id(i);
            if (id == FieldId.CONTENT_TYPE) {
                add(made, lines, id, CONTENT_TYPE, type(fields, i, kind));
            } else if (id != FieldId.CONTENT_LENGTH && !fields.hopByHop(i) && !(trailersOnly && ofOutcome(fields, i))) {
                add(made, lines, id, name(fields, i), value(fields, i));
                if (fields.neverIndexed(i)) {
                    made.fields().neverIndexLast();
                }
            }
        }
        made.fields().moved(lines.bytes());
        made.http2(from.http2());
        made.statusLine(1, from.status(), lines.end(), lines.end());
        made.body(Framing.CHUNKED, -1, true, lines.end());
        return made;
    }

    private static void add(ResponseHead head, HeadBuffer lines, int id, byte[] name, byte[] value) {
        int from = lines.end();
        lines.put(name);
        int nameTo = lines.end();
        lines.put(':');
        lines.put(' ');
        int valueFrom = lines.end();
        lines.put(value);
        int valueTo = lines.end();
        lines.put('\r');
        lines.put('\n');
        head.fields().add(id, from, nameTo, valueFrom, valueTo, lines.end());
    }

    private static byte[] type(FieldBlock fields, int i, int kind) {
        int format = GrpcContent.formatFrom(GrpcContent.GRPC, fields.valueFrom(i));
        int formatTo = GrpcContent.formatTo(fields.bytes(), format, fields.valueTo(i));
        return format == formatTo ? type(kind) : joined(kind, Arrays.copyOfRange(fields.bytes(), format, formatTo));
    }

    /** The content type of an answer whose message format is not told: that of protobuf, as for gRPC. */
    public static byte[] type(int kind) {
        return joined(kind, PROTO);
    }

    private static byte[] joined(int kind, byte[] format) {
        byte[] form = kind == GrpcContent.WEB_TEXT ? WEB_TEXT : WEB;
        byte[] both = Arrays.copyOf(form, form.length + format.length);
        System.arraycopy(format, 0, both, form.length, format.length);
        return both;
    }

    private static boolean ofOutcome(FieldBlock fields, int i) {
        int from = fields.nameFrom(i);
        if (fields.nameTo(i) - from <= GRPC.length) {
            return false;
        }
        for (int at = 0; at < GRPC.length; at++) {
            byte b = fields.bytes()[from + at];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != GRPC[at]) {
                return false;
            }
        }
        return true;
    }

    /** The frame of trailers that all of these fields make, or of a head that is the whole answer, those of the call's outcome. */
    public static ByteBuf trailers(FieldBlock fields, boolean outcomeAlone) {
        HeadBuffer lines = new HeadBuffer();
        for (int i = 0; i < fields.count(); i++) {
            if (!fields.hopByHop(i) && (!outcomeAlone || ofOutcome(fields, i))) {
                line(lines, name(fields, i), value(fields, i));
            }
        }
        return frame(lines);
    }

    /** The frame of trailers of an answer that Parley gives itself. */
    public static ByteBuf trailers(int status, String message) {
        HeadBuffer lines = new HeadBuffer();
        line(lines, STATUS, ascii(Integer.toString(status)));
        if (!message.isEmpty()) {
            line(lines, ascii("grpc-message"), GrpcStatus.message(message));
        }
        return frame(lines);
    }

    /** The next {@code length} bytes of {@code from} in the form that the client wants: a buffer of the caller's. */
    public static ByteBuf part(ByteBuf from, int length, int kind) {
        return kind == GrpcContent.WEB_TEXT ? WebText.encoded(from, length) : from.readRetainedSlice(length);
    }

    private static void line(HeadBuffer lines, byte[] name, byte[] value) {
        lines.put(name);
        lines.put(':');
        lines.put(value);
        lines.put('\r');
        lines.put('\n');
    }

    private static ByteBuf frame(HeadBuffer lines) {
        ByteBuf frame = Unpooled.buffer(5 + lines.end());
        return frame.writeByte(TRAILERS).writeInt(lines.end()).writeBytes(lines.bytes(), 0, lines.end());
    }

    /** In lower case, in which gRPC-Web wants names. */
    private static byte[] name(FieldBlock fields, int i) {
        int from = fields.nameFrom(i);
        String name = new String(fields.bytes(), from, fields.nameTo(i) - from, StandardCharsets.ISO_8859_1);
        return ascii(name.toLowerCase(Locale.ROOT));
    }

    private static byte[] value(FieldBlock fields, int i) {
        return Arrays.copyOfRange(fields.bytes(), fields.valueFrom(i), fields.valueTo(i));
    }
}
