package dev.parley.wire.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The field names that a proxy cares for, as small numbers, so that a name is compared once, when it is parsed.
 *
 * <p>A lookup packs the name's first, middle and last bytes into longs in lower case, which together cover every byte of
 * a name of up to 32, and finds them in a small open-addressed table. A byte is made lower case by copying its bit 0x40
 * to bit 0x20, never by just setting the latter, which would make a hyphen of a CR.
 */
public final class FieldId {
    public static final int OTHER = 0;
    public static final int HOST = 1;
    public static final int CONTENT_LENGTH = 2;
    public static final int TRANSFER_ENCODING = 3;
    public static final int CONNECTION = 4;
    public static final int KEEP_ALIVE = 5;
    public static final int PROXY_CONNECTION = 6;
    public static final int TE = 7;
    public static final int TRAILER = 8;
    public static final int UPGRADE = 9;
    public static final int HTTP2_SETTINGS = 10;
    public static final int EXPECT = 11;
    public static final int VIA = 12;
    public static final int FORWARDED = 13;
    public static final int X_FORWARDED_FOR = 14;
    public static final int X_FORWARDED_PROTO = 15;
    public static final int X_FORWARDED_HOST = 16;
    public static final int X_FORWARDED_PORT = 17;
    public static final int X_REQUEST_ID = 18;
    public static final int COOKIE = 19;
    public static final int SET_COOKIE = 20;
    public static final int AUTHORIZATION = 21;
    public static final int PROXY_AUTHORIZATION = 22;
    public static final int PROXY_AUTHENTICATE = 23;
    public static final int WWW_AUTHENTICATE = 24;
    public static final int CONTENT_TYPE = 25;
    public static final int CONTENT_ENCODING = 26;
    public static final int CONTENT_RANGE = 27;
    public static final int MAX_FORWARDS = 28;
    public static final int CACHE_CONTROL = 29;
    public static final int RANGE = 30;
    public static final int IF_MATCH = 31;
    public static final int IF_NONE_MATCH = 32;
    public static final int IF_MODIFIED_SINCE = 33;
    public static final int IF_UNMODIFIED_SINCE = 34;
    public static final int IF_RANGE = 35;
    public static final int RETRY_AFTER = 36;
    public static final int LOCATION = 37;
    public static final int DATE = 38;
    public static final int AGE = 39;
    public static final int EXPIRES = 40;
    public static final int VARY = 41;
    public static final int SERVER = 42;
    public static final int ETAG = 43;
    public static final int LAST_MODIFIED = 44;
    public static final int USER_AGENT = 45;
    public static final int ACCEPT = 46;
    public static final int ACCEPT_ENCODING = 47;
    public static final int ACCEPT_LANGUAGE = 48;
    public static final int ORIGIN = 49;
    public static final int REFERER = 50;
    public static final int TRACEPARENT = 51;
    public static final int TRACESTATE = 52;
    public static final int BAGGAGE = 53;
    public static final int GRPC_TIMEOUT = 54;
    public static final int X_REAL_IP = 55;
    public static final int IDEMPOTENCY_KEY = 56;
    public static final int PARLEY_BUDGET_MS = 57;
    public static final int X_ENVOY_EXPECTED_RQ_TIMEOUT_MS = 58;
    public static final int X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS = 59;

    /** How many identifiers there are. At most 64, so that a set of them is a long. */
    public static final int COUNT = 60;

    /** In the order of the constants. */
    private static final String[] NAMES = {
        "",
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "http2-settings",
        "expect",
        "via",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-request-id",
        "cookie",
        "set-cookie",
        "authorization",
        "proxy-authorization",
        "proxy-authenticate",
        "www-authenticate",
        "content-type",
        "content-encoding",
        "content-range",
        "max-forwards",
        "cache-control",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "if-range",
        "retry-after",
        "location",
        "date",
        "age",
        "expires",
        "vary",
        "server",
        "etag",
        "last-modified",
        "user-agent",
        "accept",
        "accept-encoding",
        "accept-language",
        "origin",
        "referer",
        "traceparent",
        "tracestate",
        "baggage",
        "grpc-timeout",
        "x-real-ip",
        "idempotency-key",
        "parley-budget-ms",
        "x-envoy-expected-rq-timeout-ms",
        "x-envoy-upstream-rq-timeout-ms",
    };

    /**
     * Fields that speak of one connection, not of the message (RFC 9110, section 7.6.1). Transfer-Encoding is among them
     * because whoever forwards the body writes its framing anew.
     */
    static final long HOP_BY_HOP =
            set(CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TE, UPGRADE, HTTP2_SETTINGS, TRANSFER_ENCODING);

