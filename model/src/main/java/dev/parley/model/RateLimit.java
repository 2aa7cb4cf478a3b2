package dev.parley.model;

import java.util.Locale;

/**
 * A token bucket: so many requests, or connections where there are no requests, in a time and so many at once; what is above is
 * answered 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers).
 */
public record RateLimit(
        @Setting("How many: 100/s, 30/m, 1000/h.") Rate rate,

        @Setting(
                value = "How many at once; 0 is what the rate allows in one second, and at least 1.",
                def = "0",
                source = "nginx burst")
        int burst,

        @Setting(
                value =
                        "What has a bucket of its own: all, which is one for all; address, the client's; caller, which is its"
                                + " certificate, else its Authorization, else its address; header:NAME.",
                def = "all",
                source = "nginx limit_req_zone, Envoy descriptors")
        By by,

        @Setting(
                value = "Buckets that are kept; where there are more callers, the fullest bucket is forgotten.",
                def = "10000",
                source = "nginx: 16000 for each MiB")
        int keys) {

    public RateLimit {
        Checks.range("The number of rate", rate.count(), 1, 1_000_000_000);
        Checks.range("burst", burst, 0, 1_000_000_000);
        Checks.range("keys", keys, 1, 10_000_000);
    }

    /** The short form is the rate alone, for all together. */
    @FromText
    public static RateLimit of(String text) {
        return new RateLimit(Rate.parse(text), 0, new By(Source.ALL, ""), 10_000);
    }

    /** The most that come at once. */
    public int capacity() {
        return burst > 0 ? burst : (int) Math.max(1, Math.ceil(rate.perSecond()));
    }

    /** Whose requests share a bucket. The name is that of the header, in lower case, else empty. */
    public record By(Source source, String name) {
        /** Reads {@code all}, {@code address}, {@code caller} or {@code header:NAME}. */
        @FromText
        public static By parse(String text) {
            if (text.startsWith("header:")) {
                String name = text.substring("header:".length());
                Route.HeaderEdit.requireName(name);
                return new By(Source.HEADER, name.toLowerCase(Locale.ROOT));
            }
            return switch (text) {
                case "all" -> new By(Source.ALL, "");
                case "address" -> new By(Source.ADDRESS, "");
                case "caller" -> new By(Source.CALLER, "");
                default ->
                    throw new IllegalArgumentException(
                            "'%s' is not what a limit can be kept by. Write all, address, caller or header:NAME."
                                    .formatted(text));
            };
        }
    }

    /** Where the key of a bucket is found. */
    public enum Source {
        ALL,
        ADDRESS,
        CALLER,
        HEADER
    }
}
