package dev.parley.proxy.http1;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.message.Reasons;
import dev.parley.proxy.message.WebSocketKey;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.ResponseHead;

/** Writes the head that a client is sent: the endpoint's lines, without what was meant for that hop, and with our own. */
final class ResponseWriter {
    private static final byte[] HTTP_1_1 = ascii("HTTP/1.1 ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] VIA = ascii("Via: 1.1 parley\r\n");
    private static final byte[] VIA_2 = ascii("Via: 2 parley\r\n");
    private static final byte[] SWITCHING = ascii("HTTP/1.1 101 Switching Protocols\r\n");
    private static final byte[] UPGRADE_FIELD = ascii("Upgrade: ");
    private static final byte[] ACCEPT_FIELD = ascii("Sec-WebSocket-Accept: ");
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
    private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int UPGRADE_REQUIRED = 426;

    private ResponseWriter() {}

    /**
     * Writes the head of a final or informational answer into {@code out}.
     *
     * @param keepAlive whether the client's connection goes on after this answer
     * @param oldClient whether the client speaks HTTP/1.0, which knows no chunks and must be told that the connection stays
     */
    static void write(HeadBuffer out, ResponseHead head, FieldEdits edits, boolean keepAlive, boolean oldClient) {
        out.clear();
        out.put(HTTP_1_1);
        out.putStatus(head.status());
        out.put(' ');
        if (head.http2()) {
            out.put(ascii(Reasons.phrase(head.status())));
        } else {
            out.put(head.bytes(), head.reasonFrom(), head.reasonTo());
        }
        out.put(CRLF);
        writeFields(out, head, edits);
        out.put(head.http2() ? VIA_2 : VIA);
        if (head.status() == SWITCHING_PROTOCOLS || head.status() == UPGRADE_REQUIRED) {
            writeUpgrade(out, head.fields());
        }
        if (head.status() >= 200) {
            if (head.framing() == Framing.CHUNKED && !oldClient) {
                out.put(CHUNKED);
            }
            if (!keepAlive) {
                out.put(CLOSE);
            } else if (oldClient) {
                out.put(KEEP_ALIVE);
            }
            for (byte[] line : edits.lines()) {
                out.put(line);
            }
        }
        out.put(CRLF);
    }

    /** Agrees to a tunnel that an endpoint of HTTP/2 has agreed to with 200 (RFC 8441 section 5). */
    static void writeTunnel(HeadBuffer out, ResponseHead head, FieldEdits edits, RequestShape asked) {
        out.clear();
        out.put(SWITCHING);
        writeFields(out, head, edits);
        out.put(VIA_2);
        out.put(UPGRADE);
        out.put(UPGRADE_FIELD);
        out.put(asked.protocol());
        out.put(CRLF);
        if (asked.key().length > 0) {
            out.put(ACCEPT_FIELD);
            out.put(WebSocketKey.accept(asked.key()));
            out.put(CRLF);
        }
        for (byte[] line : edits.lines()) {
            out.put(line);
        }
        out.put(CRLF);
    }

    private static void writeFields(HeadBuffer out, ResponseHead head, FieldEdits edits) {
        FieldBlock fields = head.fields();
        boolean edited = !edits.none() && head.status() >= 200;
        int count = fields.count();
        int runFrom = -1;
        int runTo = -1;
        for (int i = 0; i < count; i++) {
            boolean kept = fields.id(i) != FieldId.TRANSFER_ENCODING
                    && !fields.hopByHop(i)
                    && !(edited && edits.removes(fields, i));
            if (kept && runFrom < 0) {
                runFrom = fields.lineFrom(i);
            } else if (!kept && runFrom >= 0) {
                out.put(fields.bytes(), runFrom, runTo);
                runFrom = -1;
            }
            runTo = fields.lineTo(i);
        }
        if (runFrom >= 0) {
            out.put(fields.bytes(), runFrom, runTo);
        }
    }

    private static void writeUpgrade(HeadBuffer out, FieldBlock fields) {
        int upgrade = fields.find(FieldId.UPGRADE);
        if (upgrade >= 0) {
            out.put(UPGRADE);
            out.put(fields.bytes(), fields.lineFrom(upgrade), fields.lineTo(upgrade));
        }
    }
}
