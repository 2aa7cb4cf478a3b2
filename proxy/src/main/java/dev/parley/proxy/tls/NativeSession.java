package dev.parley.proxy.tls;

import dev.parley.proxy.record.Label;
import dev.parley.telemetry.metrics.HandshakeResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import java.security.cert.CertificateException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A connection of BoringSSL: it reads records straight from the buffers that the socket filled, and writes them straight into
 * the one that the socket is given. One call encrypts what a turn wrote, in records as full as they can be.
 */
final class NativeSession extends TlsSession {
    private static final int RECORD = 16 * 1024;
    /** Header, tag, type or explicit nonce: 22 bytes in TLS 1.3, 29 in TLS 1.2. */
    private static final int RECORD_OVERHEAD = 32;
    /** What BoringSSL itself may want to say with a record of ours: an alert, a key update. */
    private static final int OWN_BYTES = 256;
    /** Smaller writes are copied together into one record; larger ones are encrypted where they lie. */
    private static final int WORTH_ITS_OWN = 4096;

    private static final int HANDSHAKE_BYTES = 4096;
    /** Two tickets of TLS 1.3 without a client's certificate. */
    private static final int TICKET_BYTES = 1024;
    /** Two of them with as long a chain as BoringSSL takes (SSL_CTX_set_max_cert_list, 100 KiB). */
    private static final int MOST_TICKET_BYTES = 256 * 1024;

    private final NativeContext context;
    private final TlsContext.Peering peering;
    private final ArrayDeque<ByteBuf> output = new ArrayDeque<>(2);
    private final long bio;
    private long address;
    private @Nullable TlsFailure refused;
    private boolean inputEnded;
    private boolean begun;

    NativeSession(NativeContext context, long contextAddress, TlsContext.Peering peering) {
        this.context = context;
        this.peering = peering;
        address = SSL.newSSL(contextAddress, context.server);
        bio = SSL.bioNewByteBuffer(address, OWN_BYTES);
        if (!context.server && !peering.serverName().isEmpty() && !CertificateNames.isAddress(peering.serverName())) {
            SSL.setTlsExtHostName(address, peering.serverName());
        }
    }

    long address() {
        return address;
    }

    String serverName() {
        return peering.serverName();
    }

    String resumeKey() {
        return peering.resumeKey();
    }

    /** The peer's certificate is not accepted; the handshake is about to fail for it. */
    void refused(TlsFailure why) {
        refused = why;
    }

    // ---- the handshake ----

    @Override
    boolean handshake(ByteBufAllocator alloc, ByteBuf in) throws TlsFailure {
        if (!begun && !context.server) {
            begun = true;
            if (settle(alloc, SSL.SSL_ERROR_WANT_WRITE)) {
                return true;
            }
        }
        boolean progress = true;
        while (in.isReadable() && progress) {
            boolean copied = !in.hasMemoryAddress();
            ByteBuf source = copied ? direct(alloc, in) : in;
            int readable = source.readableBytes();
            SSL.bioSetByteBuffer(bio, source.memoryAddress() + source.readerIndex(), readable, false);
            int done = SSL.doHandshake(address);
            int error = done > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(address, done);
            int consumed = readable - SSL.bioLengthByteBuffer(bio);
            SSL.bioClearByteBuffer(bio);
            in.skipBytes(consumed);
            if (copied) {
                source.release();
            }
            if (settle(alloc, error)) {
                return true;
            }
            progress = consumed > 0;
        }
        return false;
    }

    /** Gathers what BoringSSL has to say, going on with the handshake as long as only room for that is missing. */
    private boolean settle(ByteBufAllocator alloc, int before) throws TlsFailure {
        int error = before;
        while (error == SSL.SSL_ERROR_WANT_WRITE || SSL.bioLengthNonApplication(bio) > 0) {
            ByteBuf out = alloc.directBuffer(HANDSHAKE_BYTES, HANDSHAKE_BYTES);
            SSL.bioSetByteBuffer(bio, out.memoryAddress(), HANDSHAKE_BYTES, true);
            SSL.bioFlushByteBuffer(bio);
            if (error == SSL.SSL_ERROR_WANT_WRITE) {
                int done = SSL.doHandshake(address);
                error = done > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(address, done);
            }
            out.writerIndex(HANDSHAKE_BYTES - SSL.bioLengthByteBuffer(bio));
            SSL.bioClearByteBuffer(bio);
            if (out.isReadable()) {
                output.addLast(out);
            } else {
                out.release();
            }
        }
        if (error == SSL.SSL_ERROR_NONE) {
            return true;
        }
        if (error == SSL.SSL_ERROR_WANT_READ) {
            return false;
        }
        throw failure(error);
    }

