package dev.parley.wire.http2;

import java.util.Arrays;

/**
 * Finds the entries of an encoder's table by a hash of name and value: open addressing over 256 slots, of which a table
 * of 4096 bytes, whose entries are of 32 and more, never takes more than half. An entry is known by the low seven bits
 * of its number, which tell it from all others that live at the same time.
 *
 * <p>It also remembers the hashes of what was lately sent in full. A pair is put into the table when it comes a second
 * time, so that identifiers and paths that are never the same do not drive out what is.
 */
final class PairIndex {
    private static final int ENTRIES = 128;
    private static final int SLOTS = 2 * ENTRIES;
    private static final int SLOT_SHIFT = 24;

    /** Hashes remembered: so many sets of four, the latest first. */
    private static final int SETS = 32;

    private static final int WAYS = 4;
    private static final int SET_SHIFT = 8;
    private static final byte EMPTY = -1;

    private final byte[] slots = new byte[SLOTS];
    private final int[] hashes = new int[ENTRIES];

    /** By an entry's position, that of the entry which was sent behind it the last time; the last is of a block's start. */
    private final byte[] followers = new byte[ENTRIES + 1];

    private int latest = ENTRIES;
    private final int[] remembered = new int[SETS * WAYS];

    PairIndex() {
        Arrays.fill(slots, EMPTY);
    }

    /** Forgets what was sent last, at the start of a block. */
    void begin() {
        latest = ENTRIES;
    }

    /**
     * The age of the entry that was sent next when the latest one was sent before, if the next number will be that.
     * Heads of a connection are much alike, so that this is mostly the entry looked for, and no hash is needed. The
     * entry may be gone, which its age tells.
     */
    int expected(int added) {
        return (added - 1 - followers[latest]) & (ENTRIES - 1);
    }

    /** Says that an entry was sent. */
    void sent(int number) {
        int position = number & (ENTRIES - 1);
        followers[latest] = (byte) position;
        latest = position;
    }

    /** The first slot to look at. */
    int slot(int hash) {
        return hash >>> SLOT_SHIFT;
    }

    int next(int slot) {
        return (slot + 1) & (SLOTS - 1);
    }

    boolean empty(int slot) {
        return slots[slot] == EMPTY;
    }

    boolean has(int slot, int hash) {
        return hashes[slots[slot]] == hash;
    }

    /** The age of the entry in a slot that is not empty, if the next will have that number. */
    int age(int slot, int added) {
        return (added - 1 - slots[slot]) & (ENTRIES - 1);
    }

    /** Whether the same hash was given before and not pushed out by four others of its set since. */
    boolean sawBefore(int hash) {
        int from = ((hash >>> SET_SHIFT) & (SETS - 1)) * WAYS;
        int pushed = hash;
        for (int at = from; at < from + WAYS; at++) {
            int next = remembered[at];
            remembered[at] = pushed;
            // No hash is zero, as places are that nothing was put into yet.
            if (next == hash) {
                return true;
            }
            pushed = next;
        }
        return false;
    }

    void add(int number, int hash) {
        int position = number & (ENTRIES - 1);
        hashes[position] = hash;
        int slot = slot(hash);
        while (!empty(slot)) {
            slot = next(slot);
        }
        slots[slot] = (byte) position;
    }

    /** Forgets the entry of that number, and moves up those behind it that it stood in the way of. */
    void remove(int number) {
        int position = number & (ENTRIES - 1);
        int slot = slot(hashes[position]);
        while (slots[slot] != position) {
            slot = next(slot);
        }
        int hole = slot;
        for (slot = next(slot); !empty(slot); slot = next(slot)) {
            int home = slot(hashes[slots[slot]]);
            boolean mayMove = ((slot - home) & (SLOTS - 1)) >= ((slot - hole) & (SLOTS - 1));
            if (mayMove) {
                slots[hole] = slots[slot];
                hole = slot;
            }
        }
        slots[hole] = EMPTY;
    }
}
