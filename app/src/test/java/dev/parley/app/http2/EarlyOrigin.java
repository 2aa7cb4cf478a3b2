package dev.parley.app.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An origin that answers 413 as soon as it has read a head, and reads nothing more until its peer is done. */
final class EarlyOrigin implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());

    EarlyOrigin() throws IOException {
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) socket.getInputStream().read());
                }
                socket.getOutputStream()
                        .write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno".getBytes(ISO_8859_1));
                socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (IOException ended) {
                // The peer broke the connection, or the test is over.
            }
        }
    }

    Front front() throws IOException {
        return Front.beforePort(server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
