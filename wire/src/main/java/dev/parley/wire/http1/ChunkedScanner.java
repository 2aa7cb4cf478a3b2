package dev.parley.wire.http1;

import java.nio.ByteBuffer;

/**
 * Walks over a body in the chunked coding (RFC 9112, section 7.1) and tells its data from its framing.
 *
 * <p>Nothing is copied or decoded: each call of {@link #next} moves the buffer's position over one event, and the caller
 * forwards or drops the bytes between the old position and the new. The walk can stop and go on at any byte.
 *
 * <p>Every byte of framing is checked by the state below. Whitespace around extensions is refused though old clients may
 * send it: servers differ in what they skip there. Extensions are bounded over the whole body, because a byte of data
 * with 250 of extension is a cheap way to keep a proxy busy.
 *
 * <p>One thread at a time.
 */
public final class ChunkedScanner {
    /** {@link #dataBytes()} bytes of the body. */
    public static final int DATA = 1;

    /** Bytes of framing: the ends and beginnings of chunks, or of the trailers. */
    public static final int FRAMING = 2;

    /** The last bytes of framing. What follows belongs to the next message; every further call answers END. */
    public static final int END = 3;

    /** The buffer is empty and the body is not at its end. */
    public static final int NEED_MORE = 0;

    /** The body is malformed, whatever may follow. The buffer's position means nothing; every further call answers so. */
    public static final int REFUSED = -1;

    private static final int MAX_SIZE_DIGITS = 16;
    private static final int MAX_LINE_BYTES = 256;
    private static final int MAX_EXTENSION_BYTES = 16 * 1024;

    private enum State {
        SIZE_START,
        SIZE,
        EXTENSION_START,
        EXTENSION_NAME,
        EXTENSION_VALUE_START,
        EXTENSION_VALUE,
        QUOTED,
        QUOTED_PAIR,
        QUOTED_END,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        ENDED,
        REFUSED
    }

    private final TrailerScanner trailers = new TrailerScanner();

    private State state = State.SIZE_START;
    private long size;
    private int digits;
    private int lineBytes;
    private int extensionBytes;
    private int dataBytes;
    private Refusal refusal = Refusal.CHUNK_SIZE;

    /** Makes ready for the first byte of another body. */
    public void reset() {
        state = State.SIZE_START;
        extensionBytes = 0;
        startSize();
        trailers.reset();
    }

    /** Bytes of data that the last DATA event passed over: at least one. */
    public int dataBytes() {
        return dataBytes;
    }

    /** Why REFUSED was answered, as a fault of a request; see {@link Refusal#ofResponse()}. */
    public Refusal refusal() {
        return refusal;
    }

    /** Whether what follows are the trailers, up to the empty line that ends them: the next event is all of theirs. */
    public boolean inTrailers() {
        return state == State.TRAILERS;
    }

    /** Moves the position over one event, which ends where the buffer or the kind of bytes does. */
    public int next(ByteBuffer in) {
        return switch (state) {
            case ENDED -> END;
            case REFUSED -> REFUSED;
            case DATA -> passData(in);
            default -> in.hasRemaining() ? passFraming(in) : NEED_MORE;
        };
    }

    private int passData(ByteBuffer in) {
        dataBytes = (int) Math.min(size, in.remaining());
        if (dataBytes == 0) {
            return NEED_MORE;
        }
        in.position(in.position() + dataBytes);
        size -= dataBytes;
        if (size == 0) {
            state = State.DATA_CR;
        }
        return DATA;
    }

    private int passFraming(ByteBuffer in) {
        int at = in.position();
        int limit = in.limit();
        while (at < limit) {
            boolean was = state == State.TRAILERS;
            state = was ? afterTrailer(in.get(at)) : after(in.get(at));
            at++;
            if (state == State.DATA
                    || state == State.ENDED
                    || state == State.REFUSED
                    || (state == State.TRAILERS && !was)) {
                break;
            }
        }
        in.position(at);
        return switch (state) {
            case ENDED -> END;
            case REFUSED -> REFUSED;
            default -> FRAMING;
        };
    }

