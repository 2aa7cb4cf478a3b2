package dev.parley.wire.http2;

import dev.parley.wire.http1.Octets;

/**
 * Decodes the header blocks of one direction of one connection (RFC 7541), which must be given in the order received.
 *
 * <p>Each field is written as a line of text. A table keeps such lines with what was found out about them, so that an
 * indexed field costs one short copy. Sizes are bounded by the table's and by the block's, which is at most decoded to
 * 8/5 of its length where it has no indexes; what indexes add is for the {@link FieldSink} to count and to stop.
 */
public final class HpackDecoder {
    /** The table's size until another is announced and taken. */
    public static final int DEFAULT_TABLE_BYTES = 4096;

    /** The largest table that may be announced. */
    public static final int MOST_TABLE_BYTES = Entry.LARGEST;

    /** The block has been decoded. */
    static final int OK = 0;

    /** The block breaks RFC 7541; a connection error of type COMPRESSION_ERROR. */
    static final int BROKEN = -1;

    /** The sink wanted no more; the connection cannot go on. */
    static final int STOPPED = -2;

    /** An integer of five bytes; larger ones are longer than any block here. */
    private static final int MOST_SHIFT = 21;

    private final DynamicTable table = new DynamicTable(DEFAULT_TABLE_BYTES);
    private final int mostTableBytes;

    /** Where the block is read; -1 after an integer or a string that is broken. */
    private int at;

    /**
     * A decoder with an empty table.
     *
     * @param announcedTableBytes what our SETTINGS_HEADER_TABLE_SIZE says, from 0 to {@link #MOST_TABLE_BYTES}. The peer
     *     may use the default before it has read that, so that less is no bound.
     */
    public HpackDecoder(int announcedTableBytes) {
        if (announcedTableBytes < 0 || announcedTableBytes > MOST_TABLE_BYTES) {
            throw new IllegalArgumentException(
                    "A table of %d bytes is not from 0 to %d.".formatted(announcedTableBytes, MOST_TABLE_BYTES));
        }
        mostTableBytes = Math.max(announcedTableBytes, DEFAULT_TABLE_BYTES);
    }

    /** The bytes that the table holds on to, for limits and tests: nothing before its first entry. */
    public int footprint() {
        return table.footprint();
    }

    /** Decodes a whole block: OK, BROKEN or STOPPED. */
    int decode(byte[] block, int from, int to, HeaderBlock out, FieldSink sink) {
        at = from;
        while (at < to && (block[at] & 0xE0) == 0x20) {
            int size = integer(block, to, 5);
            if (at < 0 || size > mostTableBytes) {
                return BROKEN;
            }
            table.maxSize(size);
            table.makeRoom(0);
        }
        while (at < to) {
            int result = block[at] < 0 ? indexed(block, to, out, sink) : literal(block, to, out, sink);
            if (result != OK) {
                return result;
            }
        }
        return OK;
    }

    private int indexed(byte[] block, int to, HeaderBlock out, FieldSink sink) {
        int index = block[at] & 0x7F;
        if (index == 0x7F) {
            index = integer(block, to, 7);
            if (at < 0) {
                return BROKEN;
            }
        } else {
            at++;
        }
        long entry;
        byte[] lines;
        if (index <= StaticTable.LAST) {
            if (index == 0) {
                return BROKEN;
            }
            entry = StaticTable.ENTRIES[index];
            lines = StaticTable.LINES;
        } else {
            if (index - StaticTable.LAST > table.count()) {
                return BROKEN;
            }
            entry = table.entry(index - StaticTable.LAST - 1);
            lines = table.lines();
        }
        int from = out.length();
        int length = Entry.lineBytes(entry);
        Words.copy(lines, Entry.from(entry), out.room(from, length + Words.SLACK), from, length);
        int nameTo = from + Entry.nameBytes(entry);
        int valueTo = from + length - Entry.LINE_END;
        return sink.field(Entry.id(entry), Entry.fault(entry), false, from, nameTo, valueTo) ? OK : STOPPED;
    }

