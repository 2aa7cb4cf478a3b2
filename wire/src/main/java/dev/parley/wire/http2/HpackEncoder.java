package dev.parley.wire.http2;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the header blocks of one direction of one connection (RFC 7541), which must be sent in the order encoded.
 *
 * <p>A block is begun, given its pseudo-fields and then its fields. What the static table has is sent as its index. What
 * is secret is sent so that no hop keeps it. Anything else enters the table when it is sent for the second time, unless
 * it is larger than a quarter of the table. A name is told by its number in {@link FieldId} where it has one; other names
 * are spelled out each time that their value is not in the table.
 *
 * <p>Nothing is allocated for the connection before the first pair that the static table does not have. The bytes given
 * are copied or hashed before a call returns. One thread at a time.
 */
public final class HpackEncoder {
    /** No larger table is used, whatever the peer allows: a default that each peer has to allow first of all. */
    public static final int MOST_TABLE_BYTES = 4096;

    /** As nghttp2 does: of a short cookie an attacker could try all values against what the table gives away. */
    private static final int SHORT_COOKIE_BYTES = 20;

    /** An entry may take this part of the table at most. */
    private static final int LARGEST_SHARE = 4;

    private static final int INDEXED = 0x80;
    private static final int LITERAL_ADDED = 0x40;
    private static final int SIZE_UPDATE = 0x20;
    private static final int LITERAL_NEVER_INDEXED = 0x10;
    private static final int LITERAL = 0;
    private static final int HUFFMAN = 0x80;

    /** The most bytes that an integer of 31 bits takes. */
    private static final int INTEGER_BYTES = 6;

    private static final byte[] SAME = new byte[256];
    private static final byte[] LOWER = new byte[256];
    private static final byte[] COOKIE = Entry.ascii("cookie");
    private static final byte[] PROTOCOL = Entry.ascii(":protocol");

    static {
        for (int b = 0; b < 256; b++) {
            SAME[b] = (byte) b;
            LOWER[b] = (byte) (b >= 'A' && b <= 'Z' ? b | 0x20 : b);
        }
    }

    private final DynamicTable table = new DynamicTable(MOST_TABLE_BYTES);
    private final byte[] digits = new byte[3];

    private @Nullable PairIndex index;
    private @Nullable HeaderBlock block;

    /** The least size since the last block, where the peer changed it; else -1. */
    private int leastSize = -1;

    /** The peer's SETTINGS_HEADER_TABLE_SIZE, in bytes, to be told before it is acknowledged. Above ours it is not used. */
    public void peerTableBytes(long bytes) {
        int size = (int) Math.min(bytes, MOST_TABLE_BYTES);
        if (size != table.maxSize()) {
            leastSize = leastSize < 0 ? size : Math.min(leastSize, size);
            table.maxSize(size);
            evict(0);
        }
    }

    /** Begins a block behind what has been written of the bytes. All further calls write there until the next begins. */
    public void begin(HeaderBlock into) {
        block = into;
        PairIndex pairs = index;
        if (pairs != null) {
            pairs.begin();
        }
        if (leastSize >= 0) {
            // The smallest size first, which made entries go, then the one that holds (RFC 7541, section 4.2).
            if (leastSize < table.maxSize()) {
                integer(into, SIZE_UPDATE, 5, leastSize);
            }
            integer(into, SIZE_UPDATE, 5, table.maxSize());
            leastSize = -1;
        }
    }

    /** From 100 to 999. */
    public void status(int status) {
        int known = switch (status) {
            case 200 -> StaticTable.STATUS_200;
            case 204 -> StaticTable.STATUS_200 + 1;
            case 206 -> StaticTable.STATUS_200 + 2;
            case 304 -> StaticTable.STATUS_200 + 3;
            case 400 -> StaticTable.STATUS_200 + 4;
            case 404 -> StaticTable.STATUS_200 + 5;
            case 500 -> StaticTable.STATUS_200 + 6;
            default -> 0;
        };
        if (known > 0) {
            indexed(known);
            return;
        }
        digits[0] = (byte) ('0' + status / 100);
        digits[1] = (byte) ('0' + status / 10 % 10);
        digits[2] = (byte) ('0' + status % 10);
        pseudo(Entry.STATUS, digits, 0, 3);
    }

    public void method(byte[] bytes, int from, int to) {
        pseudo(Entry.METHOD, bytes, from, to, StaticTable.GET, StaticTable.POST);
    }

    public void scheme(byte[] bytes, int from, int to) {
        pseudo(Entry.SCHEME, bytes, from, to, StaticTable.HTTP, StaticTable.HTTPS);
    }

    /** Path and query. */
    public void path(byte[] bytes, int from, int to) {
        pseudo(Entry.PATH, bytes, from, to, StaticTable.ROOT, StaticTable.ROOT);
    }

    public void authority(byte[] bytes, int from, int to) {
        pseudo(Entry.AUTHORITY, bytes, from, to);
    }

