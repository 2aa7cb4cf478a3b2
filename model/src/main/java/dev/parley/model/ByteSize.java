package dev.parley.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes, written {@code 512}, {@code 16KiB}, {@code 1MiB} or {@code 2GiB}. */
public record ByteSize(long bytes) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB)?");

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("A size of " + bytes + " bytes is negative.");
        }
    }

    /**
     * Reads a whole number with an optional binary unit.
     *
     * @throws IllegalArgumentException when the text is anything else
     */
    @FromText
    public static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a size. Write a whole number of bytes, or one with KiB, MiB or GiB: 512, 16KiB."
                            .formatted(text));
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        int shift = switch (unit) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'%s' is more bytes than can be counted.".formatted(text));
        }
        return new ByteSize(number << shift);
    }

    public static ByteSize kib(long number) {
        return new ByteSize(number << 10);
    }

    public static ByteSize mib(long number) {
        return new ByteSize(number << 20);
    }

    /** The bytes as an array size. The setting's own bound keeps it in range. */
    public int toInt() {
        return Math.toIntExact(bytes);
    }

    @Override
    public String toString() {
        String[] units = {"GiB", "MiB", "KiB"};
        for (int i = 0; i < units.length; i++) {
            int shift = 30 - 10 * i;
            if (bytes != 0 && bytes % (1L << shift) == 0) {
                return (bytes >> shift) + units[i];
            }
        }
        return bytes + "B";
    }
}
