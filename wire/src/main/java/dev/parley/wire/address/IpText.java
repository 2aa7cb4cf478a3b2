package dev.parley.wire.address;

/** Strict readers of IP addresses in ASCII: one accepted spelling of each number, no zones, no short IPv4. */
public final class IpText {
    /** Bytes of an IPv4 address. */
    public static final int V4 = 4;

    /** Bytes of an IPv6 address. */
    public static final int V6 = 16;

    private IpText() {}

    /**
     * Reads four decimal numbers without leading zeros, which some read as octal, into {@code into[at..at+4]}.
     *
     * @return whether it is an address; if not, {@code into} holds nothing of use
     */
    public static boolean readV4(byte[] text, int from, int to, byte[] into, int at) {
        int cursor = from;
        for (int i = 0; i < V4; i++) {
            int start = cursor;
            int number = 0;
            while (cursor < to && cursor - start < 3 && text[cursor] >= '0' && text[cursor] <= '9') {
                number = number * 10 + text[cursor++] - '0';
            }
            boolean spelt = cursor > start && number <= 255 && (cursor - start == 1 || text[start] != '0');
            boolean ended = i == V4 - 1 ? cursor == to : cursor < to && text[cursor] == '.';
            if (!spelt || !ended) {
                return false;
            }
            into[at + i] = (byte) number;
            cursor++;
        }
        return true;
    }

    /**
     * Reads an address as RFC 4291, section 2.2 spells it: eight groups of 1 to 4 hex digits, one run of zero groups
     * written "::", the last two groups optionally as IPv4.
     *
     * @param into at least 16 bytes
     * @return whether it is an address; if not, {@code into} holds nothing of use
     */
    public static boolean readV6(byte[] text, int from, int to, byte[] into) {
        int filled = 0;
        int gap = -1;
        int cursor = from;
        if (to - from >= 2 && text[from] == ':' && text[from + 1] == ':') {
            gap = 0;
            cursor += 2;
        }
        while (cursor < to && filled < V6) {
            int group = groupEnd(text, cursor, to);
            if (group < to && text[group] == '.') {
                if (filled > V6 - V4 || !readV4(text, cursor, to, into, filled)) {
                    return false;
                }
                filled += V4;
                cursor = to;
                break;
            }
            if (group == cursor) {
                return false;
            }
            int number = 0;
            for (; cursor < group; cursor++) {
                number = number << 4 | Character.digit(text[cursor], 16);
            }
            into[filled++] = (byte) (number >> 8);
            into[filled++] = (byte) number;
            if (cursor == to) {
                break;
            }
            if (text[cursor++] != ':' || cursor == to) {
                return false;
            }
            if (text[cursor] == ':') {
                if (gap >= 0) {
                    return false;
                }
                gap = filled;
                cursor++;
            }
        }
        return cursor == to && (gap < 0 ? filled == V6 : filled < V6 && spread(into, gap, filled));
    }

    /** The end of the up to four hex digits at the cursor. */
    private static int groupEnd(byte[] text, int from, int to) {
        int at = from;
        while (at < to && at - from < 4 && Character.digit(text[at], 16) >= 0) {
            at++;
        }
        return at;
    }

    /** Moves the groups behind the gap to the end, and zeroes between. */
    private static boolean spread(byte[] into, int gap, int filled) {
        int moved = filled - gap;
        System.arraycopy(into, gap, into, V6 - moved, moved);
        java.util.Arrays.fill(into, gap, V6 - moved, (byte) 0);
        return true;
    }
}
