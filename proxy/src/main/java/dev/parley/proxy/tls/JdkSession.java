package dev.parley.proxy.tls;

import dev.parley.proxy.record.Label;
import dev.parley.telemetry.metrics.HandshakeResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A connection of the JDK's engine, which takes whole records only: the part of one that has come is held here. */
final class JdkSession extends TlsSession {
    private final SSLEngine engine;
    private final String serverName;
    private final boolean verifiesClients;
    private final ArrayDeque<ByteBuf> output = new ArrayDeque<>(2);
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private boolean begun;
    private boolean finished;

    JdkSession(SSLEngine engine, String serverName, boolean verifiesClients) {
        this.engine = engine;
        this.serverName = serverName;
        this.verifiesClients = verifiesClients;
    }

    @Override
    boolean handshake(ByteBufAllocator alloc, ByteBuf in) throws TlsFailure {
        hold(alloc, in);
        try {
            if (!begun) {
                begun = true;
                engine.beginHandshake();
            }
            boolean goOn = true;
            while (goOn && !finished) {
                goOn = switch (engine.getHandshakeStatus()) {
                    case NEED_TASK -> runTasks();
                    case NEED_WRAP -> wrapNothing(alloc);
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrapHandshake(alloc);
                    case FINISHED, NOT_HANDSHAKING -> {
                        finished = true;
                        yield false;
                    }
                };
            }
            return finished;
        } catch (SSLException broken) {
            throw failed(alloc, broken);
        }
    }

