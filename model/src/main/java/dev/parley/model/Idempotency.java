package dev.parley.model;

import java.time.Duration;

/**
 * Requests that carry an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) are executed once: the first answer is
 * stored durably, and given again to whoever sends the same key, caller and request.
 */
public record Idempotency(
        @Setting(
                value = "require: a request without a key is answered 400; accept: it goes on without the promise.",
                def = "accept")
        Mode mode,

        @Setting(value = "How long an answer is kept.", def = "24h", source = "Stripe")
        Duration keep,

        @Setting(
                value = "How long a duplicate waits for the answer to the first, then 409; 0 answers 409 at once.",
                def = "5s",
                source = "the draft answers 409")
        Duration duplicateWait,

        @Setting(
                value =
                        "Whose keys are told apart: caller, which is the certificate, else the Authorization, else the address of the"
                                + " client; address; all; header:NAME.",
                def = "caller")
        RateLimit.By scope,

        @Setting(
                value =
                        "What becomes of a key whose first attempt may have been executed without its answer being known, as"
                                + " after a crash: refuse answers 409 and says so; execute sends it again.",
                def = "refuse")
        Unknown unknown,

        @Setting(
                value =
                        "Whether the service itself executes a key once. Then a request with a key is tried again as one whose method"
                                + " is idempotent is, although an endpoint may have executed it; else it is not.",
                def = "false")
        boolean honoured,

        @Setting(
                value =
                        "The largest body of a request with a key; larger is answered 413. It is held until the key is known.",
                def = "64KiB")
        ByteSize bodyBytes,

        @Setting(
                value =
                        "The largest answer that is stored; a larger one is passed on, and a duplicate of it answered 409.",
                def = "256KiB")
        ByteSize answerBytes,

        @Setting(
                value = "Answers of one route that are kept; beyond it requests with a new key are answered 503.",
                def = "100000")
        int keys) {

    public Idempotency {
        Checks.positive("keep", keep);
        Checks.notNegative("duplicate_wait", duplicateWait);
        Checks.atLeast("body_bytes", bodyBytes, new ByteSize(1));
        Checks.atMost("body_bytes", bodyBytes, ByteSize.mib(1));
        Checks.atLeast("answer_bytes", answerBytes, new ByteSize(1));
        Checks.atMost("answer_bytes", answerBytes, ByteSize.mib(4));
        Checks.range("keys", keys, 1, 100_000_000);
    }

    /** The short form is the mode alone. */
    @FromText
    public static Idempotency of(String text) {
        Mode mode = switch (text) {
            case "accept" -> Mode.ACCEPT;
            case "require" -> Mode.REQUIRE;
            default ->
                throw new IllegalArgumentException(
                        "'%s' is not a way to treat keys. Write accept or require, or a map of settings."
                                .formatted(text));
        };
        return new Idempotency(
                mode,
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                new RateLimit.By(RateLimit.Source.CALLER, ""),
                Unknown.REFUSE,
                false,
                ByteSize.kib(64),
                ByteSize.kib(256),
                100_000);
    }

    /** What becomes of a request without a key. */
    public enum Mode {
        ACCEPT,
        REQUIRE
    }

    /** What becomes of a key whose first attempt has an outcome that nobody knows. */
    public enum Unknown {
        REFUSE,
        EXECUTE
    }
}
