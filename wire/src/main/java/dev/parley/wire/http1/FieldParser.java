package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;

/**
 * Reads field lines up to the empty line (RFC 9112, section 5), for requests and responses alike.
 *
 * <p>The colon is searched eight bytes at a time, then the name is looked up; only a name that is not known has its
 * bytes checked one by one. A colon found beyond the line's end leaves a name with a CR or LF in it, which is no known
 * name and fails the check. The value is searched for its first control character, which on a good line is its CR.
 */
final class FieldParser {
    private Refusal refusal = Refusal.FIELD_NAME;

    /**
     * Fills the block.
     *
     * @param to the end of what may be read
     * @return where the body begins, INCOMPLETE or REFUSED
     */
    int parse(byte[] bytes, int from, int to, int maxFields, FieldBlock into) {
        int at = from;
        while (at < to) {
            if (bytes[at] == Octets.CR) {
                return lineEnd(bytes, at, to);
            }
            if (into.count() == maxFields) {
                return refuse(Refusal.TOO_MANY_FIELDS);
            }
            int colon = Octets.colon(bytes, at, to);
            int id = FieldId.of(bytes, at, colon);
            if (id == FieldId.OTHER || colon == to) {
                int wrong = at;
                while (wrong < colon && Octets.token(bytes[wrong])) {
                    wrong++;
                }
                if (wrong < colon || (wrong == at && colon < to)) {
                    return refuseName(bytes, at, wrong);
                }
                if (colon == to) {
                    return RequestParser.INCOMPLETE;
                }
            }
            int valueFrom = colon + 1;
            while (valueFrom < to && blank(bytes[valueFrom])) {
                valueFrom++;
            }
            int end = Octets.control(bytes, valueFrom, to);
            while (end < to && bytes[end] == Octets.TAB) {
                end = Octets.control(bytes, end + 1, to);
            }
            if (end + 1 >= to || bytes[end] != Octets.CR || bytes[end + 1] != Octets.LF) {
                return valueEnd(bytes, end, to);
            }
            int valueTo = end;
            while (valueTo > valueFrom && blank(bytes[valueTo - 1])) {
                valueTo--;
            }
            into.add(id, at, colon, valueFrom, valueTo, end + 2);
            at = end + 2;
        }
        return RequestParser.INCOMPLETE;
    }

    Refusal refusal() {
        return refusal;
    }

    /** At a CR where a line ought to end: the offset behind its LF, or what is wrong. */
    int lineEnd(byte[] bytes, int at, int to) {
        if (at + 1 >= to) {
            return RequestParser.INCOMPLETE;
        }
        return bytes[at + 1] == Octets.LF ? at + 2 : refuse(Refusal.BARE_CARRIAGE_RETURN);
    }

    private int valueEnd(byte[] bytes, int at, int to) {
        if (at >= to) {
            return RequestParser.INCOMPLETE;
        }
        return switch (bytes[at]) {
            case Octets.LF -> refuse(Refusal.BARE_LINE_FEED);
            case Octets.CR -> lineEnd(bytes, at, to);
            default -> refuse(Refusal.FIELD_VALUE);
        };
    }

    private int refuseName(byte[] bytes, int from, int wrong) {
        return refuse(
                switch (bytes[wrong]) {
                    case Octets.LF -> Refusal.BARE_LINE_FEED;
                    case Octets.SP, Octets.TAB -> wrong == from ? Refusal.FOLDING : Refusal.FIELD_NAME_SPACE;
                    default -> Refusal.FIELD_NAME;
                });
    }

    private int refuse(Refusal why) {
        refusal = why;
        return RequestParser.REFUSED;
    }

    private static boolean blank(byte b) {
        return b == Octets.SP || b == Octets.TAB;
    }
}
