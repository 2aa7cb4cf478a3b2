package dev.parley.app;

import dev.parley.cli.Program;
import dev.parley.config.ConfigReader;
import dev.parley.config.Loaded;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The run from which the launcher makes the AOT cache (JEP 514): starts Parley as {@code up} does, warms it up for longer than a
 * start would, so that the cache holds profiles of hot code (JEP 515), scrapes its admin address, and stops.
 */
final class Training {
    private static final String CONFIGURATION = """
            admin: { port: 0 }
            access_log: /dev/null
            listeners:
              edge: { port: 0 }
            services:
              local: { endpoints: [127.0.0.1:9], health: { http: /, interval: 1s } }
            routes:
              local: { listener: edge, path: /, to: local }
            """;

    private Training() {}

    static void run() throws InterruptedException {
        try {
            Path folder = Files.createTempDirectory("parley-train");
            Path file = Files.writeString(folder.resolve("parley.yaml"), CONFIGURATION);
            if (!(ConfigReader.create().read(file) instanceof Loaded.Accepted loaded)) {
                throw new IllegalStateException("the training's own configuration is refused");
            }
            Program program = new Assembly(WarmUp.Amount.NONE);
            if (program.up(new Program.UpOptions(file, loaded)) instanceof Program.Started started) {
                WarmUp.run(new WarmUp.Amount(200_000, Duration.ofSeconds(12)));
                started.running().admin().ifPresent(admin -> scrape(admin.getPort()));
                started.running().stop();
            }
            Files.delete(file);
            Files.delete(folder);
        } catch (IOException failed) {
            throw new IllegalStateException("training failed", failed);
        }
    }

    private static void scrape(int port) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String path : new String[] {"/metrics", "/status", "/readyz"}) {
                URI uri = URI.create("http://127.0.0.1:" + port + path);
                client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
            }
        } catch (IOException failed) {
            throw new IllegalStateException("the admin address does not answer", failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
