package dev.parley.wire.http2;

/**
 * The entries that one side of a connection has taught the other (RFC 7541, section 2.3.2), their lines in one array.
 *
 * <p>Lines are laid down one behind the other; when the array is full, those that are left are moved to its beginning.
 * The array is at most twice the table's size and never fuller than half then, so that a byte is moved rarely. Nothing
 * is allocated before the first entry, because most of many idle connections never have one.
 */
final class DynamicTable {
    /** What an entry counts beside its name and value (RFC 7541, section 4.1). */
    static final int OVERHEAD = 32;

    private static final int FIRST_LINES_BYTES = 512;
    private static final int FIRST_ENTRIES = 16;

    private byte[] lines = {};
    private int end;

    /** A ring whose length is a power of two; entry number n is at n modulo its length. */
    private long[] entries = {};

    private int added;
    private int count;
    private int size;
    private int maxSize;

    DynamicTable(int maxSize) {
        this.maxSize = maxSize;
    }

    int count() {
        return count;
    }

    /** How many entries there have ever been, modulo 2^32: the number of the next. */
    int added() {
        return added;
    }

    int size() {
        return size;
    }

    int maxSize() {
        return maxSize;
    }

    /** What the entries' offsets point into; another array after an addition, perhaps. */
    byte[] lines() {
        return lines;
    }

    /** What {@link Entry} packs of the entry of that age: 0 is the newest, count - 1 the oldest. */
    long entry(int age) {
        return entries[(added - 1 - age) & (entries.length - 1)];
    }

    /** Sets the size that entries may have together; those that are too many must be evicted by the caller. */
    void maxSize(int bytes) {
        maxSize = bytes;
    }

    /** Whether an entry of that size has no room yet. Never so of an empty table, whatever the size. */
    boolean full(int entrySize) {
        return count > 0 && size + entrySize > maxSize;
    }

    void evictOldest() {
        size -= sizeOf(entry(count - 1));
        count--;
    }

    void makeRoom(int entrySize) {
        while (full(entrySize)) {
            evictOldest();
        }
    }

    /**
     * Adds an entry, for which room has been made.
     *
     * @return where in {@link #lines()} the caller must write its line
     */
    int add(int nameBytes, int valueBytes, int id, int fault) {
        if (count == entries.length) {
            growEntries();
        }
        int from = place(nameBytes + valueBytes + Entry.AROUND);
        long entry = Entry.pack(from, nameBytes, valueBytes, id, fault);
        entries[added & (entries.length - 1)] = entry;
        added++;
        count++;
        size += sizeOf(entry);
        return from;
    }

    static int sizeOf(int nameBytes, int valueBytes) {
        return nameBytes + valueBytes + OVERHEAD;
    }

    private static int sizeOf(long entry) {
        return sizeOf(Entry.nameBytes(entry), Entry.valueBytes(entry));
    }

    private void growEntries() {
        long[] larger = new long[Math.max(FIRST_ENTRIES, 2 * entries.length)];
        for (int age = 0; age < count; age++) {
            larger[(added - 1 - age) & (larger.length - 1)] = entry(age);
        }
        entries = larger;
    }

    private int place(int lineBytes) {
        if (count == 0) {
            end = 0;
        }
        if (lines.length - end < lineBytes + Words.SLACK) {
            int begin = count == 0 ? 0 : Entry.from(entry(count - 1));
            int live = end - begin;
            byte[] target = lines;
            if (2 * (live + lineBytes) + Words.SLACK > lines.length) {
                int least = Math.max(FIRST_LINES_BYTES, 2 * (live + lineBytes));
                target = new byte[(Integer.highestOneBit(least - 1) << 1) + Words.SLACK];
            }
            System.arraycopy(lines, begin, target, 0, live);
            lines = target;
            end = live;
            for (int age = 0; age < count; age++) {
                // The offset is in the lowest bits and not below what is taken from it.
                entries[(added - 1 - age) & (entries.length - 1)] -= begin;
            }
        }
        int from = end;
        end += lineBytes;
        return from;
    }

    /** Bytes that the table holds on to. */
    int footprint() {
        return lines.length + Long.BYTES * entries.length;
    }

    /** Whether the value of an entry is this. */
    boolean valueIs(long entry, byte[] bytes, int from, int to) {
        int at = Entry.from(entry) + Entry.nameBytes(entry) + Entry.AFTER_NAME;
        return Entry.valueBytes(entry) == to - from && Words.same(lines, at, bytes, from, to - from);
    }
}
