package dev.parley.proxy.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable hash map whose keys are looked up as ranges of a byte array, so that a look-up makes no object. */
final class ByteTable<V> {
    private final long seed;
    private final HashSlots slots;
    private final byte[] @Nullable [] keys;
    private final @Nullable Object[] values;

    private ByteTable(HashSlots.Seeded seeded) {
        this.seed = seeded.seed();
        this.slots = seeded.slots();
        this.keys = new byte[slots.capacity()][];
        this.values = new Object[slots.capacity()];
    }

    /** A table of these keys, which are ASCII. */
    static <V> ByteTable<V> of(Map<String, V> entries, Seeds seeds) {
        byte[][] keys = entries.keySet().stream()
                .map(key -> key.getBytes(StandardCharsets.US_ASCII))
                .toArray(byte[][]::new);
        ByteTable<V> table = new ByteTable<>(HashSlots.of(seeds, seed -> hashes(keys, seed)));
        for (Map.Entry<String, V> entry : entries.entrySet()) {
            byte[] key = entry.getKey().getBytes(StandardCharsets.US_ASCII);
            int slot = table.slots.find(SeededHash.of(table.seed, key));
            table.keys[slot] = key;
            table.values[slot] = entry.getValue();
        }
        return table;
    }

    @SuppressWarnings("unchecked") // Only values of type V are ever put in.
    @Nullable
    V get(byte[] bytes, int from, int to) {
        int slot = slots.find(SeededHash.of(seed, bytes, from, to));
        if (slot < 0) {
            return null;
        }
        byte[] key = keys[slot];
        return key != null && Arrays.equals(key, 0, key.length, bytes, from, to) ? (V) values[slot] : null;
    }

    private static long[] hashes(byte[][] keys, long seed) {
        return Arrays.stream(keys).mapToLong(key -> SeededHash.of(seed, key)).toArray();
    }
}
