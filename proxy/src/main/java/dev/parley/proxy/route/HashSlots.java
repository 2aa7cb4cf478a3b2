package dev.parley.proxy.route;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where in a table a hash has its place: open addressing with linear probing, at most half full, never changed after it
 * was built. No two keys of one table share their hash: where they would, the table is built again under another seed,
 * so a probe compares at most one key.
 */
final class HashSlots {
    /** Seeds tried before giving up; with 64-bit hashes of distinct keys a second one is already unheard of. */
    private static final int SEEDS = 16;

    private final long[] hashes;
    private final int mask;

    private HashSlots(int keys) {
        int capacity = Integer.highestOneBit(Math.max(1, keys)) << 2;
        this.hashes = new long[capacity];
        this.mask = capacity - 1;
    }

    /** A seed under which all keys differ, and the places of their hashes. */
    record Seeded(long seed, HashSlots slots) {}

    /** Builds the places of distinct keys. {@code hashesUnder} gives the hashes of all keys under a seed. */
    static Seeded of(Seeds seeds, LongFunction<long[]> hashesUnder) {
        for (int attempt = 0; attempt < SEEDS; attempt++) {
            long seed = seeds.next();
            HashSlots slots = placed(hashesUnder.apply(seed));
            if (slots != null) {
                return new Seeded(seed, slots);
            }
        }
        throw new IllegalStateException("Keys of a route table are not distinct.");
    }

    int capacity() {
        return hashes.length;
    }

    /** The place of this hash, or -1 where no key has it. */
    int find(long hash) {
        long wanted = stored(hash);
        for (int slot = (int) wanted & mask; hashes[slot] != 0; slot = (slot + 1) & mask) {
            if (hashes[slot] == wanted) {
                return slot;
            }
        }
        return -1;
    }

    private static @Nullable HashSlots placed(long[] hashes) {
        HashSlots slots = new HashSlots(hashes.length);
        for (long hash : hashes) {
            if (!slots.place(stored(hash))) {
                return null;
            }
        }
        return slots;
    }

    private boolean place(long hash) {
        int slot = (int) hash & mask;
        while (hashes[slot] != 0) {
            if (hashes[slot] == hash) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        hashes[slot] = hash;
        return true;
    }

    /** Zero marks an empty place. */
    private static long stored(long hash) {
        return hash == 0 ? 1 : hash;
    }
}
