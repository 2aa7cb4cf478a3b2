package dev.parley.proxy.http1;

import static dev.parley.proxy.message.HeadBuffer.ascii;

import dev.parley.proxy.exchange.ClientFacts;
import dev.parley.proxy.exchange.LatencyBudget;
import dev.parley.proxy.exchange.RequestShape;
import dev.parley.proxy.message.HeadBuffer;
import dev.parley.proxy.route.PathRewrite;
import dev.parley.proxy.snapshot.FieldEdits;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the head that an endpoint is sent: the client's own lines in long runs, without what is meant for this hop alone
 * (RFC 9110 section 7.6.1), and with what an intermediary adds.
 */
final class RequestWriter {
    private static final byte[] HTTP_1_1 = ascii(" HTTP/1.1\r\nHost: ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] VIA = ascii("Via: 1.1 parley\r\n");
    private static final byte[] VIA_2 = ascii("Via: 2 parley\r\n");
    private static final byte[] VIA_1_0 = ascii("Via: 1.0 parley\r\n");
    private static final byte[] PROTO = ascii("X-Forwarded-Proto: http\r\n");
    private static final byte[] PROTO_TLS = ascii("X-Forwarded-Proto: https\r\n");
    private static final byte[] FORWARDED_HOST = ascii("X-Forwarded-Host: ");
    private static final byte[] FORWARDED_FOR = ascii("X-Forwarded-For: ");
    private static final byte[] FORWARDED = ascii("Forwarded: ");
    private static final byte[] FORWARDED_TAIL = ascii(";proto=http\r\n");
    private static final byte[] FORWARDED_TAIL_TLS = ascii(";proto=https\r\n");
    private static final byte[] FORWARDED_HOST_PARAMETER = ascii(";host=\"");
    private static final byte[] REQUEST_ID = ascii("X-Request-Id: ");
    private static final byte[] COMMA = ascii(", ");
    private static final byte[] GET = ascii("GET");
    private static final byte[] UPGRADE_FIELD = ascii("Upgrade: ");
    private static final byte[] KEY_FIELD = ascii("Sec-WebSocket-Key: ");
    private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");

    private RequestWriter() {}

    /**
     * Writes the head into {@code out}.
     *
     * @return false where the rewritten path does not fit a request
     */
    static boolean write(
            HeadBuffer out,
            RequestHead head,
            RequestShape shape,
            ClientFacts client,
            RouteView route,
            ServiceView service,
            byte[] requestId,
            LatencyBudget budget,
            int maxTargetBytes) {
        out.clear();
        byte[] bytes = head.bytes();
        boolean tunnel = head.protocolFrom() >= 0;
        if (tunnel) {
            out.put(GET);
        } else {
            out.put(bytes, head.methodFrom(), head.methodTo());
        }
        out.put(' ');
        if (!writeTarget(out, head, route.rewrite(), maxTargetBytes)) {
            return false;
        }
        out.put(HTTP_1_1);
        writeHost(out, head, service);
        out.put(CRLF);
        writeFields(out, head, client, route.requestEdits(), budget);
        if (shape.framing() == Framing.CHUNKED) {
            out.put(CHUNKED);
        }
        if (head.upgrade() >= 0) {
            out.put(UPGRADE);
            out.put(bytes, head.fields().lineFrom(head.upgrade()), head.fields().lineTo(head.upgrade()));
        }
        if (tunnel) {
            writeTunnel(out, shape);
        }
        out.put(head.http2() ? VIA_2 : head.minorVersion() == 0 ? VIA_1_0 : VIA);
        writeForwarding(out, head, client);
        if (!client.trusted() || head.fields().find(FieldId.X_REQUEST_ID) < 0) {
            out.put(REQUEST_ID);
            out.put(requestId);
            out.put(CRLF);
        }
        for (byte[] line : route.requestEdits().lines()) {
            out.put(line);
        }
        budget.writeLine(out);
        out.put(CRLF);
        return true;
    }

    /** What asks an endpoint of HTTP/1.1 for the tunnel that a client of HTTP/2 asks for with CONNECT (RFC 8441). */
    private static void writeTunnel(HeadBuffer out, RequestShape shape) {
        out.put(UPGRADE);
        out.put(UPGRADE_FIELD);
        out.put(shape.protocol());
        out.put(CRLF);
        out.put(KEY_FIELD);
        out.put(shape.key());
        out.put(CRLF);
    }

    private static boolean writeTarget(
            HeadBuffer out, RequestHead head, @Nullable PathRewrite rewrite, int maxTargetBytes) {
        if (rewrite != null && !head.asterisk()) {
            byte[] room = out.reserve(maxTargetBytes);
            int length = rewrite.write(head, room, out.end());
            if (length < 0 || length > maxTargetBytes) {
                return false;
            }
            out.advance(length);
            return true;
        }
        if (head.emptyPath()) {
            // Without a path OPTIONS asks about the server as a whole (RFC 9112 section 3.2.4), all else about its
            // root.
            out.put(head.asterisk() ? '*' : '/');
        }
        out.put(head.bytes(), head.targetFrom(), head.targetTo());
        return true;
    }

    private static void writeHost(HeadBuffer out, RequestHead head, ServiceView service) {
        byte[] override = service.hostOverride();
        if (override != null) {
            out.put(override);
        } else if (head.authorityTo() > head.authorityFrom()) {
            out.put(head.bytes(), head.authorityFrom(), head.authorityTo());
        } else {
            // HTTP/1.0 without Host: HTTP/1.1 must have one, and the pool's name is what peers send.
            out.put(service.name().getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Copies the fields that stay, each run of neighbours at once. */
    private static void writeFields(
            HeadBuffer out, RequestHead head, ClientFacts client, FieldEdits edits, LatencyBudget budget) {
        FieldBlock fields = head.fields();
        boolean edited = !edits.none();
        int count = fields.count();
        int runFrom = -1;
        int runTo = -1;
        for (int i = 0; i < count; i++) {
            boolean kept = keeps(fields, i, head, client)
                    && !budget.replaces(fields.id(i))
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

    private static boolean keeps(FieldBlock fields, int i, RequestHead head, ClientFacts client) {
        return switch (fields.id(i)) {
            case FieldId.HOST, FieldId.TRANSFER_ENCODING, FieldId.X_FORWARDED_FOR, FieldId.FORWARDED -> false;
            case FieldId.X_FORWARDED_PROTO, FieldId.X_FORWARDED_HOST, FieldId.X_REQUEST_ID ->
                client.trusted() && !fields.hopByHop(i);
            // An HTTP/1.0 client cannot wait for 100, and an endpoint must not be made to send it one (RFC 9110
            // 10.1.1).
            case FieldId.EXPECT -> head.minorVersion() > 0;
            default -> !fields.hopByHop(i);
        };
    }

    private static void writeForwarding(HeadBuffer out, RequestHead head, ClientFacts client) {
        FieldBlock fields = head.fields();
        if (client.trusted() && fields.find(FieldId.X_FORWARDED_FOR) >= 0) {
            out.put(FORWARDED_FOR);
            putAll(out, fields, FieldId.X_FORWARDED_FOR);
            out.put(client.address());
            out.put(CRLF);
        } else {
            out.put(client.forwardedFor());
        }
        if (!client.trusted() || fields.find(FieldId.X_FORWARDED_PROTO) < 0) {
            out.put(client.secure() ? PROTO_TLS : PROTO);
        }
        boolean hasHost = head.authorityTo() > head.authorityFrom();
        if (hasHost && (!client.trusted() || fields.find(FieldId.X_FORWARDED_HOST) < 0)) {
            out.put(FORWARDED_HOST);
            out.put(head.bytes(), head.authorityFrom(), head.authorityTo());
            out.put(CRLF);
        }
        out.put(FORWARDED);
        if (client.trusted()) {
            putAll(out, fields, FieldId.FORWARDED);
        }
        out.put(client.forwardedNode());
        if (hasHost) {
            out.put(FORWARDED_HOST_PARAMETER);
            out.put(head.bytes(), head.authorityFrom(), head.authorityTo());
            out.put('"');
        }
        out.put(client.secure() ? FORWARDED_TAIL_TLS : FORWARDED_TAIL);
    }

    /** All values of a field in one list, each followed by a comma. */
    private static void putAll(HeadBuffer out, FieldBlock fields, int id) {
        for (int i = 0; i < fields.count(); i++) {
            if (fields.id(i) == id && !fields.hopByHop(i) && fields.valueTo(i) > fields.valueFrom(i)) {
                out.putValue(fields, i);
                out.put(COMMA);
            }
        }
    }
}
