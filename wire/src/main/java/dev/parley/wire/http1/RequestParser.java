package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a request (RFC 9112, sections 2 to 6), in one pass and without allocating.
 *
 * <p>Lines first, meaning after: the request line and each field are checked as bytes and laid down as offsets, then the
 * few fields that frame and route the message are looked at. An incomplete head is read anew when more has come; what
 * can be refused already is refused then, so that a client that will never finish a good head is not waited for.
 *
 * <p>One thread at a time. {@link #refusal()} speaks of the last call.
 */
public final class RequestParser {
    /** The bytes so far may be the beginning of a head. */
    public static final int INCOMPLETE = 0;

    /** The bytes are no head, whatever may follow. */
    public static final int REFUSED = -1;

    /** No registered method is longer. */
    public static final int MAX_METHOD_BYTES = 32;

    private static final String VERSION = "HTTP/1.1";
    private static final int VERSION_BYTES = VERSION.length();

    /** The same as a little-endian long. */
    private static final long HTTP_1_1 = 0x312E312F50545448L;

    private final TargetParser targets = new TargetParser();
    private final FieldParser lines = new FieldParser();
    private final MessageRules rules = new MessageRules();
    private final AuthorityRules authorities = new AuthorityRules();

    private Refusal refusal = Refusal.METHOD;

    /**
     * Reads one head from {@code bytes[from..to)} and never looks beyond.
     *
     * @param into holds the head when the result is above zero, and nothing of use otherwise
     * @return the length of the head from {@code from}, with the empty line that may precede it and the one that ends it;
     *     {@link #INCOMPLETE} or {@link #REFUSED}
     */
    public int parse(byte[] bytes, int from, int to, HeadLimits limits, RequestHead into) {
        boolean full = to - from >= limits.headBytes();
        int end = full ? from + limits.headBytes() : to;
        into.start(bytes);
        int at = parseRequestLine(bytes, from, end, full, limits, into);
        if (at > 0) {
            at = lines.parse(bytes, at, end, limits.fields(), into.fields());
            if (at == REFUSED) {
                return refuse(lines.refusal());
            }
        }
        if (at == INCOMPLETE && full) {
            return refuse(Refusal.HEAD_TOO_LARGE);
        }
        if (at <= 0) {
            return at;
        }
        Refusal wrong = read(into, at);
        return wrong == null ? at - from : refuse(wrong);
    }

    /** Why the last call answered REFUSED; meaningless otherwise. */
    public Refusal refusal() {
        return refusal;
    }

    private int parseRequestLine(byte[] bytes, int from, int end, boolean full, HeadLimits limits, RequestHead into) {
        int at = from;
        // One empty line is left over by clients that end a body with a CRLF too many (RFC 9112, section 2.2).
        if (at < end && bytes[at] == Octets.CR) {
            at = lines.lineEnd(bytes, at, end);
            if (at <= 0) {
                return at == REFUSED ? refuse(lines.refusal()) : at;
            }
        }
        at = parseMethod(bytes, at, end, into);
        if (at <= 0) {
            return at;
        }
        at = targets.parse(bytes, at + 1, end, limits.targetBytes(), into);
        if (at == REFUSED) {
            return refuse(targets.refusal());
        }
        if (at == INCOMPLETE) {
            // The limit on heads may be the lower one, and still it was the target that did not fit.
            return full ? refuse(Refusal.TARGET_TOO_LONG) : INCOMPLETE;
        }
        at = parseVersion(bytes, at + 1, end, into);
        // Only now, so that the preface of HTTP/2, which is "PRI *", is told that its version is the matter.
        boolean ofTheServer = into.asterisk() && into.method() != Method.OPTIONS;
        return at > 0 && ofTheServer ? refuse(Refusal.TARGET) : at;
    }

    /** Returns the offset of the space behind the method. */
    private int parseMethod(byte[] bytes, int from, int end, RequestHead into) {
        int bound = Math.min(end, from + MAX_METHOD_BYTES + 1);
        int at = from;
        long packed = 0;
        while (at < bound && Octets.token(bytes[at])) {
            packed = packed << 8 | bytes[at++];
        }
        if (at - from > MAX_METHOD_BYTES) {
            return refuse(Refusal.METHOD_TOO_LONG);
        }
        if (at == end) {
            return INCOMPLETE;
        }
        if (bytes[at] != Octets.SP || at == from) {
            return refuse(bytes[at] == Octets.LF ? Refusal.BARE_LINE_FEED : Refusal.METHOD);
        }
        int method = at - from > 8 ? Method.OTHER : Method.of(packed);
        if (method == Method.CONNECT) {
            return refuse(Refusal.CONNECT);
        }
        into.method(method, from, at);
        return at;
    }

    /** Returns the offset behind the request line. */
    private int parseVersion(byte[] bytes, int from, int end, RequestHead into) {
        int at = from + VERSION_BYTES;
        if (end - from > VERSION_BYTES && (long) Octets.LONG.get(bytes, from) == HTTP_1_1) {
            into.version(1);
        } else {
            for (int i = 0; i < VERSION_BYTES; i++) {
                if (from + i == end) {
                    return INCOMPLETE;
                }
                byte b = bytes[from + i];
                if (VERSION.charAt(i) == '1' ? !Octets.digit(b) : b != VERSION.charAt(i)) {
                    return refuse(b == Octets.LF ? Refusal.BARE_LINE_FEED : Refusal.VERSION_SYNTAX);
                }
            }
            if (at == end) {
                return INCOMPLETE;
            }
            int major = bytes[at - 3] - '0';
            int minor = bytes[at - 1] - '0';
            if (major != 1 || minor > 1) {
                return refuse(major > 0 && bytes[at] == Octets.CR ? Refusal.VERSION : Refusal.VERSION_SYNTAX);
            }
            into.version(minor);
        }
        if (bytes[at] != Octets.CR) {
            return refuse(bytes[at] == Octets.LF ? Refusal.BARE_LINE_FEED : Refusal.VERSION_SYNTAX);
        }
        int behind = lines.lineEnd(bytes, at, end);
        return behind == REFUSED ? refuse(lines.refusal()) : behind;
    }

    /** What the lines mean. */
    private @Nullable Refusal read(RequestHead head, int bodyFrom) {
        FieldBlock fields = head.fields();
        Refusal wrong = rules.read(fields, head.minorVersion());
        if (wrong == null) {
            wrong = readAuthority(head);
        }
        if (wrong == null && fields.has(FieldId.EXPECT) && !MessageRules.expectsContinue(fields)) {
            wrong = Refusal.EXPECTATION;
        }
        if (wrong != null) {
            return wrong;
        }
        int framing = rules.chunked() ? Framing.CHUNKED : rules.contentLength() > 0 ? Framing.LENGTH : Framing.NONE;
        head.body(framing, rules.contentLength(), bodyFrom);
        head.connection(
                rules.persists(head.minorVersion()),
                head.minorVersion() == 1 && fields.has(FieldId.EXPECT),
                fields.has(FieldId.TE) && OptionList.has(fields, FieldId.TE, "trailers"),
                head.minorVersion() == 1 && framing == Framing.NONE && rules.upgrade() ? upgrade(fields) : -1);
        return null;
    }

    private @Nullable Refusal readAuthority(RequestHead head) {
        FieldBlock fields = head.fields();
        int field = fields.find(FieldId.HOST);
        if (field < 0) {
            return head.minorVersion() == 1 ? Refusal.HOST_MISSING : null;
        }
        if (fields.repeats(FieldId.HOST)) {
            return Refusal.HOST_REPEATED;
        }
        int from = fields.valueFrom(field);
        int to = fields.valueTo(field);
        if (head.absoluteForm()) {
            return AuthorityRules.same(head.bytes(), from, to, head.authorityFrom(), head.authorityTo())
                    ? null
                    : Refusal.HOST_CONFLICT;
        }
        if (from == to && head.minorVersion() == 0) {
            return null;
        }
        int hostTo = authorities.hostTo(fields.bytes(), from, to);
        if (hostTo < 0) {
            return Refusal.HOST_INVALID;
        }
        head.authority(from, hostTo, to);
        return null;
    }

    private static int upgrade(FieldBlock fields) {
        boolean tunnels = fields.has(FieldId.UPGRADE)
                && !fields.repeats(FieldId.UPGRADE)
                && !OptionList.has(fields, FieldId.UPGRADE, "h2c")
                && !OptionList.has(fields, FieldId.UPGRADE, "h2")
                && !OptionList.has(fields, FieldId.UPGRADE, "http/2.0");
        return tunnels ? fields.find(FieldId.UPGRADE) : -1;
    }

    private int refuse(Refusal why) {
        refusal = why;
        return REFUSED;
    }
}
