package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusReportTest {
    private static final Pattern RATE = Pattern.compile("\"requests_per_second\":([0-9.]+)");
    private static final int REQUESTS = 50;

    @Test
    void theFirstLookHasRatesSinceTheStart(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("hello"))) {
            Path file = Files.writeString(folder.resolve("parley.yaml"), """
                    admin: { port: 0 }
                    access_log: none
                    listeners:
                      edge: { port: 0 }
                    services:
                      hello: { endpoints: ["%s"] }
                    routes:
                      hello: { listener: edge, to: hello }
                    """.formatted(origin.endpoint()));
            long before = System.nanoTime();
            try (TestParley parley = TestParley.start(file)) {
                for (int i = 0; i < REQUESTS; i++) {
                    parley.get("edge", "/");
                }
                String status = parley.askAdmin("/status").body();
                double seconds = (System.nanoTime() - before) / 1e9;

                Matcher rate = RATE.matcher(status);
                assertThat(rate.find()).isTrue();
                // Parley's clock ran for a little less than this test's.
                assertThat(Double.parseDouble(rate.group(1))).isGreaterThanOrEqualTo(Math.floor(REQUESTS / seconds));
            }
        }
    }

    @Test
    void anEjectedEndpointSaysSoAndWhy(@TempDir Path folder) throws Exception {
        try (Origin good = Origin.answering(Answer.ok("hello"));
                Origin bad = Origin.answering(Answer.status(500, "broken"))) {
            Path file =
                    Files.writeString(folder.resolve("parley.yaml"), """
                    admin: { port: 0 }
                    access_log: none
                    listeners:
                      edge: { port: 0 }
                    services:
                      hello: { endpoints: ["%s", "%s"], balance: round_robin }
                    routes:
                      hello: { listener: edge, to: hello }
                    """.formatted(good.endpoint(), bad.endpoint()));
            try (TestParley parley = TestParley.start(file)) {
                for (int i = 0; i < 10; i++) {
                    parley.get("edge", "/");
                }
                assertThat(parley.askAdmin("/status").body())
                        .contains("\"address\":\"" + bad.endpoint()
                                + "\",\"state\":\"ejected\",\"reason\":\"5 failures in a row\"");
            }
        }
    }
}