    private TlsFailure failure(int error) {
        int number = SSL.getLastErrorNumber();
        SSL.clearError();
        if (refused != null) {
            return refused;
        }
        if (error == SSL.SSL_ERROR_ZERO_RETURN) {
            return new TlsFailure(HandshakeResult.CLOSED, "the peer ended the connection in the handshake");
        }
        return NativeErrors.failure(number == 0 ? "" : SSL.getErrorString(number));
    }

    @Override
    @Nullable
    ByteBuf pollOutput() {
        return output.pollFirst();
    }

    /** BoringSSL keeps a server's tickets for its first write; they are wanted before that, lest they are in an alert's way. */
    @Override
    @Nullable
    ByteBuf afterHandshake(ByteBufAllocator alloc) {
        if (!context.server) {
            return null;
        }
        ByteBuf out = alloc.directBuffer(TICKET_BYTES, MOST_TICKET_BYTES);
        int written = -1;
        while (written < 0) {
            SSL.bioSetByteBuffer(bio, out.memoryAddress() + out.writerIndex(), out.writableBytes(), true);
            // Nothing is written but what waits.
            written = SSL.writeToSSL(address, out.memoryAddress(), 0);
            int error = written < 0 ? SSL.getError(address, written) : SSL.SSL_ERROR_NONE;
            out.writerIndex(out.capacity() - SSL.bioLengthByteBuffer(bio));
            SSL.bioClearByteBuffer(bio);
            if (error != SSL.SSL_ERROR_NONE && (error != SSL.SSL_ERROR_WANT_WRITE || !grow(out))) {
                written = 0;
            }
        }
        SSL.clearError();
        if (out.isReadable()) {
            return out;
        }
        out.release();
        return null;
    }

    /** Tickets hold a client's certificates, and so may be large. */
    private static boolean grow(ByteBuf out) {
        boolean mayGrow = out.capacity() < MOST_TICKET_BYTES;
        out.capacity(Math.min(MOST_TICKET_BYTES, out.capacity() * 4));
        return mayGrow;
    }

    @Override
    TlsFacts facts() {
        String protocol = SSL.getAlpnSelected(address);
        return new TlsFacts(
                TlsFacts.version(SSL.getVersion(address)),
                SSL.getCipherForSSL(address).intern(),
                protocol == null ? "" : protocol.intern(),
                SSL.isSessionReused(address),
                serverName().isEmpty() ? null : Label.of(serverName()),
                peer());
    }

    private TlsFacts.@Nullable Peer peer() {
        if (!context.server || !context.verifies()) {
            return null;
        }
        byte[] der = SSL.getPeerCertificate(address);
        try {
            return der == null ? null : TlsFacts.Peer.of(NativeContext.parse(der));
        } catch (CertificateException verifiedBefore) {
            throw new IllegalStateException("A certificate that was accepted can be read.", verifiedBefore);
        }
    }

    // ---- the bytes ----

    @Override
    void decrypt(ByteBufAllocator alloc, ByteBuf in, Sink to) throws TlsFailure {
        if (!in.isReadable()) {
            return;
        }
        boolean copied = !in.hasMemoryAddress();
        ByteBuf source = copied ? direct(alloc, in) : in;
        try {
            read(alloc, source, to);
        } finally {
            if (copied) {
                source.release();
                in.skipBytes(in.readableBytes());
            }
        }
    }

    private void read(ByteBufAllocator alloc, ByteBuf source, Sink to) throws TlsFailure {
        int room = Math.max(source.readableBytes(), OWN_BYTES);
        boolean more = true;
        while (more) {
            // Part of a record may be held from before, so that more can come out than went in.
            ByteBuf plain = alloc.directBuffer(room, room);
            int readable = source.readableBytes();
            SSL.bioSetByteBuffer(bio, source.memoryAddress() + source.readerIndex(), readable, false);
            int error = fill(plain);
            source.skipBytes(readable - SSL.bioLengthByteBuffer(bio));
            // Whoever takes the bytes may write at once, and then the records go through here too.
            SSL.bioClearByteBuffer(bio);
            inputEnded |= error == SSL.SSL_ERROR_ZERO_RETURN;
            TlsFailure broken = null;
            if (error != SSL.SSL_ERROR_NONE && error != SSL.SSL_ERROR_WANT_READ && !inputEnded) {
                broken = failure(error);
                drainOwn(alloc);
            }
            if (plain.isReadable()) {
                to.decrypted(plain);
            } else {
                plain.release();
            }
            if (broken != null) {
                throw broken;
            }
            more = error == SSL.SSL_ERROR_NONE && address != 0;
            room = RECORD;
        }
    }

