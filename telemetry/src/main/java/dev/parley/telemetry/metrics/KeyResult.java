package dev.parley.telemetry.metrics;

import java.util.Locale;

/** What became of a request with an idempotency key. */
public enum KeyResult {
    /** It was executed, and the disk has its answer, or that there was one. */
    EXECUTED,
    /** It was answered as before. */
    REPLAYED,
    /** Its answer said that nothing was executed, or nobody could be asked: the key is free again. */
    RELEASED,
    /** Another with its key is under way. */
    IN_PROGRESS,
    /** Its key belongs to another request. */
    REUSED,
    /** It may have been executed before, and is not executed again. */
    UNKNOWN,
    /** It was executed before, and its answer was not kept. */
    NOT_KEPT,
    /** It has no key and needs one, or one that is none, or too large a body. */
    REFUSED,
    /** Nothing could be stored, or no more. Nothing was sent. */
    UNAVAILABLE,
    /** It was sent, and how it ended is not known. */
    LOST,
    /** It was executed, and its answer could not be stored. */
    NOT_STORED;

    /** How many there are. */
    public static final int COUNT = values().length;

    private final String code = name().toLowerCase(Locale.ROOT);

    /** Its stable code. */
    public String code() {
        return code;
    }
}