    /** Of an extended CONNECT (RFC 8441). */
    public void protocol(byte[] bytes, int from, int to) {
        pair(Entry.PROTOCOL, PROTOCOL, 0, PROTOCOL.length, bytes, from, to, false);
    }

    /** A field of a head as it was received, whatever the case of its name. */
    public void field(FieldBlock fields, int i) {
        byte[] bytes = fields.bytes();
        int id = fields.id(i);
        if (id == FieldId.COOKIE) {
            crumbs(bytes, fields.valueFrom(i), fields.valueTo(i), fields.neverIndexed(i));
        } else {
            int nameFrom = fields.nameFrom(i);
            int nameTo = fields.nameTo(i);
            pair(id, bytes, nameFrom, nameTo, bytes, fields.valueFrom(i), fields.valueTo(i), fields.neverIndexed(i));
        }
    }

    /**
     * A field of any name.
     *
     * @param id what {@link FieldId#of} says of the name; the name is written in lower case, whatever its case is
     */
    public void field(int id, byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
        if (id == FieldId.COOKIE) {
            crumbs(value, valueFrom, valueTo, false);
        } else {
            pair(id, name, nameFrom, nameTo, value, valueFrom, valueTo, false);
        }
    }

    /** A field whose name is all of those bytes, with a part of others as its value. */
    public void field(int id, byte[] name, byte[] value, int valueFrom, int valueTo) {
        field(id, name, 0, name.length, value, valueFrom, valueTo);
    }

    /** The bytes that the table holds on to, for limits and tests: nothing before its first entry. */
    public int footprint() {
        return table.footprint();
    }

    private void pseudo(int id, byte[] bytes, int from, int to, int first, int second) {
        for (int known = first; known <= second; known++) {
            if (valueIs(known, bytes, from, to)) {
                indexed(known);
                return;
            }
        }
        pseudo(id, bytes, from, to);
    }

    private void pseudo(int id, byte[] bytes, int from, int to) {
        long entry = StaticTable.ENTRIES[StaticTable.indexOf(id)];
        int nameFrom = Entry.from(entry);
        int nameTo = nameFrom + Entry.nameBytes(entry);
        pair(id, StaticTable.LINES, nameFrom, nameTo, bytes, from, to, false);
    }

    private static boolean valueIs(int known, byte[] bytes, int from, int to) {
        long entry = StaticTable.ENTRIES[known];
        int at = Entry.from(entry) + Entry.nameBytes(entry) + Entry.AFTER_NAME;
        return Entry.valueBytes(entry) == to - from && Words.same(StaticTable.LINES, at, bytes, from, to - from);
    }

    /** Cookies one by one, as most are the same each time (RFC 9113, section 8.2.3). Joined again, they are as before. */
    private void crumbs(byte[] bytes, int from, int to, boolean never) {
        int start = from;
        for (int at = from; at + 1 < to; at++) {
            if (bytes[at] == ';' && bytes[at + 1] == ' ') {
                crumb(bytes, start, at, never);
                start = at + 2;
            }
        }
        crumb(bytes, start, to, never);
    }

    private void crumb(byte[] bytes, int from, int to, boolean never) {
        boolean secret = never || to - from < SHORT_COOKIE_BYTES;
        pair(FieldId.COOKIE, COOKIE, 0, COOKIE.length, bytes, from, to, secret);
    }

    private void pair(
            int id, byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo, boolean never) {
        int nameBytes = nameTo - nameFrom;
        int valueBytes = valueTo - valueFrom;
        int kind = LITERAL;
        if (never || id == FieldId.AUTHORIZATION || id == FieldId.PROXY_AUTHORIZATION) {
            kind = LITERAL_NEVER_INDEXED;
        } else if (id == FieldId.ACCEPT_ENCODING && valueIs(StaticTable.GZIP_DEFLATE, value, valueFrom, valueTo)) {
            indexed(StaticTable.GZIP_DEFLATE);
            return;
        } else if (nameBytes + valueBytes <= table.maxSize() / LARGEST_SHARE - DynamicTable.OVERHEAD) {
            PairIndex pairs = index();
            int expected = pairs.expected(table.added());
            if (expected < table.count() && is(expected, id, name, nameFrom, nameTo, value, valueFrom, valueTo)) {
                indexed(pairs, expected);
                return;
            }
            long nameHash = id == FieldId.OTHER ? Words.nameHash(name, nameFrom, nameTo) : id;
            int hash = Words.hash(nameHash, value, valueFrom, valueTo);
            int age = find(pairs, hash, id, name, nameFrom, nameTo, value, valueFrom, valueTo);
            if (age >= 0) {
                indexed(pairs, age);
                return;
            }
            if (pairs.sawBefore(hash)) {
                kind = LITERAL_ADDED;
                add(pairs, hash, id, name, nameFrom, nameTo, value, valueFrom, valueTo);
            }
        }
        HeaderBlock out = block();
        int known = StaticTable.indexOf(id);
        integer(out, kind, kind == LITERAL_ADDED ? 6 : 4, known);
        if (known == 0) {
            string(out, name, nameFrom, nameTo, LOWER);
        }
        string(out, value, valueFrom, valueTo, SAME);
    }

