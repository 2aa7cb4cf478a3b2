package dev.parley.proxy.exchange;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** When an endpoint wants to be asked again: Retry-After, in seconds or as a date (RFC 9110 section 10.2.3). */
final class RetryAfter {
    private static final long NS_PER_S = 1_000_000_000L;
    private static final int MOST_DIGITS = 9;
    private static final int MOST_DATE = 64;

    private RetryAfter() {}

    /**
     * In nanoseconds from now; 0 where there is none, or none that can be read.
     *
     * @param nowMs wall-clock time in milliseconds since 1970, for dates
     */
    static long of(FieldBlock fields, long nowMs) {
        int field = fields.find(FieldId.RETRY_AFTER);
        if (field < 0) {
            return 0;
        }
        byte[] bytes = fields.bytes();
        int from = fields.valueFrom(field);
        int to = fields.valueTo(field);
        if (to - from <= MOST_DIGITS) {
            return seconds(bytes, from, to) * NS_PER_S;
        }
        return to - from > MOST_DATE ? 0 : date(new String(bytes, from, to - from, StandardCharsets.US_ASCII), nowMs);
    }

    private static long seconds(byte[] bytes, int from, int to) {
        long amount = 0;
        for (int at = from; at < to; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            amount = amount * 10 + digit;
        }
        return amount;
    }

    private static long date(String text, long nowMs) {
        try {
            long at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli();
            long aheadMs = Math.min(
                    Math.max(0, at - nowMs), ChronoUnit.DAYS.getDuration().toMillis());
            return aheadMs * 1_000_000L;
        } catch (DateTimeException unreadable) {
            return 0;
        }
    }
}
