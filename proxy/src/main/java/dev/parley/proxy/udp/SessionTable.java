package dev.parley.proxy.udp;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one listener on one loop, by client. Open addressing with linear probing; removal moves up what follows
 * (Knuth, volume 3, section 6.4, algorithm R), so that no marks are left behind. Looking up allocates nothing. The hash is seeded,
 * since clients choose their ports, and whoever can send from many addresses chooses those.
 */
final class SessionTable<S extends SessionTable.Keyed> {
    /** What has a client's address, as {@link Inbox} takes it apart. */
    interface Keyed {
        long high();

        long low();

        long tail();
    }

    private static final int LEAST_SLOTS = 64;

    private final long seed;
    private @Nullable Keyed[] slots = new @Nullable Keyed[LEAST_SLOTS];
    private int count;

    SessionTable(long seed) {
        this.seed = seed;
    }

    int count() {
        return count;
    }

    @Nullable
    @SuppressWarnings("unchecked") // Only sessions of this kind are added.
    S find(long high, long low, long tail) {
        int mask = slots.length - 1;
        for (int at = hash(high, low, tail) & mask; ; at = (at + 1) & mask) {
            Keyed session = slots[at];
            if (session == null || (session.low() == low && session.tail() == tail && session.high() == high)) {
                return (S) session;
            }
        }
    }

    /** Adds one that is not here yet. */
    void add(S session) {
        if (2 * (count + 1) > slots.length) {
            resize(2 * slots.length);
        }
        place(session);
        count++;
    }

    private void place(Keyed session) {
        int mask = slots.length - 1;
        int at = hash(session) & mask;
        while (slots[at] != null) {
            at = (at + 1) & mask;
        }
        slots[at] = session;
    }

    /** Removes one that is here. */
    @SuppressWarnings("ReferenceEquality") // A session is itself alone.
    void remove(S session) {
        int mask = slots.length - 1;
        int hole = hash(session) & mask;
        while (slots[hole] != session) {
            if (slots[hole] == null) {
                throw new AssertionError("a session is removed once");
            }
            hole = (hole + 1) & mask;
        }
        for (int at = (hole + 1) & mask; ; at = (at + 1) & mask) {
            Keyed next = slots[at];
            if (next == null) {
                break;
            }
            // It may stand in the hole where that lies between its home and its place.
            int home = hash(next) & mask;
            if (((at - home) & mask) >= ((at - hole) & mask)) {
                slots[hole] = next;
                hole = at;
            }
        }
        slots[hole] = null;
        count--;
        if (8 * count < slots.length && slots.length > LEAST_SLOTS) {
            resize(slots.length / 2);
        }
    }

    private void resize(int size) {
        @Nullable Keyed[] before = slots;
        slots = new @Nullable Keyed[size];
        for (Keyed session : before) {
            if (session != null) {
                place(session);
            }
        }
    }

    /** Does something to each, which may remove it. */
    @SuppressWarnings("unchecked") // Only sessions of this kind are added.
    void forEach(Consumer<S> act) {
        for (Keyed session : Arrays.copyOf(slots, slots.length)) {
            if (session != null) {
                act.accept((S) session);
            }
        }
    }

    private int hash(Keyed session) {
        return hash(session.high(), session.low(), session.tail());
    }

    /** SplitMix64's finaliser over each part in turn. */
    private int hash(long high, long low, long tail) {
        return (int) mix(mix(mix(seed ^ tail) ^ low) ^ high);
    }

    private static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
