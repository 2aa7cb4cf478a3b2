package dev.parley.model;

/** How the value of a header or of a query parameter is matched. The short form is the exact value. */
public sealed interface ValueMatch {
    /** This value, byte for byte. */
    record Exact(String text) implements ValueMatch {}

    /** Any value. */
    record Present() implements ValueMatch {}

    /** The whole value matches a regular expression of RE2's syntax, which runs in linear time. */
    record Regex(String text) implements ValueMatch {}

    /** The short form: an exact value, or {@code *} for any. */
    @FromText
    static ValueMatch parse(String text) {
        return text.equals("*") ? new Present() : new Exact(text);
    }
}
