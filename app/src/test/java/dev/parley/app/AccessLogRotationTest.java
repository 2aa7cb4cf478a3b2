package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogRotationTest {
    @Test
    void writesToTheNewFileAfterRenameAndSighup(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("access.log");
        Path rotated = folder.resolve("access.log.1");
        try (Origin origin = Origin.answering(Answer.ok("hello"));
                TestParley parley = TestParley.start(
                        Files.writeString(folder.resolve("parley.yaml"), """
                        admin: { enabled: false }
                        access_log: %s
                        listeners:
                          edge: { port: 0 }
                        services:
                          hello: { endpoints: ["%s"] }
                        routes:
                          hello: { listener: edge, to: hello }
                        """.formatted(log, origin.endpoint())))) {
            assertThat(parley.get("edge", "/before").status()).isEqualTo(200);
            await().atMost(Bounds.WAIT).until(() -> Files.readString(log).contains("/before"));

            Files.move(log, rotated);
            Process kill = new ProcessBuilder(
                            "kill",
                            "-HUP",
                            Long.toString(ProcessHandle.current().pid()))
                    .start();
            assertThat(kill.waitFor()).isZero();
            await().atMost(Bounds.WAIT).until(() -> {
                assertThat(parley.get("edge", "/after").status()).isEqualTo(200);
                return Files.exists(log) && Files.readString(log).contains("/after");
            });

            assertThat(rotated).content().contains("/before");
            assertThat(log).content().doesNotContain("/before");
        }
    }
}
