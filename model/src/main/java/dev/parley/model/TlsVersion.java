package dev.parley.model;

/**
 * A version of TLS that Parley speaks.
 *
 * @param minor 2 for TLS 1.2 (RFC 5246), 3 for TLS 1.3 (RFC 8446)
 */
public record TlsVersion(int minor) {
    public static final TlsVersion V1_2 = new TlsVersion(2);
    public static final TlsVersion V1_3 = new TlsVersion(3);

    /** Reads {@code 1.2} or {@code 1.3}. */
    @FromText
    public static TlsVersion parse(String text) {
        return switch (text) {
            case "1.2" -> V1_2;
            case "1.3" -> V1_3;
            default ->
                throw new IllegalArgumentException(
                        "'%s' is not a version of TLS that is spoken here: 1.2 or 1.3.".formatted(text));
        };
    }

    @Override
    public String toString() {
        return "1." + minor;
    }
}
