package dev.parley.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** How an endpoint of a service is chosen. Weights count with every algorithm. */
public record Balance(
        @Setting(
                value = "p2c_ewma: the better of two drawn, by latency and load; least_request: the less busy of two"
                        + " drawn; round_robin; random; maglev and ring_hash: the same key to the same endpoint.",
                def = "p2c_ewma",
                source = "Linkerd")
        Algorithm algorithm,

        @Setting("The key of maglev and ring_hash: source, header:NAME, cookie:NAME or query:NAME; source by default.")
        Optional<HashKey> hash,

        @Setting(
                value =
                        "With a hash: an endpoint takes at most this percentage of the average load, and what is above goes to the next; 0 is no bound, else 100 to 1000.",
                def = "0",
                source = "HAProxy hash-balance-factor")
        int boundedLoad,

        @Setting(
                value =
                        "How long a new or recovered endpoint takes to reach its full share; 0 starts it at full share.",
                def = "0s",
                source = "HAProxy slowstart, Envoy slow_start")
        Duration slowStart,

        @Setting(value = "p2c_ewma: how long a latency is remembered.", def = "10s", source = "Linkerd decay")
        Duration decay,

        @Setting(
                value = "p2c_ewma: the latency of an endpoint that has not answered yet.",
                def = "30ms",
                source = "Linkerd default RTT")
        Duration initialLatency,

        @Setting(
                value = "p2c_ewma: the latency that a failure counts as, so that failing fast attracts no traffic.",
                def = "5s",
                source = "Linkerd load biaser")
        Duration failureLatency) {

    public Balance {
        if (boundedLoad != 0) {
            Checks.range("bounded_load", boundedLoad, 100, 1000);
        }
        Checks.notNegative("slow_start", slowStart);
        Checks.positive("decay", decay);
        Checks.positive("initial_latency", initialLatency);
        Checks.positive("failure_latency", failureLatency);
        boolean hashes = algorithm == Algorithm.MAGLEV || algorithm == Algorithm.RING_HASH;
        if (!hashes && (hash.isPresent() || boundedLoad != 0)) {
            throw new IllegalArgumentException("hash and bounded_load need algorithm maglev or ring_hash; this is %s."
                    .formatted(algorithm.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** The short form is the algorithm alone. */
    @FromText
    public static Balance by(String algorithm) {
        for (Algorithm known : Algorithm.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(algorithm)) {
                return of(known);
            }
        }
        throw new IllegalArgumentException(
                "'%s' is not a way to balance. Use p2c_ewma, least_request, round_robin, random, maglev or ring_hash."
                        .formatted(algorithm));
    }

    /** An algorithm with all defaults. */
    public static Balance of(Algorithm algorithm) {
        return new Balance(
                algorithm,
                Optional.empty(),
                0,
                Duration.ZERO,
                Duration.ofSeconds(10),
                Duration.ofMillis(30),
                Duration.ofSeconds(5));
    }

    /** The ways to choose an endpoint. */
    public enum Algorithm {
        P2C_EWMA,
        LEAST_REQUEST,
        ROUND_ROBIN,
        RANDOM,
        MAGLEV,
        RING_HASH
    }

    /** What a request is hashed by. The name is empty for {@code SOURCE}. */
    public record HashKey(Source source, String name) {
        /** Where the key is found. */
        public enum Source {
            SOURCE,
            HEADER,
            COOKIE,
            QUERY
        }

        /** Reads {@code source}, {@code header:NAME}, {@code cookie:NAME} or {@code query:NAME}. */
        @FromText
        public static HashKey parse(String text) {
            int colon = text.indexOf(':');
            String kind = colon < 0 ? text : text.substring(0, colon);
            String name = colon < 0 ? "" : text.substring(colon + 1);
            Source source = switch (kind) {
                case "source" -> Source.SOURCE;
                case "header" -> Source.HEADER;
                case "cookie" -> Source.COOKIE;
                case "query" -> Source.QUERY;
                default -> null;
            };
            if (source == null || (source == Source.SOURCE) != name.isEmpty()) {
                throw new IllegalArgumentException(
                        "'%s' is not a hash key. Write source, header:NAME, cookie:NAME or query:NAME."
                                .formatted(text));
            }
            return new HashKey(source, name);
        }
    }
}
