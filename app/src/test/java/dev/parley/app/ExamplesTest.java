package dev.parley.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.DatagramClient;
import dev.parley.testkit.DatagramServer;
import dev.parley.testkit.EchoServer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each file in examples/ does what its comments say. It is started as it is, but for its ports: listeners take free
 * ones, and each endpoint's is replaced by that of an origin, which answers with the port that the file has and the
 * head that it was sent.
 */
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("../examples");
    private static final Pattern LISTENER_PORT = Pattern.compile("\\bport: \\d+");
    private static final Pattern ENDPOINT = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

    private final Map<String, Origin> origins = new TreeMap<>();

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void closeOrigins() throws IOException {
        for (Origin origin : origins.values()) {
            origin.close();
        }
    }

    static Stream<Path> examples() throws IOException {
        try (Stream<Path> found = Files.list(EXAMPLES)) {
            return found
                    .filter(each -> each.toString().endsWith(".yaml") || each.endsWith("folder"))
                    .filter(each -> !each.endsWith("tls.yaml"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void canBeServed(Path example) {
        assertThat(ConfigReader.create().read(example)).isInstanceOf(Loaded.Accepted.class);
    }

    @Test
    void helloBalancesWhatItsRouteMatches() throws Exception {
        try (TestParley parley = start("hello.yaml")) {
            assertThat(parley.get("edge", "/pay/42").body()).matches("(?s)(9001|9002) GET /pay/42 .*");
            assertThat(parley.get("edge", "/else").status()).isEqualTo(404);
        }
    }

    @Test
    void canarySendsThoseWhoAskToTheNewVersion() throws Exception {
        try (TestParley parley = start("canary.yaml")) {
            for (int i = 0; i < 20; i++) {
                assertThat(parley.get("edge", "/", "X-Canary: always").body()).startsWith("9002");
            }
            Set<String> unasked = answeredBy(parley, 50);
            assertThat(unasked).contains("9001");
        }
    }

    @Test
    void apiGatewayRewritesEditsRedirectsAndAnswers() throws Exception {
        try (TestParley parley = start("api-gateway.yaml")) {
            String api = "Host: api.example.com";
            assertThat(parley.get("edge", "/customers/7/orders/42", api).body()).startsWith("9001 GET /orders/42 HTTP");

            Reply user = parley.get("edge", "/users/me?full=1", api, "X-Debug: on");
            assertThat(user.body())
                    .startsWith("9002 GET /me?full=1 HTTP")
                    .contains("Host: users.internal\r\n", "x-gateway: parley\r\n")
                    .doesNotContain("X-Debug");
            assertThat(user.value("vary")).isEqualTo("origin");

            Reply docs = parley.get("edge", "/docs?page=2", "Host: www.example.com");
            assertThat(docs.status()).isEqualTo(308);
            assertThat(docs.value("location")).isEqualTo("https://docs.example.com/docs?page=2");

            assertThat(parley.get("edge", "/robots.txt").body()).isEqualTo("User-agent: *\nDisallow: /\n");
        }
    }

    @Test
    void tcpTellsTheEndpointWhoItsClientIs() throws Exception {
        try (EchoServer echo = EchoServer.start();
                TestParley parley = TestParley.start(
                        copy("tcp-client-address.yaml", text -> text.replace("127.0.0.1:2526", echo.endpoint())));
                RawClient client = RawClient.connect(parley.port("mail"))) {
            // The echo sends back what the endpoint got: the header, then the client's bytes.
            byte[] header = client.send("EHLO").read(16);
            assertThat(header).startsWith('\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n', 0x21, 0x11);
            client.read(((header[14] & 0xFF) << 8) | (header[15] & 0xFF));
            assertThat(client.readText(4)).isEqualTo("EHLO");
        }
    }

    @Test
    void webSocketsAreCarried() throws Exception {
        try (TestParley parley = start("websocket.yaml");
                RawClient client = RawClient.connect(parley.port("web"))) {
            client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            // An origin of plain HTTP answers as it would without a proxy.
            assertThat(client.readReply().status()).isEqualTo(200);
        }
    }

    @Test
    void tcpCarriesBytesBothWays() throws Exception {
        try (EchoServer echo = EchoServer.start();
                TestParley parley = TestParley.start(
                        copy("tcp.yaml", text -> text.replace("127.0.0.1:5433, 127.0.0.1:5434", echo.endpoint())));
                RawClient client = RawClient.connect(parley.port("database"))) {
            assertThat(client.send("not HTTP at all").readText(15)).isEqualTo("not HTTP at all");
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void udpGoesToResolversThatAnswerAndToOneCollectorForEachClient() throws Exception {
        try (DatagramServer well = DatagramServer.start("");
                DatagramServer silent = DatagramServer.start("");
                DatagramServer one = DatagramServer.start("one ");
                DatagramServer two = DatagramServer.start("two ");
                TestParley parley = TestParley.start(copy(
                        "udp.yaml",
                        text -> text.replace(
                                        "127.0.0.1:5301, 127.0.0.1:5302", well.endpoint() + ", " + silent.endpoint())
                                .replace("127.0.0.1:5511, 127.0.0.1:5512", one.endpoint() + ", " + two.endpoint())))) {
            silent.silent(true);
            // Once its checks have failed, nobody is sent to the silent one.
            await().atMost(Bounds.WAIT)
                    .until(() -> parley.askAdmin("/status").body().contains("unhealthy") && eachAnswers(parley, 10));
            Set<String> collectors = new HashSet<>();
            for (int client = 0; client < 10; client++) {
                assertThat(askUdp(parley, "dns", "query " + client)).isEqualTo("query " + client);
                collectors.add(askUdp(parley, "syslog", "line"));
            }
            assertThat(collectors).hasSize(1);
        }
    }

    private static boolean eachAnswers(TestParley parley, int clients) throws IOException {
        for (int i = 0; i < clients; i++) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), parley.port("dns"));
            try (DatagramClient client = DatagramClient.connect(address)) {
                if (!client.answers("query", Duration.ofMillis(200))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static String askUdp(TestParley parley, String listener, String text) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), parley.port(listener));
        try (DatagramClient client = DatagramClient.connect(address)) {
            return client.ask(text);
        }
    }

    @Test
    void tlsTakesTheCertificatesThatItsScriptMakes() throws Exception {
        Programs.require("openssl");
        Programs.require("curl");
        String script = EXAMPLES.resolve("tls-certificates.sh").toAbsolutePath().toString();
        try (ChildProcess made = ChildProcess.start(
                "sh", script, folder.resolve("tls").toAbsolutePath().toString())) {
            assertThat(made.awaitExit()).as(made.output()).isZero();
        }
        try (TestParley parley = start("tls.yaml")) {
            assertThat(curl(parley.port("edge"))).startsWith("9001 GET /pay HTTP/1.1");
            assertThat(curl(parley.port("partners"))).contains("curl: (");
            String certificate = folder.resolve("tls/orders.pem").toString();
            String key = folder.resolve("tls/orders.key").toString();
            assertThat(curl(parley.port("partners"), "--cert", certificate, "--key", key))
                    .startsWith("9001 GET /pay HTTP/1.1");
        }
    }

    private String curl(int port, String... more) throws Exception {
        String authority = folder.resolve("tls/ca.pem").toString();
        Path said = folder.resolve("curl.out");
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--http1.1", "--cacert", authority));
        command.addAll(List.of("-o", said.toString(), "--stderr", said.toString()));
        command.addAll(List.of(more));
        command.add("https://localhost:%d/pay".formatted(port));
        try (ChildProcess curl = ChildProcess.start(command.toArray(new String[0]))) {
            curl.awaitExit();
            return Files.readString(said);
        }
    }

    @Test
    void stickySessionsStayWhereTheyAre() throws Exception {
        try (TestParley parley = start("sticky-sessions.yaml")) {
            Set<String> ofAll = new HashSet<>();
            for (int session = 0; session < 40; session++) {
                Set<String> ofOne = answeredBy(parley, 3, "Cookie: theme=dark; session=user-" + session);
                assertThat(ofOne).hasSize(1);
                ofAll.addAll(ofOne);
            }
            assertThat(ofAll).containsExactlyInAnyOrder("9001", "9002", "9003");
        }
    }

    @Test
    void unixSocketsAndProxyProtocolReachTheApplication() throws Exception {
        UnixDomainSocketAddress application = UnixDomainSocketAddress.of(folder.resolve("application.sock"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(application);
            Thread.ofVirtual().start(() -> echoHeads(server));
            Path local = folder.resolve("local.sock");
            Path example = copy(
                    "unix-and-proxy-protocol.yaml",
                    text -> text.replace(
                                    "/run/application/http.sock",
                                    application.getPath().toString())
                            .replace("/run/parley/local.sock", local.toString()));
            try (TestParley parley = TestParley.start(example)) {
                try (RawClient balancer = RawClient.connect(parley.port("public"))) {
                    balancer.send("PROXY TCP4 192.0.2.7 127.0.0.1 50000 8080\r\n")
                            .send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                    assertThat(balancer.readReply().body()).contains("X-Forwarded-For: 192.0.2.7\r\n");
                }
                try (RawClient bare = RawClient.connect(parley.port("public"))) {
                    bare.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                    assertThat(bare.readToEnd()).isEmpty();
                }
                assertThat(Files.getPosixFilePermissions(local)).hasSize(2);
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(local))) {
                    client.write(ascii("GET /there HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n"));
                    String answer = new String(Channels.newInputStream(client).readAllBytes(), ISO_8859_1);
                    assertThat(answer).startsWith("HTTP/1.1 200 ").contains("GET /there HTTP/1.1\r\nHost: local\r\n");
                }
            }
        }
    }

    @Test
    void folderIsOneConfiguration() throws Exception {
        Path copies = Files.createDirectory(folder.resolve("conf.d"));
        try (Stream<Path> files = Files.list(EXAMPLES.resolve("folder"))) {
            for (Path file : files.toList()) {
                Files.writeString(copies.resolve(file.getFileName().toString()), withOrigins(Files.readString(file)));
            }
        }
        Files.writeString(copies.resolve("test.yaml"), "admin: { enabled: false }\naccess_log: none\n");
        try (TestParley parley = TestParley.start(copies)) {
            assertThat(parley.get("edge", "/pay").body()).startsWith("9001");
            assertThat(parley.get("edge", "/search").body()).startsWith("9002");
        }
    }

    @Test
    void resilienceTellsWhatIsLeftLimitsLoginsAndMissesNoEndpoint() throws Exception {
        try (TestParley parley = start("resilience.yaml")) {
            Reply told = parley.get("edge", "/orders", "Parley-Budget-Ms: 2000");
            assertThat(told.body()).containsPattern("Parley-Budget-Ms: +1?\\d{1,3}\r\n");
            for (int i = 0; i < 5; i++) {
                assertThat(parley.get("edge", "/login").status()).isEqualTo(200);
            }
            assertThat(parley.get("edge", "/login").status()).isEqualTo(429);
            origin("9001").close();
            for (int i = 0; i < 20; i++) {
                assertThat(parley.get("edge", "/orders").body()).startsWith("9002");
            }
        }
    }

    @Test
    void failoverLosesNoRequestWhenAnEndpointDies() throws Exception {
        try (TestParley parley = start("health-and-failover.yaml")) {
            await().atMost(Bounds.WAIT).until(() -> answeredBy(parley, 10).equals(Set.of("9001", "9002")));
            origin("9001").close();
            assertThat(answeredBy(parley, 20)).containsExactly("9002");
        }
    }

    private TestParley start(String example) throws IOException, InterruptedException {
        return TestParley.start(copy(example, this::withOrigins));
    }

    private interface Edit {
        String of(String text) throws IOException;
    }

    private Path copy(String example, Edit edit) throws IOException {
        String text = LISTENER_PORT
                .matcher(Files.readString(EXAMPLES.resolve(example)))
                .replaceAll("port: 0");
        return Files.writeString(folder.resolve(example), edit.of(text) + "admin: { port: 0 }\naccess_log: none\n");
    }

    /** The text with an origin in place of each endpoint, and free ports. */
    private String withOrigins(String text) throws IOException {
        Matcher endpoints = ENDPOINT.matcher(LISTENER_PORT.matcher(text).replaceAll("port: 0"));
        StringBuilder replaced = new StringBuilder();
        while (endpoints.find()) {
            endpoints.appendReplacement(replaced, origin(endpoints.group(1)).endpoint());
        }
        return endpoints.appendTail(replaced).toString();
    }

    private Origin origin(String port) throws IOException {
        Origin known = origins.get(port);
        if (known == null) {
            known = Origin.start(request -> Answer.ok(port + " " + request.head()));
            origins.put(port, known);
        }
        return known;
    }

    /** The ports of those who answered so many requests, all of which succeed. */
    private static Set<String> answeredBy(TestParley parley, int requests, String... fields) throws IOException {
        Set<String> ports = new HashSet<>();
        for (int i = 0; i < requests; i++) {
            Reply reply = parley.get("edge", "/", fields);
            assertThat(reply.status()).isEqualTo(200);
            ports.add(reply.body().substring(0, 4));
        }
        return ports;
    }

    /** Answers each request with its own head. The requests of this test are small and come whole. */
    private static void echoHeads(ServerSocketChannel server) {
        List<SocketChannel> open = new ArrayList<>();
        try {
            while (true) {
                SocketChannel peer = server.accept();
                open.add(peer);
                Thread.ofVirtual().start(() -> echoHeads(peer));
            }
        } catch (IOException closed) {
            open.forEach(ExamplesTest::closeQuietly);
        }
    }

    private static void echoHeads(SocketChannel peer) {
        ByteBuffer head = ByteBuffer.allocate(8192);
        try {
            while (peer.read(head) > 0) {
                String text = new String(head.array(), 0, head.position(), ISO_8859_1);
                if (text.endsWith("\r\n\r\n")) {
                    peer.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text));
                    head.clear();
                }
            }
        } catch (IOException gone) {
            closeQuietly(peer);
        }
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to do about it.
        }
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