    /** All transitions but those of the data and the trailers. */
    private State after(byte b) {
        return switch (state) {
            case SIZE_START, SIZE -> afterSize(b);
            case EXTENSION_START ->
                Octets.token(b) ? inExtension(State.EXTENSION_NAME) : refuse(Refusal.CHUNK_EXTENSION);
            case EXTENSION_NAME -> {
                if (b == '=') {
                    yield inExtension(State.EXTENSION_VALUE_START);
                }
                yield Octets.token(b) ? inExtension(State.EXTENSION_NAME) : extensionEnd(b);
            }
            case EXTENSION_VALUE_START -> {
                if (b == '"') {
                    yield inExtension(State.QUOTED);
                }
                yield Octets.token(b) ? inExtension(State.EXTENSION_VALUE) : refuse(Refusal.CHUNK_EXTENSION);
            }
            case EXTENSION_VALUE -> Octets.token(b) ? inExtension(State.EXTENSION_VALUE) : extensionEnd(b);
            case QUOTED -> {
                if (b == '"') {
                    yield inExtension(State.QUOTED_END);
                }
                if (b == '\\') {
                    yield inExtension(State.QUOTED_PAIR);
                }
                yield Octets.text(b) ? inExtension(State.QUOTED) : refuse(Refusal.CHUNK_EXTENSION);
            }
            case QUOTED_PAIR -> Octets.text(b) ? inExtension(State.QUOTED) : refuse(Refusal.CHUNK_EXTENSION);
            case QUOTED_END -> extensionEnd(b);
            case SIZE_LF -> {
                if (b != Octets.LF) {
                    yield refuse(Refusal.CHUNK_LINE_END);
                }
                yield size == 0 ? State.TRAILERS : State.DATA;
            }
            case DATA_CR -> b == Octets.CR ? State.DATA_LF : refuse(Refusal.CHUNK_LINE_END);
            case DATA_LF -> {
                startSize();
                yield b == Octets.LF ? State.SIZE_START : refuse(Refusal.CHUNK_LINE_END);
            }
            case DATA, TRAILERS, ENDED, REFUSED -> throw new IllegalStateException("No framing is read in " + state);
        };
    }

    private State afterSize(byte b) {
        int digit = Octets.hex(b);
        if (digit >= 0) {
            boolean fits = digits < MAX_SIZE_DIGITS && size <= Long.MAX_VALUE >> 4;
            size = size << 4 | digit;
            digits++;
            lineBytes++;
            return fits ? State.SIZE : refuse(Refusal.CHUNK_SIZE);
        }
        if (digits == 0) {
            return refuse(Refusal.CHUNK_SIZE);
        }
        return switch (b) {
            case Octets.CR -> State.SIZE_LF;
            case ';' -> inExtension(State.EXTENSION_START);
            case Octets.LF -> refuse(Refusal.CHUNK_LINE_END);
            default -> refuse(Refusal.CHUNK_SIZE);
        };
    }

    private State extensionEnd(byte b) {
        return switch (b) {
            case Octets.CR -> State.SIZE_LF;
            case ';' -> inExtension(State.EXTENSION_START);
            case Octets.LF -> refuse(Refusal.CHUNK_LINE_END);
            default -> refuse(Refusal.CHUNK_EXTENSION);
        };
    }

    /** Counts one more byte of extension. */
    private State inExtension(State next) {
        if (++lineBytes > MAX_LINE_BYTES) {
            return refuse(Refusal.CHUNK_LINE_TOO_LONG);
        }
        return ++extensionBytes > MAX_EXTENSION_BYTES ? refuse(Refusal.CHUNK_EXTENSIONS_TOO_LARGE) : next;
    }

    private State afterTrailer(byte b) {
        int result = trailers.next(b);
        if (result == REFUSED) {
            return refuse(trailers.refusal());
        }
        return result == END ? State.ENDED : State.TRAILERS;
    }

    private void startSize() {
        size = 0;
        digits = 0;
        lineBytes = 0;
    }

    private State refuse(Refusal why) {
        refusal = why;
        return State.REFUSED;
    }
}
