package dev.parley.wire.head;

/** Request methods as small numbers (RFC 9110, section 9, and RFC 5789). Methods are case-sensitive: {@code get} is OTHER. */
public final class Method {
    /** Any method without a number of its own: read its name from the bytes. */
    public static final int OTHER = 0;

    public static final int GET = 1;
    public static final int HEAD = 2;
    public static final int POST = 3;
    public static final int PUT = 4;
    public static final int DELETE = 5;
    public static final int OPTIONS = 6;
    public static final int TRACE = 7;
    public static final int PATCH = 8;
    public static final int CONNECT = 9;

    private static final int IDEMPOTENT = 1 << GET | 1 << HEAD | 1 << PUT | 1 << DELETE | 1 << OPTIONS | 1 << TRACE;

    private Method() {}

    /** The number of a method of at most eight bytes, by its bytes, the last one lowest. */
    public static int of(long packed) {
        if (packed == 0x474554L) {
            return GET;
        }
        if (packed == 0x504F5354L) {
            return POST;
        }
        if (packed == 0x505554L) {
            return PUT;
        }
        if (packed == 0x48454144L) {
            return HEAD;
        }
        if (packed == 0x44454C455445L) {
            return DELETE;
        }
        if (packed == 0x5041544348L) {
            return PATCH;
        }
        if (packed == 0x4F5054494F4E53L) {
            return OPTIONS;
        }
        if (packed == 0x5452414345L) {
            return TRACE;
        }
        return packed == 0x434F4E4E454354L ? CONNECT : OTHER;
    }

    /** Whether doing it twice is meant to have the effect of doing it once (RFC 9110, section 9.2.2). OTHER is not. */
    public static boolean idempotent(int method) {
        return (IDEMPOTENT >>> method & 1) != 0;
    }
}
