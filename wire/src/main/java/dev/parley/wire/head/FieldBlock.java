package dev.parley.wire.head;

import java.util.Arrays;

/**
 * The fields of one head, in the order received: for each, what it is called and where it lies in the bytes.
 *
 * <p>Values are told without the whitespace around them. The arrays are kept from message to message and grow to the
 * largest head seen; the parser bounds how large that is. One thread at a time.
 */
public final class FieldBlock {
    private static final byte[] NO_BYTES = {};
    private static final int INITIAL_FIELDS = 16;

    /** Ints for each field: its id with two bits of flags, and the five offsets below. */
    private static final int STRIDE = 6;

    private static final int NAME_FROM = 1;
    private static final int NAME_TO = 2;
    private static final int VALUE_FROM = 3;
    private static final int VALUE_TO = 4;
    private static final int LINE_TO = 5;
    private static final int HOP_BY_HOP = 1 << 8;
    private static final int NEVER_INDEXED = 1 << 9;
    private static final int ID = HOP_BY_HOP - 1;

    private byte[] bytes = NO_BYTES;
    private int count;
    private int[] spans = new int[INITIAL_FIELDS * STRIDE];

    /** The first field of each id; meaningful only where {@link #seen} has the id, so that it need not be cleared. */
    private final int[] first = new int[FieldId.COUNT];

    private long seen;
    private long repeated;

    /** What the offsets point into: the caller's own bytes, as received. */
    public byte[] bytes() {
        return bytes;
    }

    public int count() {
        return count;
    }

    /** A constant of {@link FieldId}. */
    public int id(int i) {
        return spans[i * STRIDE] & ID;
    }

    public int nameFrom(int i) {
        return spans[i * STRIDE + NAME_FROM];
    }

    public int nameTo(int i) {
        return spans[i * STRIDE + NAME_TO];
    }

    public int valueFrom(int i) {
        return spans[i * STRIDE + VALUE_FROM];
    }

    public int valueTo(int i) {
        return spans[i * STRIDE + VALUE_TO];
    }

    public int lineFrom(int i) {
        return spans[i * STRIDE + NAME_FROM];
    }

    /** Behind the line's CRLF, which is where the next line begins. */
    public int lineTo(int i) {
        return spans[i * STRIDE + LINE_TO];
    }

    /**
     * Whether the field ends at this hop: it speaks of the connection, or Connection nominates it. Transfer-Encoding is
     * such a field; whoever forwards a body writes its framing anew.
     */
    public boolean hopByHop(int i) {
        return (spans[i * STRIDE] & HOP_BY_HOP) != 0;
    }

    /** Whether the sender asked that no hop keeps the field in a compression table (RFC 7541, section 6.2.3). */
    public boolean neverIndexed(int i) {
        return (spans[i * STRIDE] & NEVER_INDEXED) != 0;
    }

    public boolean has(int id) {
        return (seen >>> id & 1) != 0;
    }

    /** Whether there are two or more fields of that id. */
    public boolean repeats(int id) {
        return (repeated >>> id & 1) != 0;
    }

    /** The first field of that id, or -1. */
    public int find(int id) {
        return has(id) ? first[id] : -1;
    }

    /** The first field of that name, which is given in lower case and may be any token, or -1. */
    public int find(byte[] lowerCaseName) {
        return find(lowerCaseName, -1);
    }

    /** The first field of that name behind the field {@code after}, or -1. */
    public int find(byte[] lowerCaseName, int after) {
        for (int i = after + 1; i < count; i++) {
            if (nameIs(i, lowerCaseName)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether the field is called so; the name is given in lower case. */
    public boolean nameIs(int i, byte[] lowerCaseName) {
        int from = nameFrom(i);
        return nameTo(i) - from == lowerCaseName.length && sameName(from, lowerCaseName, 0, lowerCaseName.length);
    }

    /** For parsers: empties the block for a head within {@code source}. */
    public void start(byte[] source) {
        bytes = source;
        count = 0;
        seen = 0;
        repeated = 0;
    }

    /** For parsers: adds the next field. All offsets are into the bytes given at the start. */
    public void add(int id, int nameFrom, int nameTo, int valueFrom, int valueTo, int lineTo) {
        int at = count * STRIDE;
        if (at == spans.length) {
            spans = Arrays.copyOf(spans, 2 * at);
        }
        long bit = 1L << id;
        spans[at] = (FieldId.HOP_BY_HOP & bit) == 0 ? id : id | HOP_BY_HOP;
        spans[at + NAME_FROM] = nameFrom;
        spans[at + NAME_TO] = nameTo;
        spans[at + VALUE_FROM] = valueFrom;
        spans[at + VALUE_TO] = valueTo;
        spans[at + LINE_TO] = lineTo;
        if ((seen & bit) == 0) {
            seen |= bit;
            first[id] = count;
        } else {
            repeated |= bit;
        }
        count++;
    }

    /** For parsers: the bytes of this head, which the offsets point into, are now in that array, at the same offsets. */
    public void moved(byte[] source) {
        bytes = source;
    }

    /** For parsers: marks the last field as one that is not to be kept in a table. */
    public void neverIndexLast() {
        spans[(count - 1) * STRIDE] |= NEVER_INDEXED;
    }

    /** For parsers: marks every field called as these bytes of the block say, in any case of letters. */
    public void nominate(int from, int to) {
        for (int i = 0; i < count; i++) {
            int nameFrom = nameFrom(i);
            if (nameTo(i) - nameFrom == to - from && sameName(nameFrom, bytes, from, to)) {
                spans[i * STRIDE] |= HOP_BY_HOP;
            }
        }
    }

    private boolean sameName(int at, byte[] other, int from, int to) {
        for (int i = from; i < to; i++, at++) {
            if (lower(bytes[at]) != lower(other[i])) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
    }
}
