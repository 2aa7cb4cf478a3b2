package dev.parley.proxy.resilience;

import dev.parley.model.RateLimit;
import dev.parley.proxy.message.HeadBuffer;

/**
 * The lines that tell a client of a limit: {@code RateLimit-Policy} and {@code RateLimit} (draft-ietf-httpapi-ratelimit-headers-10,
 * sections 3 and 4) and {@code Retry-After} (RFC 9110 section 10.2.3). Both of the draft are lists of strings with parameters (RFC 9651):
 * of the policy {@code q}, the quota, and {@code w}, its window in seconds; of the limit {@code r}, what remains, and {@code t}, the seconds
 * until all of it is there again.
 */
public final class RateLimitFields {
    private static final long SECOND = 1_000_000_000;
    private static final byte[] LIMIT = HeadBuffer.ascii("RateLimit: ");
    private static final byte[] REMAINING = HeadBuffer.ascii(";r=");
    private static final byte[] RESET = HeadBuffer.ascii(";t=");
    private static final byte[] RETRY_AFTER = HeadBuffer.ascii("Retry-After: ");
    private static final byte[] CRLF = HeadBuffer.ascii("\r\n");

    private final byte[] policy;
    private final byte[] name;

    /** @param name what the limit is called, of visible ASCII without quotation mark and backslash */
    public RateLimitFields(String name, RateLimit settings) {
        String quoted = "\"" + name + "\"";
        this.name = HeadBuffer.ascii(quoted);
        long seconds = settings.rate().per().toSeconds();
        this.policy = HeadBuffer.ascii(
                "RateLimit-Policy: " + quoted + ";q=" + settings.rate().count() + ";w=" + seconds + "\r\n");
    }

    /** Writes both lines of the limit. */
    public void write(HeadBuffer out, int remaining, long resetNs) {
        out.put(policy);
        out.put(LIMIT);
        out.put(name);
        out.put(REMAINING);
        out.putNumber(remaining);
        out.put(RESET);
        out.putNumber(Math.ceilDiv(resetNs, SECOND));
        out.put(CRLF);
    }

    /** Writes when to come back: whole seconds, rounded up, at least 1. */
    public static void writeRetryAfter(HeadBuffer out, long waitNs) {
        out.put(RETRY_AFTER);
        out.putNumber(retryAfterSeconds(waitNs));
        out.put(CRLF);
    }

    public static long retryAfterSeconds(long waitNs) {
        return Math.max(1, Math.ceilDiv(waitNs, SECOND));
    }
}
