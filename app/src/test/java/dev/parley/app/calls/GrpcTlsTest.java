package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks and calls to a server that speaks gRPC over TLS, which agrees on HTTP/2 by ALPN or ends the connection. */
class GrpcTlsTest {
    private static final String PASSWORD = "for a test";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void checksAndCallsAgreeOnHttp2() throws Exception {
        try (Speaker speaker = new Speaker("s", tls());
                LiveProxy parley = LiveProxy.start("""
                        drain: 3s
                        listeners: { edge: { port: 0 } }
                        services:
                          s:
                            endpoints: [%s]
                            protocol: http2
                            tls: { ca: %s }
                            health: { grpc: '', interval: 100ms, fall: 1, rise: 1 }
                        routes: { r: { listener: edge, grpc: pay.v1.Payments, to: s } }
                        """.formatted(speaker.endpoint(), folder.resolve("server.pem")));
                Caller caller = new Caller(parley.port("edge"))) {
            // The reason shows that the server was understood; it has no such service yet.
            await().atMost(Bounds.WAIT)
                    .untilAsserted(
                            () -> assertThat(parley.endpoint("s", 0).standing().reason())
                                    .contains("UNIMPLEMENTED"));
            speaker.health(new byte[] {8, 1});
            await().atMost(Bounds.WAIT).until(() -> parley.endpoint("s", 0).available());
            Caller.Call call = caller.ask("pay.v1.Payments/Charge", "x");
            assertThat(call.status()).isEqualTo(Status.OK);
            assertThat(call.heard()).isEqualTo("s pay.v1.Payments/Charge: x");
        }
    }

    private SslContext tls() throws Exception {
        Path store = folder.resolve("server.p12");
        keytool(store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1");
        keytool(
                store,
                "-exportcert",
                "-rfc",
                "-file",
                folder.resolve("server.pem").toString());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(keys, PASSWORD.toCharArray());
        return GrpcSslContexts.configure(SslContextBuilder.forServer(factory), SslProvider.JDK)
                .build();
    }

    private static void keytool(Path store, String... what) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(what));
        command.addAll(List.of("-alias", "server", "-storetype", "PKCS12", "-storepass", PASSWORD));
        command.addAll(List.of("-keystore", store.toString()));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
    }
}
