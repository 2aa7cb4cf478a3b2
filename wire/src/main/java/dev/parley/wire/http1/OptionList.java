package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;

/** Looks through a comma-separated list in the first field of a name (RFC 9110, section 5.6.1). */
public final class OptionList {
    private OptionList() {}

    /** Whether one member is just this, given in lower case, whatever the case and the whitespace around it. */
    public static boolean has(FieldBlock fields, int id, String member) {
        int field = fields.find(id);
        if (field < 0) {
            return false;
        }
        byte[] bytes = fields.bytes();
        int to = fields.valueTo(field);
        int at = fields.valueFrom(field);
        while (at < to) {
            while (at < to && (bytes[at] == ',' || bytes[at] == Octets.SP || bytes[at] == Octets.TAB)) {
                at++;
            }
            int start = at;
            while (at < to && bytes[at] != ',') {
                at++;
            }
            int end = at;
            while (end > start && (bytes[end - 1] == Octets.SP || bytes[end - 1] == Octets.TAB)) {
                end--;
            }
            if (Octets.same(bytes, start, end, member)) {
                return true;
            }
        }
        return false;
    }
}