    /** Reads until there is no more, or no room. */
    private int fill(ByteBuf plain) {
        while (plain.isWritable()) {
            int room = plain.writableBytes();
            int read = SSL.readFromSSL(address, plain.memoryAddress() + plain.writerIndex(), room);
            if (read <= 0) {
                return SSL.getError(address, read);
            }
            plain.writerIndex(plain.writerIndex() + read);
            if (read < room && SSL.bioLengthByteBuffer(bio) == 0) {
                return SSL.SSL_ERROR_WANT_READ;
            }
        }
        return SSL.SSL_ERROR_NONE;
    }

    @Override
    boolean inputEnded() {
        return inputEnded;
    }

    @Override
    ByteBuf encrypt(ByteBufAllocator alloc, PlainQueue plain) throws TlsFailure {
        int records = plain.bytes() / RECORD + 1 + 2 * plain.count();
        int size = plain.bytes() + OWN_BYTES + RECORD_OVERHEAD * records;
        ByteBuf scratch = PlainQueue.scratch();
        Records out = new Records(alloc.directBuffer(size, size));
        try {
            for (int i = 0; i < plain.count(); i++) {
                ByteBuf next = plain.get(i);
                boolean alone =
                        next.hasMemoryAddress() && (plain.count() == 1 || next.readableBytes() >= WORTH_ITS_OWN);
                if (alone) {
                    out.write(scratch);
                    out.write(next.memoryAddress() + next.readerIndex(), next.readableBytes());
                } else {
                    copy(next, scratch, out);
                }
            }
            out.write(scratch);
            return out.end();
        } catch (TlsFailure broken) {
            out.end().release();
            throw broken;
        }
    }

    private static void copy(ByteBuf from, ByteBuf scratch, Records out) throws TlsFailure {
        int at = from.readerIndex();
        while (at < from.writerIndex()) {
            int length = Math.min(scratch.writableBytes(), from.writerIndex() - at);
            scratch.writeBytes(from, at, length);
            at += length;
            if (!scratch.isWritable()) {
                out.write(scratch);
            }
        }
    }

    /** The buffer that BoringSSL writes records into. */
    private final class Records {
        private ByteBuf buffer;

        Records(ByteBuf buffer) {
            this.buffer = buffer;
            offer();
        }

        private void offer() {
            SSL.bioSetByteBuffer(bio, buffer.memoryAddress() + buffer.writerIndex(), buffer.writableBytes(), true);
        }

        void write(ByteBuf scratch) throws TlsFailure {
            if (scratch.isReadable()) {
                write(scratch.memoryAddress(), scratch.readableBytes());
                scratch.clear();
            }
        }

        void write(long from, int length) throws TlsFailure {
            int written = length == 0 ? 0 : SSL.writeToSSL(address, from, length);
            while (written != length) {
                int error = SSL.getError(address, written);
                if (error != SSL.SSL_ERROR_WANT_WRITE) {
                    throw failure(error);
                }
                grow();
                written = SSL.writeToSSL(address, from, length);
            }
        }

        /** What BoringSSL had to say besides was more than expected. */
        private void grow() {
            ByteBuf full = end();
            buffer = full.alloc().directBuffer(full.capacity() * 2 + RECORD).writeBytes(full);
            full.release();
            offer();
        }

        ByteBuf end() {
            buffer.writerIndex(buffer.writerIndex() + buffer.writableBytes() - SSL.bioLengthByteBuffer(bio));
            SSL.bioClearByteBuffer(bio);
            return buffer;
        }
    }

    @Override
    ByteBuf close(ByteBufAllocator alloc) {
        ByteBuf out = alloc.directBuffer(OWN_BYTES * 2);
        SSL.bioSetByteBuffer(bio, out.memoryAddress(), out.capacity(), true);
        SSL.bioFlushByteBuffer(bio);
        SSL.shutdownSSL(address);
        out.writerIndex(out.capacity() - SSL.bioLengthByteBuffer(bio));
        SSL.bioClearByteBuffer(bio);
        SSL.clearError();
        return out;
    }

    private void drainOwn(ByteBufAllocator alloc) {
        int length = SSL.bioLengthNonApplication(bio);
        if (length > 0) {
            ByteBuf out = alloc.directBuffer(length, length);
            SSL.bioSetByteBuffer(bio, out.memoryAddress(), length, true);
            SSL.bioFlushByteBuffer(bio);
            SSL.bioClearByteBuffer(bio);
            output.addLast(out.writerIndex(length));
        }
    }

    private static ByteBuf direct(ByteBufAllocator alloc, ByteBuf from) {
        return alloc.directBuffer(from.readableBytes()).writeBytes(from, from.readerIndex(), from.readableBytes());
    }

    @Override
    void free() {
        if (address != 0) {
            long ended = address;
            address = 0;
            output.forEach(ByteBuf::release);
            output.clear();
            SSL.freeSSL(ended);
            context.ended(ended);
        }
    }
}
