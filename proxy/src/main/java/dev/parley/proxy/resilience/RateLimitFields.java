package dev.parley.proxy.resilience;

import dev.parley.model.RateLimit;
import dev.parley.proxy.message.HeadBuffer;

/**
 * The lines that tell a client of a limit: {@code RateLimit-Policy} and {@code RateLimit} (draft-ietf-httpapi-ratelimit-headers-11,
 * sections 3 and 4) and {@code Retry-After} (RFC 9110 section 10.2.3). Both of the draft are lists of strings with parameters (RFC 9651),
 * which may be split over several lines, so that each limit of a request writes its own.
 *
 * <p>Of the policy {@code q} is the quota and {@code w} its window in seconds: the rate as it was set, or, where more than that may come at
 * once, the capacity and the time in which it fills. Of the limit {@code r} is what may come now and {@code t} the seconds within which it
 * is no more than that; where nothing remains, that is what Retry-After says too.
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

    /** @param name what the limit is called; what a string of RFC 9651 cannot hold becomes a question mark */
    public RateLimitFields(String name, RateLimit settings) {
        String quoted = quoted(name);
        this.name = HeadBuffer.ascii(quoted);
        long quota = settings.rate().count();
        long seconds = settings.rate().per().toSeconds();
        if (settings.capacity() > quota) {
            seconds = (long) Math.ceil(settings.capacity() / settings.rate().perSecond());
            quota = settings.capacity();
        }
        this.policy = HeadBuffer.ascii("RateLimit-Policy: " + quoted + ";q=" + quota + ";w=" + seconds + "\r\n");
    }

    /** RFC 9651 section 3.3.3: visible ASCII and spaces, of which quotation marks and backslashes are escaped. */
    private static String quoted(String name) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < name.length(); i++) {
            char next = name.charAt(i);
            if (next == '"' || next == '\\') {
                quoted.append('\\');
            }
            quoted.append(next >= ' ' && next <= '~' ? next : '?');
        }
        return quoted.append('"').toString();
    }

    /**
     * Writes both lines of the limit.
     *
     * @param remaining of {@link RateLimiter#remaining}
     * @param resetNs of {@link RateLimiter#resetNs}
     */
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
