package dev.parley.app.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Programs;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The endpoints of a service are restarted one after the other under load: nginx, which on SIGQUIT takes no more connections,
 * closes those that rest, finishes the requests that it has and ends.
 */
class RollingRestartTest {
    private static final int ENDPOINTS = 3;
    private static final int CLIENTS = 6;

    @TempDir
    private Path folder;

    private final List<Integer> ports = new ArrayList<>();

    private String serving(String protocol, List<Integer> endpoints) {
        List<String> addresses =
                endpoints.stream().map(port -> "\"127.0.0.1:" + port + "\"").toList();
        return """
            drain: 5s
            listeners: { edge: { port: 0 } }
            services: { s: { protocol: %s, endpoints: [%s] } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(protocol, String.join(", ", addresses));
    }

    private ChildProcess nginx(int number, String protocol) throws Exception {
        Path home = Files.createDirectories(folder.resolve("nginx-" + number));
        Files.writeString(home.resolve("nginx.conf"), """
                daemon off; master_process off; pid nginx.pid; error_log error.log;
                events { worker_connections 512; }
                http {
                  access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                  server { listen 127.0.0.1:%d %s; location / { return 200 "endpoint %d"; } }
                }
                """.formatted(
                        ports.get(number), protocol.equals("http2") ? "http2" : "", number));
        ChildProcess process = ChildProcess.start(
                Programs.require("nginx").toString(), "-p", home.toString(), "-c", "nginx.conf", "-e", "error.log");
        int port = ports.get(number);
        await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        });
        return process;
    }

    private static void quit(ChildProcess process) throws Exception {
        try (ChildProcess kill = ChildProcess.start("kill", "-QUIT", String.valueOf(process.pid()))) {
            assertThat(kill.awaitExit()).isZero();
        }
        process.awaitExit();
    }

    private void startAll(List<ChildProcess> processes, String protocol) throws Exception {
        for (int i = 0; i < ENDPOINTS; i++) {
            ports.add(LiveProxy.freePort());
            processes.add(nginx(i, protocol));
        }
    }

    private static void close(List<ChildProcess> processes) {
        processes.forEach(ChildProcess::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "http2"})
    void noRequestFailsWhenEndpointsRestartUnannounced(String protocol) throws Exception {
        List<ChildProcess> processes = new ArrayList<>();
        try {
            startAll(processes, protocol);
            try (LiveProxy proxy = LiveProxy.start(serving(protocol, ports));
                    Load load = Load.on(proxy.port("edge"), "/", CLIENTS)) {
                for (int i = 0; i < ENDPOINTS; i++) {
                    load.awaitMoreBy("endpoint " + i, 50);
                    quit(processes.get(i));
                    load.awaitMore(100);
                    processes.set(i, nginx(i, protocol));
                    int restarted = i;
                    await().atMost(Bounds.WAIT)
                            .until(() -> proxy.endpoint("s", restarted).available());
                }
                load.awaitMoreBy("endpoint " + (ENDPOINTS - 1), 50);
                load.requireNoFailure();
            }
        } finally {
            close(processes);
        }
    }

    /** Also of those that must not be sent twice: nothing of them is left at an endpoint that was taken out before. */
    @ParameterizedTest
    @ValueSource(strings = {"http1", "http2"})
    void noRequestOfAnyKindFailsWhenEndpointsAreTakenOutFirst(String protocol) throws Exception {
        List<ChildProcess> processes = new ArrayList<>();
        try {
            startAll(processes, protocol);
            try (LiveProxy proxy = LiveProxy.start(serving(protocol, ports));
                    Load gets = Load.on(proxy.port("edge"), "/", CLIENTS / 2);
                    Load posts = Load.posting(proxy.port("edge"), "/", CLIENTS / 2)) {
                for (int i = 0; i < ENDPOINTS; i++) {
                    posts.awaitMoreBy("endpoint " + i, 50);
                    List<Integer> others = new ArrayList<>(ports);
                    others.remove((Object) ports.get(i));
                    proxy.apply(serving(protocol, others));
                    quit(processes.get(i));
                    gets.awaitMore(50);
                    posts.awaitMore(50);
                    processes.set(i, nginx(i, protocol));
                    proxy.apply(serving(protocol, ports));
                }
                gets.requireNoFailure();
                posts.requireNoFailure();
                proxy.requireNothingIsLeft();
            }
        } finally {
            close(processes);
        }
    }

    @Test
    void idleConnectionsToWhatWasTakenOutAreClosedAtOnce() throws Exception {
        try (NamedServer leaves = NamedServer.start("leaves");
                NamedServer stays = NamedServer.start("stays");
                LiveProxy proxy = LiveProxy.start(serving("http1", List.of(leaves.port(), stays.port())));
                Load load = Load.on(proxy.port("edge"), "/", CLIENTS)) {
            load.awaitMoreBy("leaves", 20);
            proxy.apply(serving("http1", List.of(stays.port())));
            await().atMost(Bounds.WAIT).until(() -> leaves.openConnections() == 0);
            load.requireNoFailure();
        }
    }
}
