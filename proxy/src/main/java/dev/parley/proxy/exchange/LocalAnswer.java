package dev.parley.proxy.exchange;

import org.jspecify.annotations.Nullable;

/**
 * An answer of Parley's own: an RFC 9457 problem where it is one, else a redirect or a fixed answer.
 *
 * @param status the HTTP status
 * @param code the stable code of the problem; empty where this is none
 * @param detail what happened, why and what to do, for whoever reads the answer
 * @param contentType of the body
 * @param body the body; null for a problem, which is written with the decision's id
 * @param location where a redirect leads; null for none
 * @param close whether the connection cannot go on
 */
public record LocalAnswer(
        int status,
        String code,
        String detail,
        byte[] contentType,
        byte @Nullable [] body,
        byte @Nullable [] location,
        boolean close) {
    private static final byte[] NOTHING = {};

    public static LocalAnswer problem(int status, String code, String detail) {
        return new LocalAnswer(status, code, detail, NOTHING, null, null, false);
    }

    public static LocalAnswer closing(int status, String code, String detail) {
        return new LocalAnswer(status, code, detail, NOTHING, null, null, true);
    }

    public static LocalAnswer fixed(int status, byte[] contentType, byte[] body) {
        return new LocalAnswer(status, "", "", contentType, body, null, false);
    }

    public static LocalAnswer redirect(int status, byte[] location) {
        return new LocalAnswer(status, "", "", NOTHING, NOTHING, location, false);
    }
}