    private int literal(byte[] block, int to, HeaderBlock out, FieldSink sink) {
        int first = block[at];
        boolean adds = (first & 0x40) != 0;
        if (!adds && (first & 0x20) != 0) {
            // A change of the table's size, which may only be at the beginning.
            return BROKEN;
        }
        int index = integer(block, to, adds ? 6 : 4);
        int from = out.length();
        int id;
        int nameTo;
        int fault = Entry.SOUND;
        if (index == 0) {
            nameTo = string(block, to, out, from);
            if (nameTo < 0) {
                return BROKEN;
            }
            id = Entry.idOf(out.bytes(), from, nameTo);
            fault = nameFault(out.bytes(), from, nameTo);
        } else {
            if (at < 0 || index - StaticTable.LAST > table.count()) {
                return BROKEN;
            }
            boolean known = index <= StaticTable.LAST;
            long entry = known ? StaticTable.ENTRIES[index] : table.entry(index - StaticTable.LAST - 1);
            byte[] lines = known ? StaticTable.LINES : table.lines();
            int length = Entry.nameBytes(entry);
            Words.copy(lines, Entry.from(entry), out.room(from, length + Words.SLACK), from, length);
            nameTo = from + length;
            id = Entry.id(entry);
            fault = Entry.nameFault(entry);
        }
        int valueFrom = nameTo + Entry.AFTER_NAME;
        int valueTo = string(block, to, out, valueFrom);
        if (valueTo < 0) {
            return BROKEN;
        }
        byte[] bytes = out.room(valueTo, Entry.LINE_END);
        bytes[nameTo] = ':';
        bytes[nameTo + 1] = Octets.SP;
        bytes[valueTo] = Octets.CR;
        bytes[valueTo + 1] = Octets.LF;
        if (fault == Entry.SOUND) {
            fault = valueFault(bytes, valueFrom, valueTo);
        }
        if (adds) {
            add(bytes, from, nameTo - from, valueTo - valueFrom, id, fault);
        }
        return sink.field(id, fault, (first & 0x50) == 0x10, from, nameTo, valueTo) ? OK : STOPPED;
    }

    private void add(byte[] bytes, int from, int nameBytes, int valueBytes, int id, int fault) {
        int size = DynamicTable.sizeOf(nameBytes, valueBytes);
        table.makeRoom(size);
        // An entry larger than the whole table empties it and is no error (RFC 7541, section 4.4).
        if (size <= table.maxSize()) {
            int place = table.add(nameBytes, valueBytes, id, fault);
            System.arraycopy(bytes, from, table.lines(), place, nameBytes + valueBytes + Entry.AROUND);
        }
    }

    /** Reads a string into the bytes at {@code target} and returns its end there, or -1 if it is broken. */
    private int string(byte[] block, int to, HeaderBlock out, int target) {
        if (at < 0 || at >= to) {
            return -1;
        }
        boolean huffman = block[at] < 0;
        int length = integer(block, to, 7);
        int from = at;
        if (from < 0 || length > to - from) {
            return -1;
        }
        at = from + length;
        if (huffman) {
            byte[] bytes = out.room(target, Huffman.decodedBytes(length));
            return Huffman.decode(block, from, at, bytes, target);
        }
        // As much again as a line has beside its name and value, so that most lines grow the bytes once at most.
        System.arraycopy(block, from, out.room(target, length + Entry.AROUND), target, length);
        return target + length;
    }

    /** Reads an integer whose first byte has that many bits of it (RFC 7541, section 5.1). */
    private int integer(byte[] block, int to, int prefixBits) {
        int most = (1 << prefixBits) - 1;
        int value = block[at++] & most;
        if (value < most) {
            return value;
        }
        for (int shift = 0; shift <= MOST_SHIFT && at < to; shift += 7) {
            int b = block[at++];
            value += (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        at = -1;
        return 0;
    }

    private static int nameFault(byte[] bytes, int from, int to) {
        // A pseudo-field's colon is passed over; what follows is held to the same bytes.
        int first = from < to && bytes[from] == ':' ? from + 1 : from;
        if (first == to) {
            return Entry.BAD_NAME;
        }
        int fault = Entry.SOUND;
        for (int i = first; i < to; i++) {
            byte b = bytes[i];
            if (!Octets.token(b)) {
                return Entry.BAD_NAME;
            }
            if (b >= 'A' && b <= 'Z') {
                fault = Entry.CAPITALS;
            }
        }
        return fault;
    }

    /** Tabs are allowed within a value as in HTTP/1.1, though not at its ends (RFC 9113, section 8.2.1). */
    private static int valueFault(byte[] bytes, int from, int to) {
        int control = Octets.control(bytes, from, to);
        while (control < to && bytes[control] == Octets.TAB) {
            control = Octets.control(bytes, control + 1, to);
        }
        if (control < to) {
            return Entry.BAD_VALUE;
        }
        boolean blank = from < to && (blank(bytes[from]) || blank(bytes[to - 1]));
        return blank ? Entry.BLANK_VALUE : Entry.SOUND;
    }

    private static boolean blank(byte b) {
        return b == Octets.SP || b == Octets.TAB;
    }
}
