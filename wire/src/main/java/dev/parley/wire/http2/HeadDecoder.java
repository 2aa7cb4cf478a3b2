package dev.parley.wire.http2;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.AuthorityRules;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.MessageRules;
import dev.parley.wire.http1.Octets;
import dev.parley.wire.http1.Refusal;
import dev.parley.wire.http1.RequestParser;
import dev.parley.wire.http1.TargetParser;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole header blocks as the heads of messages (RFC 9113, section 8), held to the rules of that RFC and to those
 * that heads of HTTP/1.1 are held to, because they are forwarded as such.
 *
 * <p>A head's bytes are this decoder's own: a line for each field, Cookie fields joined into one, behind the lines of the
 * pseudo-fields, which no field tells of. They are valid until the next block is decoded, of whichever connection.
 *
 * <p>One for each thread that reads. {@link #refusal()} speaks of the last call.
 */
public final class HeadDecoder {
    /** What became of a block. Only after the first three can the connection go on. */
    public enum Result {
        /** The head or the trailers are in the flyweight. */
        OK,

        /**
         * The message is malformed, or asks for what is not offered: a stream error of type PROTOCOL_ERROR, before which
         * the refusal's status may be answered (RFC 9113, section 8.1.1).
         */
        MALFORMED,

        /** Over the limits: to be answered with the refusal's 431 or 414. */
        TOO_LARGE,

        /** More than eight times over the limits: a connection error of type ENHANCE_YOUR_CALM. */
        BOMB,

        /** The block breaks RFC 7541: a connection error of type COMPRESSION_ERROR. */
        COMPRESSION
    }

    private static final int METHOD = HeadLines.pseudo(Entry.METHOD);
    private static final int AUTHORITY = HeadLines.pseudo(Entry.AUTHORITY);
    private static final int STATUS = HeadLines.pseudo(Entry.STATUS);
    private static final int PROTOCOL = HeadLines.pseudo(Entry.PROTOCOL);
    private static final int REQUIRED = METHOD | HeadLines.pseudo(Entry.SCHEME) | HeadLines.pseudo(Entry.PATH);

    private final HeadLines lines = new HeadLines();
    private final TargetParser targets = new TargetParser();
    private final AuthorityRules authorities = new AuthorityRules();
    private final MessageRules rules = new MessageRules();

    private Refusal refusal = Refusal.METHOD;

    /**
     * Decodes the head of a request.
     *
     * @param table the state of the connection that the block came on
     * @param endStream whether the stream ends with this head, so that no body follows
     * @param extendedConnect whether the client was told that :protocol is understood (RFC 8441)
     * @param into holds the head when the result is OK, and nothing of use otherwise
     */
    public Result request(
            HpackDecoder table,
            byte[] block,
            int from,
            int to,
            boolean endStream,
            boolean extendedConnect,
            HeadLimits limits,
            RequestHead into) {
        into.start(lines.lines().bytes());
        lines.start(into.fields(), limits, REQUIRED | AUTHORITY | (extendedConnect ? PROTOCOL : 0));
        int decoded = table.decode(block, from, to, lines.lines(), lines);
        if (decoded != HpackDecoder.OK) {
            return failed(decoded);
        }
        int bodyFrom = lines.finish();
        Refusal wrong = lines.refusal();
        if (wrong == null) {
            wrong = readRequestLine(into, limits.targetBytes());
        }
        if (wrong == null) {
            wrong = readAuthority(into);
        }
        if (wrong == null) {
            wrong = readRequest(into, endStream, bodyFrom);
        }
        return wrong == null ? Result.OK : refused(wrong);
    }

    /**
     * Decodes the head of a response, interim or final. Each refusal is a 502.
     *
     * @param endStream whether the stream ends with this head, so that no body follows
     * @param requestMethod a constant of {@link Method}: what is answered decides whether a body follows
     * @param limits the limit on targets has no meaning here
     * @param into holds the head when the result is OK, and nothing of use otherwise
     */
    public Result response(
            HpackDecoder table,
            byte[] block,
            int from,
            int to,
            boolean endStream,
            int requestMethod,
            HeadLimits limits,
            ResponseHead into) {
        into.start(lines.lines().bytes());
        lines.start(into.fields(), limits, STATUS);
        int decoded = table.decode(block, from, to, lines.lines(), lines);
        if (decoded != HpackDecoder.OK) {
            return failed(decoded);
        }
        int bodyFrom = lines.finish();
        Refusal wrong = lines.refusal();
        if (wrong == null) {
            wrong = readResponse(into, endStream, requestMethod, bodyFrom);
        }
        return wrong == null ? Result.OK : refusedResponse(wrong);
    }

    /**
     * Decodes the fields behind a body, under the rules for the trailers of HTTP/1.1 and {@link HeadLimits#TRAILERS}.
     *
     * @param ofResponse whether a server sent them, so that a refusal is a 502
     * @param into holds the fields when the result is OK, and nothing of use otherwise
     */
    public Result trailers(HpackDecoder table, byte[] block, int from, int to, boolean ofResponse, FieldBlock into) {
        lines.start(into, HeadLimits.TRAILERS, 0);
        int decoded = table.decode(block, from, to, lines.lines(), lines);
        if (decoded != HpackDecoder.OK) {
            return failed(decoded);
        }
        lines.finish();
        Refusal wrong = lines.refusal();
        if (wrong == null) {
            return Result.OK;
        }
        return ofResponse ? refusedResponse(wrong) : refused(wrong);
    }

    /** Why the last call answered MALFORMED or TOO_LARGE; meaningless otherwise. */
    public Refusal refusal() {
        return refusal;
    }

    /** The pseudo-fields that a request line would hold. */
    private @Nullable Refusal readRequestLine(RequestHead head, int maxTargetBytes) {
        Refusal wrong = readMethod(head);
        if (wrong != null) {
            return wrong;
        }
        if ((lines.seen() & REQUIRED) != REQUIRED) {
            return Refusal.PSEUDO_MISSING;
        }
        byte[] bytes = head.bytes();
        int schemeFrom = lines.pseudoFrom(Entry.SCHEME);
        int schemeTo = lines.pseudoTo(Entry.SCHEME);
        if (!Octets.same(bytes, schemeFrom, schemeTo, "http") && !Octets.same(bytes, schemeFrom, schemeTo, "https")) {
            return Refusal.SCHEME;
        }
        head.version(1);
        head.http2(true);
        head.scheme(schemeFrom, schemeTo);
        return readTarget(head, maxTargetBytes);
    }

    private @Nullable Refusal readMethod(RequestHead head) {
        if ((lines.seen() & METHOD) == 0) {
            return Refusal.PSEUDO_MISSING;
        }
        byte[] bytes = head.bytes();
        int from = lines.pseudoFrom(Entry.METHOD);
        int to = lines.pseudoTo(Entry.METHOD);
        if (to - from > RequestParser.MAX_METHOD_BYTES) {
            return Refusal.METHOD_TOO_LONG;
        }
        long packed = 0;
        for (int at = from; at < to; at++) {
            if (!Octets.token(bytes[at])) {
                return Refusal.METHOD;
            }
            packed = (packed << 8) | bytes[at];
        }
        int method = to - from > 8 ? Method.OTHER : Method.of(packed);
        boolean protocol = (lines.seen() & PROTOCOL) != 0;
        if (method == Method.CONNECT && !protocol) {
            return Refusal.CONNECT;
        }
        if (protocol) {
            head.protocol(lines.pseudoFrom(Entry.PROTOCOL), lines.pseudoTo(Entry.PROTOCOL));
            if (method != Method.CONNECT || head.protocolFrom() == head.protocolTo()) {
                return Refusal.PSEUDO_UNKNOWN;
            }
        }
        head.method(method, from, to);
        return to == from ? Refusal.METHOD : null;
    }

    private @Nullable Refusal readTarget(RequestHead head, int maxBytes) {
        byte[] bytes = head.bytes();
        int from = lines.pseudoFrom(Entry.PATH);
        int to = lines.pseudoTo(Entry.PATH);
        if (from == to || (bytes[from] != '/' && bytes[from] != '*')) {
            return Refusal.TARGET;
        }
        // The parser looks for the space that ends a target; the line of :path is no line of the head.
        bytes[to] = Octets.SP;
        int end = targets.parse(bytes, from, to + 1, maxBytes, head);
        if (end == RequestParser.REFUSED) {
            return targets.refusal();
        }
        if (end == RequestParser.INCOMPLETE) {
            // Only a percent sign makes it look further than the space.
            return Refusal.TARGET_ENCODING;
        }
        if (end != to) {
            return Refusal.TARGET_BYTE;
        }
        return head.asterisk() && head.method() != Method.OPTIONS ? Refusal.TARGET : null;
    }

    private @Nullable Refusal readAuthority(RequestHead head) {
        FieldBlock fields = head.fields();
        boolean pseudo = (lines.seen() & AUTHORITY) != 0;
        int host = fields.find(FieldId.HOST);
        if (host >= 0 && fields.repeats(FieldId.HOST)) {
            return Refusal.HOST_REPEATED;
        }
        if (!pseudo && host < 0) {
            return Refusal.HOST_MISSING;
        }
        int from = pseudo ? lines.pseudoFrom(Entry.AUTHORITY) : fields.valueFrom(host);
        int to = pseudo ? lines.pseudoTo(Entry.AUTHORITY) : fields.valueTo(host);
        int hostTo = authorities.hostTo(head.bytes(), from, to);
        if (hostTo < 0) {
            return Refusal.HOST_INVALID;
        }
        if (pseudo
                && host >= 0
                && !AuthorityRules.same(head.bytes(), from, to, fields.valueFrom(host), fields.valueTo(host))) {
            return Refusal.HOST_CONFLICT;
        }
        head.authority(from, hostTo, to);
        return null;
    }

    private @Nullable Refusal readRequest(RequestHead head, boolean endStream, int bodyFrom) {
        FieldBlock fields = head.fields();
        Refusal wrong = rules.read(fields, 1);
        if (wrong != null) {
            return wrong;
        }
        boolean expects = fields.has(FieldId.EXPECT);
        if (expects && !MessageRules.expectsContinue(fields)) {
            return Refusal.EXPECTATION;
        }
        long length = rules.contentLength();
        if (endStream && length > 0) {
            return Refusal.LENGTH_WITHOUT_BODY;
        }
        head.body(endStream || length == 0 ? Framing.NONE : framing(length), length, bodyFrom);
        head.connection(true, expects, fields.has(FieldId.TE), -1);
        return null;
    }

    private @Nullable Refusal readResponse(ResponseHead head, boolean endStream, int requestMethod, int bodyFrom) {
        int status = readStatus(head.bytes());
        if (status < 0 || status == 101) {
            return Refusal.RESPONSE_STATUS;
        }
        boolean interim = status < 200;
        if (interim && endStream) {
            return Refusal.RESPONSE_STATUS;
        }
        Refusal wrong = rules.read(head.fields(), 1);
        if (wrong != null) {
            return wrong;
        }
        long length = rules.contentLength();
        if (length > 0 && (interim || status == 204)) {
            return Refusal.RESPONSE_LENGTH;
        }
        boolean bodiless = interim || status == 204 || status == 304 || requestMethod == Method.HEAD;
        if (length > 0 && endStream && !bodiless) {
            return Refusal.LENGTH_WITHOUT_BODY;
        }
        head.http2(true);
        head.statusLine(1, status, bodyFrom, bodyFrom);
        head.body(bodiless || endStream || length == 0 ? Framing.NONE : framing(length), length, true, bodyFrom);
        return null;
    }

    /** A status from 100 to 599, or -1. */
    private int readStatus(byte[] bytes) {
        int from = lines.pseudoFrom(Entry.STATUS);
        if ((lines.seen() & STATUS) == 0 || lines.pseudoTo(Entry.STATUS) - from != 3) {
            return -1;
        }
        boolean digits = bytes[from] >= '1'
                && bytes[from] <= '5'
                && Octets.digit(bytes[from + 1])
                && Octets.digit(bytes[from + 2]);
        return digits ? 100 * bytes[from] + 10 * bytes[from + 1] + bytes[from + 2] - 111 * '0' : -1;
    }

    private static int framing(long contentLength) {
        return contentLength < 0 ? Framing.CHUNKED : Framing.LENGTH;
    }

    private static Result failed(int decoded) {
        return decoded == HpackDecoder.STOPPED ? Result.BOMB : Result.COMPRESSION;
    }

    private Result refusedResponse(Refusal why) {
        Result result = refused(why);
        refusal = why.ofResponse();
        return result;
    }

    private Result refused(Refusal why) {
        refusal = why;
        return switch (why) {
            case HEAD_TOO_LARGE, TOO_MANY_FIELDS, TARGET_TOO_LONG, TRAILERS_TOO_LARGE -> Result.TOO_LARGE;
            default -> Result.MALFORMED;
        };
    }
}
