package dev.parley.wire.http2;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.Octets;
import dev.parley.wire.http1.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Lays the fields of one block down as lines and holds them against the rules that need no more than one field (RFC 9113,
 * sections 8.2 and 8.3). After the first fault nothing is kept any more, and decoding goes on for the table's sake.
 */
final class HeadLines implements FieldSink {
    /**
     * How many times the limits a block may decode to before the connection is ended. What is between is refused alone;
     * beyond, it was made to cost: a byte can stand for four thousand.
     */
    private static final int BOMB = 8;

    /** Fields to look at twice; they are below 64 and so have a bit each. */
    private static final long WATCHED = 1L << FieldId.CONNECTION
            | 1L << FieldId.KEEP_ALIVE
            | 1L << FieldId.PROXY_CONNECTION
            | 1L << FieldId.TRANSFER_ENCODING
            | 1L << FieldId.UPGRADE
            | 1L << FieldId.TE
            | 1L << FieldId.COOKIE;

    private static final byte[] COOKIE = Entry.ascii("cookie: ");
    private static final byte[] CRUMB = Entry.ascii("; ");
    private static final byte[] CRLF = Entry.ascii("\r\n");
    private static final int PSEUDOS = Entry.UNKNOWN_PSEUDO - Entry.PSEUDO;

    private final HeaderBlock lines = new HeaderBlock();

    /** The line that several Cookie fields become (section 8.2.3), without its end. */
    private final HeaderBlock cookie = new HeaderBlock();

    private final int[] pseudoFrom = new int[PSEUDOS];
    private final int[] pseudoTo = new int[PSEUDOS];

    private FieldBlock fields = new FieldBlock();
    private HeadLimits limits = HeadLimits.TRAILERS;
    private int allowed;
    private int seen;
    private boolean trailers;
    private boolean hasFields;
    private boolean cookieNeverIndexed;
    private int keptBytes;
    private long decodedBytes;
    private int decodedFields;
    private @Nullable Refusal refusal;

    /** One bit for each pseudo-field, by its number in {@link Entry}. */
    static int pseudo(int id) {
        return 1 << (id - Entry.PSEUDO);
    }

    /** Makes ready for a block. Without any pseudo-field allowed, it is one of trailers. */
    void start(FieldBlock into, HeadLimits limits, int allowedPseudos) {
        lines.clear();
        cookie.clear();
        into.start(lines.bytes());
        fields = into;
        this.limits = limits;
        allowed = allowedPseudos;
        trailers = allowedPseudos == 0;
        seen = 0;
        hasFields = false;
        cookieNeverIndexed = false;
        keptBytes = CRLF.length;
        decodedBytes = 0;
        decodedFields = 0;
        refusal = null;
    }

    HeaderBlock lines() {
        return lines;
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    /** The pseudo-fields that there are, as bits. */
    int seen() {
        return seen;
    }

    int pseudoFrom(int id) {
        return pseudoFrom[id - Entry.PSEUDO];
    }

    int pseudoTo(int id) {
        return pseudoTo[id - Entry.PSEUDO];
    }

    @Override
    public boolean field(int id, int fault, boolean neverIndexed, int from, int nameTo, int valueTo) {
        int lineTo = valueTo + Entry.LINE_END;
        decodedBytes += lineTo - from;
        decodedFields++;
        if (decodedBytes > (long) BOMB * limits.headBytes() || decodedFields > (long) BOMB * limits.fields()) {
            return false;
        }
        if (refusal != null) {
            return true;
        }
        keptBytes += lineTo - from;
        if (keptBytes > limits.headBytes()) {
            return refuse(trailers ? Refusal.TRAILERS_TOO_LARGE : Refusal.HEAD_TOO_LARGE);
        }
        if (fault != Entry.SOUND) {
            return refuse(meaning(fault));
        }
        return id >= Entry.PSEUDO
                ? pseudo(id, nameTo, valueTo, lineTo)
                : regular(id, neverIndexed, from, nameTo, valueTo, lineTo);
    }

    private boolean pseudo(int id, int nameTo, int valueTo, int lineTo) {
        int bit = pseudo(id);
        if ((allowed & bit) == 0) {
            return refuse(Refusal.PSEUDO_UNKNOWN);
        }
        if ((seen & bit) != 0) {
            return refuse(Refusal.PSEUDO_REPEATED);
        }
        if (hasFields) {
            return refuse(Refusal.PSEUDO_LATE);
        }
        seen |= bit;
        pseudoFrom[id - Entry.PSEUDO] = nameTo + Entry.AFTER_NAME;
        pseudoTo[id - Entry.PSEUDO] = valueTo;
        lines.length(lineTo);
        return true;
    }

    private boolean regular(int id, boolean neverIndexed, int from, int nameTo, int valueTo, int lineTo) {
        hasFields = true;
        if (trailers && FieldId.forbiddenInTrailers(id)) {
            return refuse(Refusal.TRAILER_FORBIDDEN);
        }
        int valueFrom = nameTo + Entry.AFTER_NAME;
        if ((WATCHED >>> id & 1) != 0) {
            if (id == FieldId.COOKIE) {
                addCrumb(neverIndexed, valueFrom, valueTo);
                return true;
            }
            if (id != FieldId.TE || !Octets.same(lines.bytes(), valueFrom, valueTo, "trailers")) {
                return refuse(Refusal.CONNECTION_SPECIFIC);
            }
        }
        if (fields.count() == limits.fields()) {
            return refuse(trailers ? Refusal.TRAILERS_TOO_LARGE : Refusal.TOO_MANY_FIELDS);
        }
        fields.add(id, from, nameTo, valueFrom, valueTo, lineTo);
        if (neverIndexed) {
            fields.neverIndexLast();
        }
        lines.length(lineTo);
        return true;
    }

    private void addCrumb(boolean neverIndexed, int valueFrom, int valueTo) {
        byte[] before = cookie.length() == 0 ? COOKIE : CRUMB;
        cookie.append(before, 0, before.length);
        cookie.append(lines.bytes(), valueFrom, valueTo);
        cookieNeverIndexed |= neverIndexed;
    }

    /** Adds what waited for the block's end, and the empty line. Returns where the body begins. */
    int finish() {
        if (cookie.length() > 0 && refusal == null) {
            int from = lines.length();
            lines.append(cookie.bytes(), 0, cookie.length());
            int valueTo = lines.length();
            lines.append(CRLF, 0, CRLF.length);
            if (fields.count() == limits.fields()) {
                refuse(Refusal.TOO_MANY_FIELDS);
            }
            int nameTo = from + COOKIE.length - Entry.AFTER_NAME;
            fields.add(FieldId.COOKIE, from, nameTo, from + COOKIE.length, valueTo, lines.length());
            if (cookieNeverIndexed) {
                fields.neverIndexLast();
            }
        }
        lines.append(CRLF, 0, CRLF.length);
        fields.moved(lines.bytes());
        return lines.length();
    }

    private boolean refuse(Refusal why) {
        refusal = why;
        return true;
    }

    private static Refusal meaning(int fault) {
        return switch (fault) {
            case Entry.BAD_NAME -> Refusal.FIELD_NAME;
            case Entry.CAPITALS -> Refusal.FIELD_NAME_CAPITALS;
            case Entry.BAD_VALUE -> Refusal.FIELD_VALUE;
            default -> Refusal.FIELD_VALUE_BLANK;
        };
    }
}
