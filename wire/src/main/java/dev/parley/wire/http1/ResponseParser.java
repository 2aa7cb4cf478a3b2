package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a response (RFC 9112, sections 4 to 6) as strictly as that of a request: a server behind a proxy is
 * trusted no more with the framing than a client before it. Every refusal is a 502.
 *
 * <p>One thread at a time. {@link #refusal()} speaks of the last call.
 */
public final class ResponseParser {
    public static final int INCOMPLETE = RequestParser.INCOMPLETE;
    public static final int REFUSED = RequestParser.REFUSED;

    /** What a status line begins with; the minor version's digit and a space follow. */
    private static final String VERSION = "HTTP/1.";

    private static final int STATUS_AT = 9;
    private static final int LINE_END_AT = 12;

    private final FieldParser lines = new FieldParser();
    private final MessageRules rules = new MessageRules();

    private Refusal refusal = Refusal.RESPONSE_STATUS_LINE;

    /**
     * Reads one head from {@code bytes[from..to)} and never looks beyond. The limit on targets has no meaning here.
     *
     * @param requestMethod a constant of {@link Method}: what is answered decides whether a body follows
     * @param into holds the head when the result is above zero, and nothing of use otherwise
     * @return the length of the head, INCOMPLETE or REFUSED
     */
    public int parse(byte[] bytes, int from, int to, HeadLimits limits, int requestMethod, ResponseHead into) {
        boolean full = to - from >= limits.headBytes();
        int end = full ? from + limits.headBytes() : to;
        into.start(bytes);
        int at = parseStatusLine(bytes, from, end, into);
        if (at > 0) {
            at = lines.parse(bytes, at, end, limits.fields(), into.fields());
            if (at == REFUSED) {
                return refuse(lines.refusal());
            }
        }
        if (at == INCOMPLETE && full) {
            return refuse(Refusal.RESPONSE_HEAD_TOO_LARGE);
        }
        if (at <= 0) {
            return at;
        }
        Refusal wrong = read(into, requestMethod, at);
        return wrong == null ? at - from : refuse(wrong);
    }

    /** Why the last call answered REFUSED; meaningless otherwise. */
    public Refusal refusal() {
        return refusal;
    }

    private int parseStatusLine(byte[] bytes, int from, int end, ResponseHead into) {
        int known = Math.min(end - from, LINE_END_AT);
        for (int i = 0; i < known; i++) {
            if (!inPlace(bytes[from + i], i)) {
                return refuse(Refusal.RESPONSE_STATUS_LINE);
            }
        }
        int at = from + LINE_END_AT;
        if (at >= end) {
            return INCOMPLETE;
        }
        int reasonFrom = at;
        // Many servers leave out the space before an empty reason, and all clients read that.
        if (bytes[at] == Octets.SP) {
            reasonFrom = ++at;
            while (at < end && Octets.text(bytes[at])) {
                at++;
            }
        }
        if (at == end) {
            return INCOMPLETE;
        }
        if (bytes[at] != Octets.CR) {
            return refuse(bytes[at] == Octets.LF ? Refusal.RESPONSE_LINE_END : Refusal.RESPONSE_STATUS_LINE);
        }
        int status = 100 * (bytes[from + STATUS_AT] - '0')
                + 10 * (bytes[from + STATUS_AT + 1] - '0')
                + bytes[from + STATUS_AT + 2]
                - '0';
        into.statusLine(bytes[from + VERSION.length()] - '0', status, reasonFrom, at);
        int behind = lines.lineEnd(bytes, at, end);
        return behind == REFUSED ? refuse(lines.refusal()) : behind;
    }

    /** Whether the byte may stand at that offset of a status line: HTTP/1.x, a space, three digits from 100 to 599. */
    private static boolean inPlace(byte b, int offset) {
        if (offset < VERSION.length()) {
            return b == VERSION.charAt(offset);
        }
        return switch (offset) {
            case 7 -> b == '0' || b == '1';
            case 8 -> b == Octets.SP;
            case STATUS_AT -> b >= '1' && b <= '5';
            default -> Octets.digit(b);
        };
    }

    /** The order of RFC 9112, section 6.3. */
    private @Nullable Refusal read(ResponseHead head, int requestMethod, int bodyFrom) {
        FieldBlock fields = head.fields();
        Refusal wrong = rules.read(fields, head.minorVersion());
        if (wrong != null) {
            return wrong;
        }
        int status = head.status();
        if (fields.has(FieldId.TRANSFER_ENCODING) && (status < 200 || status == 204)) {
            return Refusal.RESPONSE_CODING;
        }
        // A zero is common and harmless there; anything else is a body to some clients, and the next response to
        // others.
        if (rules.contentLength() > 0 && (status < 200 || status == 204)) {
            return Refusal.RESPONSE_LENGTH;
        }
        int framing;
        if (status < 200
                || status == 204
                || status == 304
                || requestMethod == Method.HEAD
                || rules.contentLength() == 0) {
            framing = Framing.NONE;
        } else if (rules.chunked()) {
            framing = Framing.CHUNKED;
        } else {
            framing = rules.contentLength() > 0 ? Framing.LENGTH : Framing.UNTIL_CLOSE;
        }
        boolean persists = framing != Framing.UNTIL_CLOSE && rules.persists(head.minorVersion());
        head.body(framing, rules.contentLength(), persists, bodyFrom);
        return null;
    }

    private int refuse(Refusal why) {
        refusal = why.ofResponse();
        return REFUSED;
    }
}
