package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.http2.Http2Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients and servers that others wrote: curl, nghttp, h2load, OkHttp, nghttpd. */
class ProgramsTest {
    private static final String LARGE = "0123456789abcdef".repeat(20_000);
    private static final String TEXT = "0123456789abcdef".repeat(1000);

    private static String url(Front front, String path) {
        return "http://127.0.0.1:%d%s".formatted(front.port(), path);
    }

    @Test
    void curl(@TempDir Path folder) throws Exception {
        Path upload = Files.writeString(folder.resolve("upload"), LARGE);
        String curl = Programs.require("curl").toString();
        try (Origin origin = Origin.start(request -> Answer.ok(request.body()));
                Front front = Front.before(origin);
                ChildProcess client = ChildProcess.start(
                        curl,
                        "-sS",
                        "--http2-prior-knowledge",
                        "-w",
                        "\n%{http_code} %{http_version} %{size_download}",
                        "--data-binary",
                        "@" + upload,
                        url(front, "/"))) {
            assertThat(client.awaitExit()).as(client::output).isZero();
            assertThat(client.output().equals(LARGE + "\n200 2 " + LARGE.length()))
                    .as(() -> client.output().substring(client.output().length() - 100))
                    .isTrue();
        }
    }

    @Test
    void nghttp() throws Exception {
        String nghttp = Programs.require("nghttp").toString();
        try (Origin origin = Origin.answering(Answer.ok(LARGE));
                Front front = Front.before(origin);
                ChildProcess client = ChildProcess.start(
                        nghttp,
                        "-n",
                        "-s",
                        "-m",
                        "20",
                        "--continuation",
                        "-H",
                        "x-large: " + "y".repeat(2000),
                        url(front, "/"))) {
            assertThat(client.awaitExit()).as(client::output).isZero();
            assertThat(client.output().lines().filter(line -> line.contains(" 200 ")))
                    .as(client::output)
                    .hasSize(20);
        }
    }

    @Test
    void h2load() throws Exception {
        String h2load = Programs.require("h2load").toString();
        try (Origin origin = Origin.answering(Answer.ok("hello"));
                Front front = Front.before(origin);
                ChildProcess client =
                        ChildProcess.start(h2load, "-n", "5000", "-c", "10", "-m", "20", url(front, "/"))) {
            assertThat(client.awaitExit()).as(client::output).isZero();
            assertThat(client.output()).contains("5000 succeeded, 0 failed, 0 errored, 0 timeout");
            front.requireNothingIsLeft();
        }
    }

    @Test
    void h2loadUploads(@TempDir Path folder) throws Exception {
        String h2load = Programs.require("h2load").toString();
        Path upload = Files.writeString(folder.resolve("upload"), LARGE);
        try (Origin origin = Origin.start(
                        request -> Answer.ok(Integer.toString(request.body().length())));
                Front front = Front.before(origin);
                ChildProcess client = ChildProcess.start(
                        h2load, "-n", "50", "-c", "5", "-m", "5", "-d", upload.toString(), url(front, "/"))) {
            assertThat(client.awaitExit()).as(client::output).isZero();
            assertThat(client.output()).contains("50 succeeded, 0 failed, 0 errored, 0 timeout");
        }
    }

    @Test
    void nghttpdIsAnEndpoint(@TempDir Path folder) throws Exception {
        Path nghttpd = Programs.require("nghttpd");
        Files.writeString(folder.resolve("index.html"), "small");
        Files.writeString(folder.resolve("large"), LARGE);
        int port = LiveProxy.freePort();
        try (ChildProcess server = ChildProcess.start(
                        folder,
                        Bounds.WAIT.multipliedBy(3),
                        List.of(
                                nghttpd.toString(),
                                "--no-tls",
                                "-d",
                                folder.toString(),
                                "--trailer",
                                "x-sum: 42",
                                Integer.toString(port)));
                Front front = Front.beforeHttp2Port(port)) {
            Awaitility.await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
                RawClient.connect(port).close();
                return true;
            });
            try (Http2Client client = front.http2()) {
                for (int stream = 1; stream < 100; stream += 2) {
                    client.get(stream, stream % 4 == 1 ? "/large" : "/");
                }
                for (int stream = 1; stream < 100; stream += 2) {
                    assertThat(client.response(stream).body()).isEqualTo(stream % 4 == 1 ? LARGE : "small");
                    assertThat(client.message(stream).trailers().value("x-sum")).isEqualTo("42");
                }
            }
            assertThat(server.isAlive()).isTrue();
            front.requireNothingIsLeft();
        }
    }

    @Test
    void okHttp() throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                .build();
        try (Origin origin = Origin.start(request -> Answer.ok(request.body()));
                Front front = Front.before(origin)) {
            int calls = 50;
            CountDownLatch left = new CountDownLatch(calls);
            AtomicInteger right = new AtomicInteger();
            for (int i = 0; i < calls; i++) {
                RequestBody body = RequestBody.create(TEXT, MediaType.get("text/plain"));
                client.newCall(new Request.Builder()
                                .url(url(front, "/" + i))
                                .post(body)
                                .build())
                        .enqueue(new Callback() {
                            @Override
                            public void onFailure(Call call, IOException failed) {
                                left.countDown();
                            }

                            @Override
                            public void onResponse(Call call, Response response) throws IOException {
                                try (response) {
                                    ResponseBody answer = Objects.requireNonNull(response.body());
                                    if (answer.string().equals(TEXT)
                                            && response.protocol() == Protocol.H2_PRIOR_KNOWLEDGE) {
                                        right.incrementAndGet();
                                    }
                                } finally {
                                    left.countDown();
                                }
                            }
                        });
            }
            assertThat(left.await(Bounds.WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(right).hasValue(calls);
        } finally {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }
}
