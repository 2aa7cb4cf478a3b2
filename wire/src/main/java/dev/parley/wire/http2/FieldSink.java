package dev.parley.wire.http2;

/** Takes the fields of a block as they are decoded. */
interface FieldSink {
    /**
     * Takes one field, whose line lies at the end of what has been written of the block's bytes: name, colon, space,
     * value, CRLF. Who keeps it moves that end behind it, else the next field takes its place.
     *
     * @param id a number of {@link Entry}
     * @param fault what {@link Entry} says is wrong with the bytes of its name or value
     * @param neverIndexed whether it must not be put into a table when it is sent on (RFC 7541, section 6.2.3)
     * @return false to stop decoding, after which the table can no longer be used
     */
    boolean field(int id, int fault, boolean neverIndexed, int from, int nameTo, int valueTo);
}
