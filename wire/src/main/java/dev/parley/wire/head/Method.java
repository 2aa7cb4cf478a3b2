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

    /** Whether doing it twice is meant to have the effect of doing it once (RFC 9110, section 9.2.2). OTHER is not. */
    public static boolean idempotent(int method) {
        return (IDEMPOTENT >>> method & 1) != 0;
    }
}
