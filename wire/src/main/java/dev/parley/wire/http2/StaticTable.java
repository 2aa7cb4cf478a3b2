package dev.parley.wire.http2;

import dev.parley.wire.head.FieldId;
import java.util.Arrays;

/** The static table of RFC 7541, appendix A, as the lines that its entries become in a head. */
final class StaticTable {
    static final int LAST = 61;

    static final int AUTHORITY = 1;
    static final int GET = 2;
    static final int POST = 3;
    static final int ROOT = 4;
    static final int HTTP = 6;
    static final int HTTPS = 7;
    static final int STATUS_200 = 8;
    static final int GZIP_DEFLATE = 16;

    private static final String[] NAMES_AND_VALUES = {
        ":authority",
        "",
        ":method",
        "GET",
        ":method",
        "POST",
        ":path",
        "/",
        ":path",
        "/index.html", //
        ":scheme",
        "http",
        ":scheme",
        "https",
        ":status",
        "200",
        ":status",
        "204",
        ":status",
        "206", //
        ":status",
        "304",
        ":status",
        "400",
        ":status",
        "404",
        ":status",
        "500",
        "accept-charset",
        "", //
        "accept-encoding",
        "gzip, deflate",
        "accept-language",
        "",
        "accept-ranges",
        "",
        "accept",
        "", //
        "access-control-allow-origin",
        "",
        "age",
        "",
        "allow",
        "",
        "authorization",
        "",
        "cache-control",
        "", //
        "content-disposition",
        "",
        "content-encoding",
        "",
        "content-language",
        "",
        "content-length",
        "", //
        "content-location",
        "",
        "content-range",
        "",
        "content-type",
        "",
        "cookie",
        "",
        "date",
        "",
        "etag",
        "", //
        "expect",
        "",
        "expires",
        "",
        "from",
        "",
        "host",
        "",
        "if-match",
        "",
        "if-modified-since",
        "", //
        "if-none-match",
        "",
        "if-range",
        "",
        "if-unmodified-since",
        "",
        "last-modified",
        "",
        "link",
        "", //
        "location",
        "",
        "max-forwards",
        "",
        "proxy-authenticate",
        "",
        "proxy-authorization",
        "",
        "range",
        "", //
        "referer",
        "",
        "refresh",
        "",
        "retry-after",
        "",
        "server",
        "",
        "set-cookie",
        "", //
        "strict-transport-security",
        "",
        "transfer-encoding",
        "",
        "user-agent",
        "",
        "vary",
        "",
        "via",
        "", //
        "www-authenticate",
        ""
    };

    /** The lines end to end, and what copying them may read beyond. */
    static final byte[] LINES;

    /** What {@link Entry} packs of each, by its index; the first is not used. */
    static final long[] ENTRIES = new long[LAST + 1];

    /** The first entry of a name, by the field's number in {@link Entry}; 0 for those that have none, and for OTHER. */
    private static final byte[] BY_ID = new byte[Entry.UNKNOWN_PSEUDO + 1];

    static {
        HeaderBlock lines = new HeaderBlock();
        for (int index = LAST; index > 0; index--) {
            byte[] name = Entry.ascii(NAMES_AND_VALUES[2 * index - 2]);
            String value = NAMES_AND_VALUES[2 * index - 1];
            int id = Entry.idOf(name, 0, name.length);
            ENTRIES[index] = Entry.pack(lines.length(), name.length, value.length(), id, Entry.SOUND);
            byte[] line = Entry.ascii("%s: %s\r\n".formatted(NAMES_AND_VALUES[2 * index - 2], value));
            lines.append(line, 0, line.length);
            if (id != FieldId.OTHER) {
                BY_ID[id] = (byte) index;
            }
        }
        LINES = Arrays.copyOf(lines.bytes(), lines.length() + Words.SLACK);
    }

    private StaticTable() {}

    /** The index of the first entry of that name, or 0. */
    static int indexOf(int id) {
        return BY_ID[id];
    }
}
