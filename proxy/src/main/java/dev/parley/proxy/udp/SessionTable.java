package dev.parley.proxy.udp;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one listener on one loop, by client. Open addressing with linear probing; removal moves up what follows
 * (Knuth, volume 3, section 6.4, algorithm R), so that no marks are left behind. Looking up allocates nothing. The hash is seeded,
 * since clients choose their ports, and whoever can send from many addresses chooses those.
 */
final class SessionTable {
    private static final int LEAST_SLOTS = 64;

    private final long seed;
    private @Nullable UdpSession[] slots = new @Nullable UdpSession[LEAST_SLOTS];
    private int count;

    SessionTable(long seed) {
        this.seed = seed;
    }

    int count() {
        return count;
    }

    @Nullable
    UdpSession find(long high, long low, long tail) {
        int mask = slots.length - 1;
        for (int at = hash(high, low, tail) & mask; ; at = (at + 1) & mask) {
            UdpSession session = slots[at];
            if (session == null || session.isOf(high, low, tail)) {
                return session;
            }
        }
    }

    /** Adds one that is not here yet. */
    void add(UdpSession session) {
        if (2 * (count + 1) > slots.length) {
            resize(2 * slots.length);
        }
        place(session);
        count++;
    }

    private void place(UdpSession session) {
        int mask = slots.length - 1;
        int at = hash(session) & mask;
        while (slots[at] != null) {
            at = (at + 1) & mask;
        }
        slots[at] = session;
    }

    /** Removes one that is here. */
    @SuppressWarnings("ReferenceEquality") // A session is itself alone.
    void remove(UdpSession session) {
        int mask = slots.length - 1;
        int hole = hash(session) & mask;
        while (slots[hole] != session) {
            if (slots[hole] == null) {
                throw new AssertionError("a session is removed once");
            }
            hole = (hole + 1) & mask;
        }
        for (int at = (hole + 1) & mask; ; at = (at + 1) & mask) {
            UdpSession next = slots[at];
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
        @Nullable UdpSession[] before = slots;
        slots = new @Nullable UdpSession[size];
        for (UdpSession session : before) {
            if (session != null) {
                place(session);
            }
        }
    }

    /** Does something to each, which may remove it. */
    void forEach(Consumer<UdpSession> act) {
        for (UdpSession session : Arrays.copyOf(slots, slots.length)) {
            if (session != null) {
                act.accept(session);
            }
        }
    }

    private int hash(UdpSession session) {
        return hash(session.high, session.low, session.tail);
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
