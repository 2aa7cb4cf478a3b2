package dev.parley.proxy.http1;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.proxy.exchange.LocalAnswer;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.Reasons;
import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.FieldEdits;

/** Writes answers of Parley's own: problem details (RFC 9457) with the decision's id, redirects, fixed answers. */
final class LocalAnswerWriter {
    private static final byte[] HTTP_1_1 = ascii("HTTP/1.1 ");
    private static final byte[] CONTENT_TYPE = ascii("Content-Type: ");
    private static final byte[] PROBLEM_TYPE = ascii("application/problem+json");
    private static final byte[] CONTENT_LENGTH = ascii("\r\nContent-Length: ");
    private static final byte[] NO_CONTENT_TYPE_LENGTH = ascii("Content-Length: ");
    private static final byte[] LOCATION = ascii("Location: ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
    private static final byte[] DECISION = ascii("Parley-Decision: ");
    private static final byte[] NOT_STORED = ascii("Cache-Control: no-store\r\n");

    private LocalAnswerWriter() {}

    static void write(
            HeadBuffer out,
            LocalAnswer answer,
            Decision decision,
            FieldEdits edits,
            boolean isHead,
            boolean keepAlive,
            boolean oldClient) {
        byte[] id = new byte[32];
        decision.writeId(id, 0);
        boolean problem = answer.problem();
        byte[] body = answer.content(id);
        out.clear();
        out.put(HTTP_1_1);
        out.putStatus(answer.status());
        out.put(' ');
        out.put(ascii(Reasons.phrase(answer.status())));
        out.put(CRLF);
        writeBodyFields(out, answer, problem ? PROBLEM_TYPE : answer.contentType(), body.length);
        byte[] location = answer.location();
        if (location != null) {
            out.put(LOCATION);
            out.put(location);
            out.put(CRLF);
        }
        out.put(DECISION);
        out.put(id);
        out.put(CRLF);
        if (problem) {
            out.put(NOT_STORED);
        }
        if (!keepAlive) {
            out.put(CLOSE);
        } else if (oldClient) {
            out.put(KEEP_ALIVE);
        }
        for (byte[] line : edits.lines()) {
            out.put(line);
        }
        out.put(CRLF);
        if (!isHead && answer.hasBody()) {
            out.put(body);
        }
    }

    private static void writeBodyFields(HeadBuffer out, LocalAnswer answer, byte[] type, int length) {
        if (!answer.hasBody()) {
            return;
        }
        if (type.length > 0) {
            out.put(CONTENT_TYPE);
            out.put(type);
            out.put(CONTENT_LENGTH);
        } else {
            out.put(NO_CONTENT_TYPE_LENGTH);
        }
        out.putNumber(length);
        out.put(CRLF);
    }
}
