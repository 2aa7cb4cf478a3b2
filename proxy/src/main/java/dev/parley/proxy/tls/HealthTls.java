package dev.parley.proxy.tls;

import dev.parley.model.EndpointAddress;
import dev.parley.model.ServiceTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;

/**
 * TLS to the endpoints of a service for who may block: health checks, on their virtual threads. By the JDK's engine, which needs
 * no event loop; it verifies by the same rules as the connections that carry traffic, and gives the same reasons.
 */
public final class HealthTls {
    private static final int READ_BYTES = 16 * 1024;

    private final TlsContext context;
    private final TlsContext http2;
    private final ServiceTls settings;

    /** For checks that name no protocol, and for those over HTTP/2, which servers may refuse without ALPN (RFC 9113 section 3.3). */
    HealthTls(ServiceTls settings, ContextSettings context, ContextSettings http2) {
        this.settings = settings;
        this.context = new JdkContext(context);
        this.http2 = new JdkContext(http2);
    }

    /**
     * Does the handshake over a connected channel.
     *
     * @param overHttp2 whether HTTP/2 will be spoken
     * @throws IOException where it fails: a {@link TlsFailure} says why
     */
    public ByteChannel over(SocketChannel channel, EndpointAddress endpoint, boolean overHttp2) throws IOException {
        String name = settings.name()
                .orElseGet(() -> endpoint instanceof EndpointAddress.Inet inet ? inet.host() : "localhost");
        Stream stream = new Stream(channel, (overHttp2 ? http2 : context).session(new TlsContext.Peering(name, "")));
        stream.handshake();
        return stream;
    }

    /** The bytes of a connection, with TLS below. */
    private static final class Stream implements ByteChannel {
        private final SocketChannel channel;
        private final TlsSession session;
        private final ByteBuffer records = ByteBuffer.allocate(READ_BYTES);
        private final ByteBuf plain = Unpooled.buffer();

        Stream(SocketChannel channel, TlsSession session) {
            this.channel = channel;
            this.session = session;
        }

        void handshake() throws IOException {
            ByteBuf in = Unpooled.EMPTY_BUFFER;
            try {
                while (!session.handshake(UnpooledByteBufAllocator.DEFAULT, in)) {
                    send();
                    in = receive();
                    if (!in.isReadable()) {
                        throw new EOFException("the endpoint closed the connection in the TLS handshake");
                    }
                }
            } finally {
                send();
            }
            session.decrypt(UnpooledByteBufAllocator.DEFAULT, in, this::keep);
        }

        private void keep(ByteBuf decrypted) {
            plain.writeBytes(decrypted);
            decrypted.release();
        }

        private void send() throws IOException {
            for (ByteBuf out = session.pollOutput(); out != null; out = session.pollOutput()) {
                send(out);
            }
        }

        private void send(ByteBuf out) throws IOException {
            try {
                ByteBuffer bytes = out.nioBuffer();
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } finally {
                out.release();
            }
        }

        /** The next bytes of the socket; none at its end. */
        private ByteBuf receive() throws IOException {
            records.clear();
            channel.read(records);
            return Unpooled.wrappedBuffer(records.flip());
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            while (!plain.isReadable() && !session.inputEnded()) {
                ByteBuf in = receive();
                if (!in.isReadable()) {
                    return -1;
                }
                session.decrypt(UnpooledByteBufAllocator.DEFAULT, in, this::keep);
                send();
            }
            if (!plain.isReadable()) {
                return -1;
            }
            int length = Math.min(to.remaining(), plain.readableBytes());
            to.put(plain.nioBuffer(plain.readerIndex(), length));
            plain.skipBytes(length).discardReadBytes();
            return length;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            PlainQueue queue = new PlainQueue();
            queue.add(Unpooled.wrappedBuffer(from.duplicate()));
            int length = from.remaining();
            send(session.encrypt(UnpooledByteBufAllocator.DEFAULT, queue));
            from.position(from.limit());
            return length;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            session.free();
            channel.close();
        }
    }
}