    /**
     * Fields that frame, route, authenticate, condition or describe a message, which would be too late or dangerous
     * once its body has passed (RFC 9110, section 6.5.1).
     */
    private static final long NOT_IN_TRAILERS = HOP_BY_HOP
            | set(HOST, CONTENT_LENGTH, TRAILER, EXPECT, VIA, FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO)
            | set(X_FORWARDED_HOST, X_FORWARDED_PORT, X_REQUEST_ID, X_REAL_IP, COOKIE, SET_COOKIE, AUTHORIZATION)
            | set(PROXY_AUTHORIZATION, PROXY_AUTHENTICATE, WWW_AUTHENTICATE, CONTENT_TYPE, CONTENT_ENCODING)
            | set(CONTENT_RANGE, MAX_FORWARDS, CACHE_CONTROL, RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE)
            | set(IF_UNMODIFIED_SINCE, IF_RANGE, RETRY_AFTER, LOCATION, DATE, AGE, EXPIRES, VARY, IDEMPOTENCY_KEY)
            | set(PARLEY_BUDGET_MS, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS);

    private static final int LONGEST = 32;
    private static final long LETTERS = 0x4040404040404040L;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int SLOTS = 256;
    private static final byte[] SLOT = new byte[SLOTS];
    private static final long[] HEAD = new long[COUNT];
    private static final long[] MIDDLE = new long[COUNT];
    private static final long[] LATE = new long[COUNT];
    private static final long[] TAIL = new long[COUNT];
    private static final byte[] LENGTH = new byte[COUNT];

    static {
        for (int id = 1; id < COUNT; id++) {
            byte[] name = NAMES[id].getBytes(StandardCharsets.US_ASCII);
            HEAD[id] = head(name, 0, name.length);
            MIDDLE[id] = middle(name, 0, name.length);
            LATE[id] = late(name, 0, name.length);
            TAIL[id] = tail(name, 0, name.length);
            LENGTH[id] = (byte) name.length;
            int slot = slot(HEAD[id], TAIL[id], name.length);
            while (SLOT[slot] != OTHER) {
                slot = (slot + 1) % SLOTS;
            }
            SLOT[slot] = (byte) id;
        }
    }

    private FieldId() {}

    /** The identifier of the token between two offsets, in any case of letters, or OTHER, as for bytes that are no token. */
    public static int of(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length < 2 || length > LONGEST) {
            return OTHER;
        }
        long head = head(bytes, from, length);
        long tail = tail(bytes, from, length);
        // At most a quarter of the slots is taken, so that the walk ends, mostly at once.
        for (int slot = slot(head, tail, length); ; slot = (slot + 1) % SLOTS) {
            int id = SLOT[slot];
            if (id == OTHER) {
                return OTHER;
            }
            if (HEAD[id] == head
                    && TAIL[id] == tail
                    && LENGTH[id] == length
                    && MIDDLE[id] == middle(bytes, from, length)
                    && LATE[id] == late(bytes, from, length)) {
                return id;
            }
        }
    }

    /** The name in lower case; empty for OTHER. */
    public static String name(int id) {
        return NAMES[id];
    }

    /** Whether a field of that name is refused after a body. */
    public static boolean forbiddenInTrailers(int id) {
        return (NOT_IN_TRAILERS >>> id & 1) != 0;
    }

    private static long set(int... ids) {
        long set = 0;
        for (int id : ids) {
            set |= 1L << id;
        }
        return set;
    }

    private static int slot(long head, long tail, int length) {
        long mixed = ((head ^ Long.rotateLeft(tail, 29)) + length) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 56);
    }

    private static long head(byte[] bytes, int from, int length) {
        if (length >= 8) {
            return lower((long) LONG.get(bytes, from));
        }
        if (length >= 4) {
            long first = (int) INT.get(bytes, from) & 0xFFFFFFFFL;
            long last = (int) INT.get(bytes, from + length - 4);
            return lower(first | (last << 32));
        }
        long first = bytes[from] & 0xFF;
        long second = bytes[from + (length >> 1)] & 0xFF;
        long last = bytes[from + length - 1] & 0xFF;
        return lower(first | (second << 8) | (last << 16));
    }

    private static long middle(byte[] bytes, int from, int length) {
        return length > 16 ? lower((long) LONG.get(bytes, from + 8)) : 0;
    }

    private static long late(byte[] bytes, int from, int length) {
        return length > 24 ? lower((long) LONG.get(bytes, from + 16)) : 0;
    }

    /** The last eight bytes, for a name that has them; a shorter one is in its head already. */
    private static long tail(byte[] bytes, int from, int length) {
        return length >= 8 ? lower((long) LONG.get(bytes, from + length - 8)) : 0;
    }

    /** Keeps letters apart from all else: only 0x41 to 0x5A become 0x61 to 0x7A. */
    private static long lower(long word) {
        return word | ((word & LETTERS) >>> 1);
    }
}