    private boolean runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return true;
    }

    private boolean wrapNothing(ByteBufAllocator alloc) throws SSLException {
        SSLEngineResult result = wrap(alloc, new ByteBuffer[] {ByteBuffer.allocate(0)});
        finished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
        return result.getStatus() == Status.OK;
    }

    private SSLEngineResult wrap(ByteBufAllocator alloc, ByteBuffer[] plain) throws SSLException {
        int room = engine.getSession().getPacketBufferSize();
        ByteBuf out = alloc.directBuffer(room, room);
        SSLEngineResult result;
        try {
            result = engine.wrap(plain, out.nioBuffer(0, room));
        } catch (SSLException broken) {
            out.release();
            throw broken;
        }
        if (result.bytesProduced() > 0) {
            output.addLast(out.writerIndex(result.bytesProduced()));
        } else {
            out.release();
        }
        return result;
    }

    private boolean unwrapHandshake(ByteBufAllocator alloc) throws SSLException {
        if (!held.isReadable()) {
            return false;
        }
        ByteBuf plain = alloc.directBuffer(engine.getSession().getApplicationBufferSize());
        try {
            SSLEngineResult result = unwrap(plain);
            if (result.getStatus() == Status.CLOSED) {
                throw new SSLException("the peer ended the connection in the handshake");
            }
            finished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
            return result.getStatus() == Status.OK;
        } finally {
            plain.release();
        }
    }

    private SSLEngineResult unwrap(ByteBuf plain) throws SSLException {
        SSLEngineResult result =
                engine.unwrap(held.nioBuffer(), plain.nioBuffer(plain.writerIndex(), plain.writableBytes()));
        held.skipBytes(result.bytesConsumed());
        plain.writerIndex(plain.writerIndex() + result.bytesProduced());
        if (!held.isReadable()) {
            held.release();
            held = Unpooled.EMPTY_BUFFER;
        }
        return result;
    }

    private void hold(ByteBufAllocator alloc, ByteBuf in) {
        if (in.isReadable()) {
            ByteBuf both = alloc.directBuffer(held.readableBytes() + in.readableBytes());
            both.writeBytes(held).writeBytes(in);
            held.release();
            held = both;
        }
    }

    private TlsFailure failed(ByteBufAllocator alloc, SSLException broken) {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && wrapNothing(alloc)) {
                // The alert that tells the peer.
            }
        } catch (SSLException noAlert) {
            broken.addSuppressed(noAlert);
        }
        return JdkErrors.failure(broken);
    }

    @Override
    @Nullable
    ByteBuf pollOutput() {
        return output.pollFirst();
    }

    /** The engine has wrapped its tickets as part of the handshake. */
    @Override
    @Nullable
    ByteBuf afterHandshake(ByteBufAllocator alloc) {
        return null;
    }

    @Override
    TlsFacts facts() {
        SSLSession session = engine.getSession();
        String protocol = engine.getApplicationProtocol();
        // The JDK does not tell what was resumed; a session made before this connection is.
        return new TlsFacts(
                TlsFacts.version(session.getProtocol()),
                session.getCipherSuite(),
                protocol == null ? "" : protocol,
                false,
                serverName.isEmpty() ? null : Label.of(serverName),
                peer(session));
    }

    private TlsFacts.@Nullable Peer peer(SSLSession session) {
        if (!verifiesClients) {
            return null;
        }
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? TlsFacts.Peer.of(certificate)
                    : null;
        } catch (SSLPeerUnverifiedException showedNone) {
            return null;
        }
    }

    @Override
    void decrypt(ByteBufAllocator alloc, ByteBuf in, Sink to) throws TlsFailure {
        hold(alloc, in);
        try {
            boolean goOn = true;
            while (goOn && held.isReadable()) {
                goOn = decryptRecord(alloc, to);
            }
        } catch (SSLException broken) {
            throw failed(alloc, broken);
        }
        if (engine.isInboundDone()) {
            held.release();
            held = Unpooled.EMPTY_BUFFER;
        }
    }

    private boolean decryptRecord(ByteBufAllocator alloc, Sink to) throws SSLException {
        ByteBuf plain = alloc.directBuffer(engine.getSession().getApplicationBufferSize());
        SSLEngineResult result;
        try {
            result = unwrap(plain);
        } catch (SSLException broken) {
            plain.release();
            throw broken;
        }
        if (plain.isReadable()) {
            to.decrypted(plain);
        } else {
            plain.release();
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        while (!engine.isInboundDone()
                && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                && wrapNothing(alloc)) {
            // Tickets, and answers to new keys.
        }
        return result.getStatus() == Status.OK && result.bytesConsumed() > 0;
    }

    @Override
    boolean inputEnded() {
        return engine.isInboundDone();
    }

    @Override
    ByteBuf encrypt(ByteBufAllocator alloc, PlainQueue plain) throws TlsFailure {
        ByteBuffer[] from = new ByteBuffer[plain.count()];
        for (int i = 0; i < from.length; i++) {
            from[i] = plain.get(i).nioBuffer();
        }
        int packet = engine.getSession().getPacketBufferSize();
        ByteBuf out = alloc.directBuffer(plain.bytes() + packet);
        try {
            int left = plain.bytes();
            while (left > 0) {
                out.ensureWritable(packet);
                SSLEngineResult result = engine.wrap(from, out.nioBuffer(out.writerIndex(), out.writableBytes()));
                out.writerIndex(out.writerIndex() + result.bytesProduced());
                left -= result.bytesConsumed();
                if (result.getStatus() != Status.OK || result.bytesProduced() == 0) {
                    throw new SSLException("this side of the connection has ended");
                }
            }
            return out;
        } catch (SSLException broken) {
            out.release();
            throw new TlsFailure(HandshakeResult.CLOSED, String.valueOf(broken.getMessage()));
        }
    }

    @Override
    ByteBuf close(ByteBufAllocator alloc) {
        engine.closeOutbound();
        ByteBuf all = alloc.directBuffer();
        try {
            while (!engine.isOutboundDone() && wrapNothing(alloc)) {
                // The close_notify.
            }
        } catch (SSLException endsAnyway) {
            return all;
        } finally {
            for (ByteBuf out = output.pollFirst(); out != null; out = output.pollFirst()) {
                all.writeBytes(out);
                out.release();
            }
        }
        return all;
    }

    @Override
    void free() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        output.forEach(ByteBuf::release);
        output.clear();
    }
}
