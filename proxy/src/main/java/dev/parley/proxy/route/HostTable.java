package dev.parley.proxy.route;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The most specific host pattern that matches a host, linked to the less specific ones that match it too.
 *
 * <p>A host is read once, from its end to its start, in lower case, and hashed on the way: at each dot the hash is that
 * of the wildcard for what was read so far, and at the start that of the whole name. So the cost is that of the host's
 * length, however many patterns there are.
 */
final class HostTable<T> {
    private final long seed;
    private final HashSlots slots;
    private final byte[] @Nullable [] patterns;
    private final @Nullable Object[] hosts;
    private final @Nullable Host<T> any;
    private final boolean named;

    /** The routes of one pattern, and the next less specific pattern that matches whatever this one does. */
    record Host<T>(PathTable<T> paths, @Nullable Host<T> lessSpecific) {}

    private HostTable(Map<String, Host<T>> byPattern, @Nullable Host<T> any, Seeds seeds) {
        HashSlots.Seeded seeded = HashSlots.of(
                seeds,
                seed -> byPattern.keySet().stream()
                        .mapToLong(pattern -> hash(ascii(pattern), seed))
                        .toArray());
        this.seed = seeded.seed();
        this.slots = seeded.slots();
        this.patterns = new byte[slots.capacity()][];
        this.hosts = new Object[slots.capacity()];
        this.any = any;
        this.named = !byPattern.isEmpty();
        byPattern.forEach((pattern, host) -> {
            int slot = slots.find(hash(ascii(pattern), seed));
            patterns[slot] = ascii(pattern);
            hosts[slot] = host;
        });
    }

    /** A table of patterns in lower case: names, names behind {@code *.}, and the empty text for any host. */
    static <T> HostTable<T> of(Map<String, PathTable<T>> byPattern, Seeds seeds) {
        PathTable<T> anyPaths = byPattern.get("");
        Host<T> any = anyPaths == null ? null : new Host<>(anyPaths, null);
        List<String> shortestFirst = byPattern.keySet().stream()
                .filter(pattern -> !pattern.isEmpty())
                .sorted(Comparator.<String>comparingInt(pattern -> pattern.startsWith("*.") ? 0 : 1)
                        .thenComparingInt(String::length))
                .toList();
        Map<String, Host<T>> hosts = new HashMap<>();
        for (String pattern : shortestFirst) {
            Host<T> lessSpecific = longestWildcardAbove(pattern, hosts, any);
            PathTable<T> paths = byPattern.get(pattern);
            if (paths != null) {
                hosts.put(pattern, new Host<>(paths, lessSpecific));
            }
        }
        return new HostTable<>(hosts, any, seeds);
    }

    /**
     * The most specific pattern for a host without port, or null where none matches. A dot at its end says that the name
     * is absolute (RFC 1034, section 3.1) and makes no difference.
     *
     * @param from where the host begins; negative where there is none, which matches as any
     */
    @Nullable
    Host<T> find(byte[] bytes, int from, int to) {
        if (!named || from < 0) {
            return any;
        }
        int end = to > from && bytes[to - 1] == '.' ? to - 1 : to;
        Host<T> found = any;
        long hash = seed;
        for (int at = end - 1; at >= from; at--) {
            int letter = lower(bytes[at]);
            hash = SeededHash.step(hash, letter);
            if (letter == '.' && at > from) {
                Host<T> wildcard = get(SeededHash.step(hash, '*'), 1, bytes, at, end);
                found = wildcard == null ? found : wildcard;
            }
        }
        Host<T> exact = get(hash, 0, bytes, from, end);
        return exact == null ? found : exact;
    }

    @SuppressWarnings("unchecked") // Only hosts of this table's type are ever put in.
    private @Nullable Host<T> get(long hash, int skip, byte[] bytes, int from, int to) {
        int slot = slots.find(hash);
        if (slot < 0) {
            return null;
        }
        byte[] pattern = patterns[slot];
        if (pattern == null || pattern.length - skip != to - from) {
            return null;
        }
        for (int i = skip, at = from; at < to; i++, at++) {
            if (pattern[i] != lower(bytes[at])) {
                return null;
            }
        }
        return (Host<T>) hosts[slot];
    }

    private static <T> @Nullable Host<T> longestWildcardAbove(
            String pattern, Map<String, Host<T>> hosts, @Nullable Host<T> any) {
        String name = pattern.startsWith("*.") ? pattern.substring(2) : pattern;
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            Host<T> wildcard = hosts.get("*" + name.substring(dot));
            if (wildcard != null) {
                return wildcard;
            }
        }
        return any;
    }

    private static long hash(byte[] pattern, long seed) {
        long hash = seed;
        for (int at = pattern.length - 1; at >= 0; at--) {
            hash = SeededHash.step(hash, pattern[at]);
        }
        return hash;
    }

    private static int lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
