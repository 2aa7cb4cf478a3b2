package dev.parley.telemetry.metrics;

/**
 * The class of an HTTP status (RFC 9110 section 15) as the number that metric cells are addressed by: 1 to 5 for 1xx to
 * 5xx, and 0 where there was no whole answer because the client or the endpoint went away.
 */
public final class StatusClass {
    public static final int NONE = 0;
    public static final int SUCCESS = 2;
    public static final int SERVER_ERROR = 5;

    public static final int COUNT = 6;
    private static final String[] NAMES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

    private StatusClass() {}

    /** The class of a status; {@link #NONE} for 0 and for what is no status. */
    public static int of(int status) {
        int digit = status / 100;
        return digit >= 1 && digit <= 5 ? digit : NONE;
    }

    static String label(int statusClass) {
        return NAMES[statusClass];
    }
}
