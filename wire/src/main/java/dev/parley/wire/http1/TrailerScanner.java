package dev.parley.wire.http1;

import dev.parley.wire.head.FieldId;

/**
 * Checks the trailers behind a chunked body byte by byte, up to the empty line (RFC 9112, section 7.1.2).
 *
 * <p>Fields that frame, route, authenticate or describe the message are refused (RFC 9110, section 6.5.1): a server that
 * merges trailers into the head would let them overrule what was decided from the head.
 */
final class TrailerScanner {
    /** Longer than any name that is forbidden. */
    private static final int KEPT_NAME_BYTES = 32;

    private enum State {
        LINE_START,
        NAME,
        VALUE,
        LINE_LF,
        LAST_LF
    }

    private final byte[] name = new byte[KEPT_NAME_BYTES];

    private State state = State.LINE_START;
    private int nameBytes;
    private int bytes;
    private int fields;
    private Refusal refusal = Refusal.TRAILER_FIELD;

    void reset() {
        state = State.LINE_START;
        bytes = 0;
        fields = 0;
    }

    Refusal refusal() {
        return refusal;
    }

    /** Takes one byte: END behind the empty line, REFUSED, or FRAMING while there is more to come. */
    int next(byte b) {
        if (++bytes > HeadLimits.TRAILERS.headBytes()) {
            return refuse(Refusal.TRAILERS_TOO_LARGE);
        }
        return switch (state) {
            case LINE_START -> {
                nameBytes = 0;
                yield b == Octets.CR ? enter(State.LAST_LF) : startField(b);
            }
            case NAME -> {
                if (Octets.token(b)) {
                    yield keep(b);
                }
                if (b != ':') {
                    yield refuseEnd(b);
                }
                yield forbidden() ? refuse(Refusal.TRAILER_FORBIDDEN) : enter(State.VALUE);
            }
            case VALUE -> {
                if (b == Octets.CR) {
                    yield enter(State.LINE_LF);
                }
                yield Octets.text(b) ? ChunkedScanner.FRAMING : refuseEnd(b);
            }
            case LINE_LF -> b == Octets.LF ? enter(State.LINE_START) : refuse(Refusal.CHUNK_LINE_END);
            case LAST_LF -> b == Octets.LF ? ChunkedScanner.END : refuse(Refusal.CHUNK_LINE_END);
        };
    }

    private int startField(byte b) {
        if (++fields > HeadLimits.TRAILERS.fields()) {
            return refuse(Refusal.TRAILERS_TOO_LARGE);
        }
        return Octets.token(b) ? keep(b) : refuseEnd(b);
    }

    private int keep(byte b) {
        if (nameBytes < KEPT_NAME_BYTES) {
            name[nameBytes++] = b;
        }
        return enter(State.NAME);
    }

    private boolean forbidden() {
        return FieldId.forbiddenInTrailers(FieldId.of(name, 0, nameBytes));
    }

    private int enter(State next) {
        state = next;
        return ChunkedScanner.FRAMING;
    }

    private int refuseEnd(byte b) {
        return refuse(b == Octets.LF ? Refusal.CHUNK_LINE_END : Refusal.TRAILER_FIELD);
    }

    private int refuse(Refusal why) {
        refusal = why;
        return ChunkedScanner.REFUSED;
    }
}
