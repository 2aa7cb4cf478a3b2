package dev.parley.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One connection's cryptography: records in, bytes out, and the other way round. Knows no socket. Belongs to one event loop;
 * {@link #free} ends it, and nothing may be called after that.
 */
abstract class TlsSession {
    /** Takes the plaintext that was decrypted. */
    interface Sink {
        /** Takes ownership. */
        void decrypted(ByteBuf plain);
    }

    /**
     * Goes on with the handshake, over what came from the peer so far. What it does not need is left in {@code in}.
     *
     * @return whether it is done
     * @throws TlsFailure with an alert for the peer in {@link #pollOutput}
     */
    abstract boolean handshake(ByteBufAllocator alloc, ByteBuf in) throws TlsFailure;

    /** Records of the handshake, or an alert, to be sent; null when there are none left. */
    abstract @Nullable ByteBuf pollOutput();

    /** What this side says after the handshake and nobody waits for: a server's tickets. Null where it is nothing. */
    abstract @Nullable ByteBuf afterHandshake(ByteBufAllocator alloc);

    /** What the handshake agreed on; once it is done. */
    abstract TlsFacts facts();

    /**
     * Decrypts all that came; {@code in} is empty afterwards, unless the peer has ended its side.
     *
     * @throws TlsFailure where the peer broke the protocol; what came before has gone to the sink
     */
    abstract void decrypt(ByteBufAllocator alloc, ByteBuf in, Sink to) throws TlsFailure;

    /** Whether the peer has ended its side with a close_notify. */
    abstract boolean inputEnded();

    /** Encrypts bytes in their order, into one buffer. The bytes are left as they are. */
    abstract ByteBuf encrypt(ByteBufAllocator alloc, PlainQueue plain) throws TlsFailure;

    /** Ends this side: the close_notify record. To be called once; nothing can be encrypted after. */
    abstract ByteBuf close(ByteBufAllocator alloc);

    /** Lets go of everything outside the heap. May be called again. */
    abstract void free();
}
