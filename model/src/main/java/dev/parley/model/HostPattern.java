package dev.parley.model;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A host to match, without port, in lower case: {@code api.example.com}, or with {@code *.} in front any name below
 * (one label or more, as in the Gateway API).
 */
public record HostPattern(String text) {
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");
    private static final Pattern V6 = Pattern.compile("\\[[0-9a-f:.]+]");

    /** Reads a pattern. */
    @FromText
    public static HostPattern parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        requireName(lower.startsWith("*.") ? lower.substring(2) : lower);
        return new HostPattern(lower);
    }

    static void requireName(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        String name = lower.replaceFirst(":\\d{1,5}$", "");
        if (!NAME.matcher(name).matches() && !V6.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a host name. Write api.example.com, or *.example.com for any name below."
                            .formatted(text));
        }
    }

    public boolean wildcard() {
        return text.startsWith("*.");
    }

    @Override
    public String toString() {
        return text;
    }
}