    /** The age of the entry that is this pair, or -1. */
    private int find(
            PairIndex pairs, int hash, int id, byte[] name, int nameFrom, int nameTo, byte[] value, int from, int to) {
        for (int slot = pairs.slot(hash); !pairs.empty(slot); slot = pairs.next(slot)) {
            if (pairs.has(slot, hash)) {
                int age = pairs.age(slot, table.added());
                if (is(age, id, name, nameFrom, nameTo, value, from, to)) {
                    return age;
                }
            }
        }
        return -1;
    }

    /** Whether the entry of that age is this pair. A name that has a number is told by that. */
    private boolean is(int age, int id, byte[] name, int nameFrom, int nameTo, byte[] value, int from, int to) {
        long entry = table.entry(age);
        return Entry.id(entry) == id
                && table.valueIs(entry, value, from, to)
                && (id != FieldId.OTHER || nameIs(entry, name, nameFrom, nameTo));
    }

    private boolean nameIs(long entry, byte[] name, int from, int to) {
        if (Entry.nameBytes(entry) != to - from) {
            return false;
        }
        byte[] lines = table.lines();
        if (Words.same(lines, Entry.from(entry), name, from, to - from)) {
            return true;
        }
        // It may have capitals.
        for (int at = Entry.from(entry), i = from; i < to; at++, i++) {
            if (lines[at] != LOWER[name[i] & 0xFF]) {
                return false;
            }
        }
        return true;
    }

    private void add(
            PairIndex pairs, int hash, int id, byte[] name, int nameFrom, int nameTo, byte[] value, int from, int to) {
        int nameBytes = nameTo - nameFrom;
        evict(DynamicTable.sizeOf(nameBytes, to - from));
        pairs.add(table.added(), hash);
        int at = table.add(nameBytes, to - from, id, Entry.SOUND);
        byte[] lines = table.lines();
        // Of a name that has a number, the number is compared.
        for (int i = nameFrom; id == FieldId.OTHER && i < nameTo; i++) {
            lines[at + i - nameFrom] = LOWER[name[i] & 0xFF];
        }
        System.arraycopy(value, from, lines, at + nameBytes + Entry.AFTER_NAME, to - from);
    }

    private void evict(int entrySize) {
        while (table.full(entrySize)) {
            index().remove(table.added() - table.count());
            table.evictOldest();
        }
    }

    private void indexed(PairIndex pairs, int age) {
        pairs.sent(table.added() - 1 - age);
        indexed(StaticTable.LAST + 1 + age);
    }

    private void indexed(int known) {
        HeaderBlock out = block();
        if (known < 0x7F) {
            int at = out.length();
            out.room(at, 1)[at] = (byte) (INDEXED | known);
            out.length(at + 1);
        } else {
            integer(out, INDEXED, 7, known);
        }
    }

    /** Writes an integer into the low bits of a byte and, where it does not fit, behind (RFC 7541, section 5.1). */
    private static void integer(HeaderBlock out, int bits, int prefixBits, int value) {
        int at = out.length();
        byte[] bytes = out.room(at, INTEGER_BYTES);
        int most = (1 << prefixBits) - 1;
        if (value < most) {
            bytes[at++] = (byte) (bits | value);
        } else {
            bytes[at++] = (byte) (bits | most);
            int rest = value - most;
            for (; rest > 0x7F; rest >>>= 7) {
                bytes[at++] = (byte) (rest | 0x80);
            }
            bytes[at++] = (byte) rest;
        }
        out.length(at);
    }

    /** Writes a string in the Huffman code where that is shorter (RFC 7541, section 5.2). */
    private static void string(HeaderBlock out, byte[] from, int begin, int end, byte[] map) {
        int plain = end - begin;
        int encoded = Huffman.encodedBytes(from, begin, end, map);
        if (encoded < plain) {
            integer(out, HUFFMAN, 7, encoded);
            int at = out.length();
            out.length(Huffman.encode(from, begin, end, map, out.room(at, encoded), at));
            return;
        }
        integer(out, 0, 7, plain);
        int at = out.length();
        byte[] bytes = out.room(at, plain);
        for (int i = 0; i < plain; i++) {
            bytes[at + i] = map[from[begin + i] & 0xFF];
        }
        out.length(at + plain);
    }

    private PairIndex index() {
        PairIndex pairs = index;
        if (pairs == null) {
            pairs = new PairIndex();
            index = pairs;
        }
        return pairs;
    }

    private HeaderBlock block() {
        HeaderBlock out = block;
        if (out == null) {
            throw new IllegalStateException("No block was begun.");
        }
        return out;
    }
}
