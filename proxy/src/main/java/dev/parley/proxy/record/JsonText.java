package dev.parley.proxy.record;

/**
 * Writes bytes that nobody vouches for as the inside of a JSON string (RFC 8259 section 7). What is valid UTF-8 stays as
 * it is; quotes, backslashes, control characters and bytes that are no UTF-8 become escapes, so that no client can end a
 * line, forge a field or steer the terminal of who reads the log. A byte that is no UTF-8 is shown as the code point of
 * the same number.
 */
final class JsonText {
    /** The longest that one byte becomes: {@code \u001b}. */
    static final int MOST_PER_BYTE = 6;

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private JsonText() {}

    /** Appends bytes {@code from} up to {@code end}, and answers where what was written ends. */
    static int escape(byte[] text, int from, int end, byte[] to, int at) {
        int out = at;
        int in = from;
        while (in < end) {
            byte b = text[in];
            if (b >= ' ' && b != '"' && b != '\\' && b != 0x7f) {
                to[out++] = b;
                in++;
                continue;
            }
            int length = b < 0 ? sequenceLength(text, in, end) : 0;
            if (length == 0) {
                out = escapeByte(b, to, out);
                in++;
                continue;
            }
            for (int stop = in + length; in < stop; in++) {
                to[out++] = text[in];
            }
        }
        return out;
    }

    private static int escapeByte(byte b, byte[] to, int at) {
        to[at] = '\\';
        if (b == '"' || b == '\\') {
            to[at + 1] = b;
            return at + 2;
        }
        to[at + 1] = 'u';
        to[at + 2] = '0';
        to[at + 3] = '0';
        to[at + 4] = HEX[b >> 4 & 0xf];
        to[at + 5] = HEX[b & 0xf];
        return at + 6;
    }

    /**
     * The length of the UTF-8 sequence that begins here, 0 where none does (RFC 3629 section 4: neither overlong forms nor
     * surrogates). The control characters U+0080 to U+009F are answered 0 too: terminals obey them.
     */
    private static int sequenceLength(byte[] text, int at, int end) {
        int lead = text[at] & 0xff;
        int length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > end) {
            return 0;
        }
        int second = text[at + 1] & 0xff;
        int least = lead == 0xc2 || lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            return 0;
        }
        for (int follows = at + 2; follows < at + length; follows++) {
            if ((text[follows] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    /** Appends a number as 16 hexadecimal digits. */
    static int hex(long number, byte[] to, int at) {
        for (int digit = 0; digit < 16; digit++) {
            to[at + digit] = HEX[(int) (number >>> (60 - 4 * digit)) & 0xf];
        }
        return at + 16;
    }
}
