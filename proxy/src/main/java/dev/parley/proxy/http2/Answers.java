package dev.parley.proxy.http2;

import dev.parley.proxy.exchange.LocalAnswer;
import dev.parley.proxy.message.GrpcStatus;
import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http2.HpackEncoder;
import java.nio.charset.StandardCharsets;

/** Compresses the heads of answers: what an endpoint said without what was meant for that hop, and answers of Parley's own. */
final class Answers {
    private static final byte[] VIA = ascii("via");
    private static final byte[] VIA_1_1 = ascii("1.1 parley");
    private static final byte[] VIA_2 = ascii("2 parley");
    private static final byte[] CONTENT_TYPE = ascii("content-type");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] LOCATION = ascii("location");
    private static final byte[] CACHE_CONTROL = ascii("cache-control");
    private static final byte[] NO_STORE = ascii("no-store");
    private static final byte[] DECISION = ascii("parley-decision");
    private static final byte[] PROBLEM_TYPE = ascii("application/problem+json");
    private static final byte[] GRPC_TYPE = ascii("application/grpc");
    private static final byte[] GRPC_STATUS = ascii("grpc-status");
    private static final byte[] GRPC_MESSAGE = ascii("grpc-message");

    private Answers() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The answer that agrees to a tunnel: 200 where HTTP/1.1 has 101, and no proof that it was understood (RFC 8441 section 5). */
    static void tunnel(HpackEncoder out, ResponseHead head, FieldEdits edits) {
        write(out, head, 200, edits, true);
    }

    /** The head of an endpoint's answer. */
    static void head(HpackEncoder out, ResponseHead head, int status, FieldEdits edits) {
        write(out, head, status, edits, false);
    }

    private static void write(HpackEncoder out, ResponseHead head, int status, FieldEdits edits, boolean tunnel) {
        FieldBlock fields = head.fields();
        boolean edited = !edits.none() && status >= 200;
        out.status(status);
        for (int i = 0; i < fields.count(); i++) {
            boolean dropped = fields.hopByHop(i)
                    || (edited && edits.removes(fields, i))
                    || (tunnel && fields.nameIs(i, WebSocketKey.ACCEPT));
            if (!dropped) {
                out.field(fields, i);
            }
        }
        byte[] via = head.http2() ? VIA_2 : VIA_1_1;
        out.field(FieldId.VIA, VIA, via, 0, via.length);
        if (status >= 200) {
            lines(out, edits);
        }
    }

    /** An answer of Parley's own. */
    static void local(HpackEncoder out, LocalAnswer answer, byte[] body, Decision decision, FieldEdits edits) {
        out.status(answer.status());
        if (answer.hasBody()) {
            byte[] type = answer.problem() ? PROBLEM_TYPE : answer.contentType();
            if (type.length > 0) {
                out.field(FieldId.CONTENT_TYPE, CONTENT_TYPE, type, 0, type.length);
            }
            byte[] length = ascii(Integer.toString(body.length));
            out.field(FieldId.CONTENT_LENGTH, CONTENT_LENGTH, length, 0, length.length);
        }
        byte[] location = answer.location();
        if (location != null) {
            out.field(FieldId.LOCATION, LOCATION, location, 0, location.length);
        }
        decision(out, decision);
        if (answer.problem()) {
            out.field(FieldId.CACHE_CONTROL, CACHE_CONTROL, NO_STORE, 0, NO_STORE.length);
        }
        lines(out, edits);
    }

    /** An answer of Parley's own to a call of gRPC: no body, and the status where the call's client looks for it. */
    static void grpc(HpackEncoder out, LocalAnswer answer, Decision decision, FieldEdits edits) {
        out.status(200);
        out.field(FieldId.CONTENT_TYPE, CONTENT_TYPE, GRPC_TYPE, 0, GRPC_TYPE.length);
        decision(out, decision);
        lines(out, edits);
        grpcStatus(out, GrpcStatus.of(answer.status()), answer.callMessage());
    }

    /** The trailers that end a call of gRPC. */
    static void grpcStatus(HpackEncoder out, int status, String message) {
        byte[] code = ascii(Integer.toString(status));
        out.field(FieldId.OTHER, GRPC_STATUS, code, 0, code.length);
        if (!message.isEmpty()) {
            byte[] text = GrpcStatus.message(message);
            out.field(FieldId.OTHER, GRPC_MESSAGE, text, 0, text.length);
        }
    }

    private static void decision(HpackEncoder out, Decision decision) {
        byte[] id = new byte[32];
        decision.writeId(id, 0);
        out.field(FieldId.OTHER, DECISION, id, 0, id.length);
    }

    private static void lines(HpackEncoder out, FieldEdits edits) {
        for (byte[] line : edits.lines()) {
            int colon = 0;
            while (line[colon] != ':') {
                colon++;
            }
            out.field(FieldId.of(line, 0, colon), line, 0, colon, line, colon + 2, line.length - 2);
        }
    }
}
