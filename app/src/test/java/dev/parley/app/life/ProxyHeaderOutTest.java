package dev.parley.app.life;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.wire.proxyprotocol.ProxyHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints are told who the client is, in the header of the PROXY protocol that their service asks for. */
class ProxyHeaderOutTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        server.setSoTimeout((int) Bounds.WAIT.toMillis());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static String config(String protocol, int port, String version, String more) {
        return """
            listeners: { edge: { port: 0, protocol: %s } }
            services: { s: { endpoints: ["127.0.0.1:%d"], proxy_protocol: %s %s } }
            routes: { r: { listener: edge, to: s } }
            """.formatted(protocol, port, version, more);
    }

    private Socket accept() throws IOException {
        Socket socket = server.accept();
        socket.setSoTimeout((int) Bounds.WAIT.toMillis());
        return socket;
    }

    /** Reads the header byte by byte, so that what follows it is still to be read. */
    private static ProxyHeader.Accepted header(InputStream in) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            assertThat(next).as("a byte of the header after %d", read.size()).isNotNegative();
            read.write(next);
            switch (ProxyHeader.parse(read.toByteArray(), 0, read.size())) {
                case ProxyHeader.NeedMore() -> {}
                case ProxyHeader.Refused(String why) -> throw new AssertionError(why);
                case ProxyHeader.Accepted accepted -> {
                    return accepted;
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2", "v2_crc32c"})
    void aTcpConnectionBeginsWithItsClient(String version) throws Exception {
        try (LiveProxy proxy = LiveProxy.start(config("tcp", server.getLocalPort(), version, ""));
                RawClient client = proxy.connect("edge");
                Socket socket = accept()) {
            // The client has said nothing yet: a server that speaks first knows whom it speaks to.
            ProxyHeader.Accepted header = header(socket.getInputStream());
            assertThat(header.source()).isEqualTo(client.localAddress());
            assertThat(header.destination()).isEqualTo(proxy.address("edge"));
            socket.getOutputStream().write("220 ready".getBytes(ISO_8859_1));
            assertThat(client.readText(9)).isEqualTo("220 ready");
            client.send("hello").shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("hello");
            socket.close();
            // The header is Parley's own: the client's bytes alone are counted.
            assertThat(proxy.awaitLogged("\"tcp\"")).contains("\"request_bytes\":5");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aConnectionOfHttpNamesItsClientAndServesNobodyElse() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(config("http", server.getLocalPort(), "v2", ""))) {
            for (int i = 0; i < 2; i++) {
                try (RawClient client = proxy.connect("edge")) {
                    for (int request = 0; request < 2; request++) {
                        client.send(GET);
                        try (Socket socket = accept()) {
                            InputStream in = socket.getInputStream();
                            assertThat(header(in).source()).isEqualTo(client.localAddress());
                            assertThat(new String(in.readNBytes(4), ISO_8859_1)).isEqualTo("GET ");
                            socket.getOutputStream()
                                    .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(ISO_8859_1));
                            assertThat(client.readReply().body()).isEqualTo("ok");
                            in.skipNBytes(in.available());
                            assertThat(in.read()).as("closed, not kept").isNegative();
                        }
                    }
                }
            }
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aConnectionThatRestsIsNotUsedOnceClientsAreNamed() throws Exception {
        try (LiveProxy proxy = LiveProxy.start(config("http", server.getLocalPort(), "off", ""));
                RawClient client = proxy.connect("edge")) {
            client.send(GET);
            try (Socket first = accept()) {
                answer(first);
                assertThat(client.readReply().body()).isEqualTo("ok");
                proxy.apply(config("http", server.getLocalPort(), "v2", ""));
                try (RawClient next = proxy.connect("edge")) {
                    next.send(GET);
                    try (Socket second = accept()) {
                        assertThat(header(second.getInputStream()).source()).isEqualTo(next.localAddress());
                        answer(second);
                        assertThat(next.readReply().body()).isEqualTo("ok");
                    }
                }
            }
            proxy.requireNothingIsLeft();
        }
    }

    private static void answer(Socket socket) throws IOException {
        assertThat(new String(socket.getInputStream().readNBytes(4), ISO_8859_1))
                .isEqualTo("GET ");
        socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(ISO_8859_1));
    }

    enum Check {
        TCP("tcp"),
        HTTP("/healthy");

        private final String setting;

        Check(String setting) {
            this.setting = setting;
        }
    }

    @ParameterizedTest
    @EnumSource(Check.class)
    void aHealthCheckSpeaksForItself(Check check) throws Exception {
        String health = ", health: " + check.setting;
        try (LiveProxy proxy = LiveProxy.start(config("tcp", server.getLocalPort(), "v2_crc32c", health));
                Socket socket = accept()) {
            InputStream in = socket.getInputStream();
            byte[] fixed = in.readNBytes(16);
            assertThat(fixed[12]).as("the command LOCAL").isEqualTo((byte) 0x20);
            in.skipNBytes(fixed[15]);
            String rest = new String(check == Check.TCP ? in.readAllBytes() : in.readNBytes(12), ISO_8859_1);
            assertThat(rest).isEqualTo(check == Check.TCP ? "" : "GET /healthy");
        }
    }

    @Test
    void haproxyReadsWhoTheClientIs(@TempDir Path folder) throws Exception {
        Path haproxy = Programs.require("haproxy");
        int port = LiveProxy.freePort();
        Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), """
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 20s
                  timeout server 20s
                frontend f
                  bind 127.0.0.1:%d accept-proxy
                  http-request return status 200 content-type text/plain lf-string "%%[src]:%%[src_port] %%[dst]:%%[dst_port] %%[fc_pp_unique_id]"
                """.formatted(port));
        try (ChildProcess peer = ChildProcess.start(haproxy.toString(), "-db", "-f", configuration.toString())) {
            for (String version : new String[] {"v2", "v2_crc32c"}) {
                String told = told(port, version);
                assertThat(told).matches("127\\.0\\.0\\.1:\\d+ 127\\.0\\.0\\.1:\\d+ [0-9a-f]{32}");
            }
            assertThat(told(port, "v1")).matches("127\\.0\\.0\\.1:\\d+ 127\\.0\\.0\\.1:\\d+ -?");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void nginxReadsWhoTheClientIs(@TempDir Path folder) throws Exception {
        Path nginx = Programs.require("nginx");
        int port = LiveProxy.freePort();
        Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off; pid %1$s/pid; error_log %1$s/error; events {}
                http {
                  access_log off;
                  server {
                    listen 127.0.0.1:%2$d proxy_protocol;
                    location / { return 200 "$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port "; }
                  }
                }
                """.formatted(folder, port));
        try (ChildProcess peer = ChildProcess.start(
                nginx.toString(), "-e", folder.resolve("error").toString(), "-c", configuration.toString())) {
            for (String version : new String[] {"v1", "v2", "v2_crc32c"}) {
                assertThat(told(port, version)).startsWith("127.0.0.1:");
            }
            assertThat(peer.isAlive()).isTrue();
        }
    }

    /** What a peer says of a client of ours, whose address it must have right. */
    private static String told(int port, String version) throws IOException {
        await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
            RawClient.connect(port).close();
            return true;
        });
        try (LiveProxy proxy = LiveProxy.start(config("http", port, version, ""));
                RawClient client = proxy.connect("edge")) {
            String body = client.send(GET).readReply().body();
            InetSocketAddress here = client.localAddress();
            assertThat(body).startsWith("127.0.0.1:" + here.getPort() + " 127.0.0.1:" + proxy.port("edge") + " ");
            proxy.requireNothingIsLeft();
            return body;
        }
    }
}
