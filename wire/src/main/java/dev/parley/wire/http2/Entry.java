package dev.parley.wire.http2;

import dev.parley.wire.head.FieldId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What is known of one entry of a table, packed in a long: where its text lies, how long its name and value are, which
 * field it is and what is wrong with it. So a field that comes by its index is neither looked up nor checked again.
 *
 * <p>The text of an entry is the line that a head has: name, colon, space, value, CRLF.
 */
final class Entry {
    /** What a field may be beyond the identifiers of {@link FieldId}, which are below. */
    static final int PSEUDO = 64;

    static final int METHOD = PSEUDO;
    static final int SCHEME = PSEUDO + 1;
    static final int PATH = PSEUDO + 2;
    static final int AUTHORITY = PSEUDO + 3;
    static final int STATUS = PSEUDO + 4;
    static final int PROTOCOL = PSEUDO + 5;
    static final int UNKNOWN_PSEUDO = PSEUDO + 6;

    /** What may be wrong with the bytes of a field. */
    static final int SOUND = 0;

    static final int BAD_NAME = 1;
    static final int CAPITALS = 2;
    static final int BAD_VALUE = 3;
    static final int BLANK_VALUE = 4;

    /** What a line has beside its name and value. */
    static final int AFTER_NAME = 2;

    static final int LINE_END = 2;
    static final int AROUND = AFTER_NAME + LINE_END;

    /** No name or value of a table's entry is longer, so that a length has 17 bits and an offset 20. */
    static final int LARGEST = 1 << 16;

    private static final int NAME_SHIFT = 20;
    private static final int VALUE_SHIFT = 37;
    private static final int ID_SHIFT = 54;
    private static final int FAULT_SHIFT = 61;
    private static final int FROM = (1 << 20) - 1;
    private static final int LENGTH = (1 << 17) - 1;
    private static final int ID = (1 << 7) - 1;

    private static final byte[][] PSEUDO_NAMES = {
        ascii(":method"), ascii(":scheme"), ascii(":path"), ascii(":authority"), ascii(":status"), ascii(":protocol")
    };

    private Entry() {}

    static long pack(int from, int nameBytes, int valueBytes, int id, int fault) {
        return from
                | ((long) nameBytes << NAME_SHIFT)
                | ((long) valueBytes << VALUE_SHIFT)
                | ((long) id << ID_SHIFT)
                | ((long) fault << FAULT_SHIFT);
    }

    static int from(long entry) {
        return (int) entry & FROM;
    }

    static int nameBytes(long entry) {
        return (int) (entry >>> NAME_SHIFT) & LENGTH;
    }

    static int valueBytes(long entry) {
        return (int) (entry >>> VALUE_SHIFT) & LENGTH;
    }

    static int lineBytes(long entry) {
        return nameBytes(entry) + valueBytes(entry) + AROUND;
    }

    static int id(long entry) {
        return (int) (entry >>> ID_SHIFT) & ID;
    }

    static int fault(long entry) {
        return (int) (entry >>> FAULT_SHIFT);
    }

    /** The fault of the name alone, for another field of that name. */
    static int nameFault(long entry) {
        int fault = fault(entry);
        return fault <= CAPITALS ? fault : SOUND;
    }

    /** Which field a name stands for that was spelled out: an identifier of {@link FieldId}, or a pseudo-field. */
    static int idOf(byte[] bytes, int from, int to) {
        if (from == to || bytes[from] != ':') {
            return FieldId.of(bytes, from, to);
        }
        for (int i = 0; i < PSEUDO_NAMES.length; i++) {
            byte[] name = PSEUDO_NAMES[i];
            if (Arrays.equals(bytes, from, to, name, 0, name.length)) {
                return PSEUDO + i;
            }
        }
        return UNKNOWN_PSEUDO;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
