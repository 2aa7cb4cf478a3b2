package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrainedRequestTest {
    @Test
    void isLoggedOnceAsParleysDoingWhenItsTimeIsUp(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("access.log");
        try (Origin origin = Origin.answering(Answer.never())) {
            TestParley parley = TestParley.start(
                    Files.writeString(folder.resolve("parley.yaml"), """
                    admin: { enabled: false }
                    access_log: %s
                    drain: 100ms
                    listeners:
                      edge: { port: 0 }
                    services:
                      silent: { endpoints: ["%s"] }
                    routes:
                      silent: { listener: edge, to: silent }
                    """.formatted(log, origin.endpoint())));
            try (RawClient client = RawClient.connect(parley.port("edge"))) {
                client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
                origin.takeRequest();

                parley.close();

                assertThatThrownBy(client::readReply).isInstanceOf(IOException.class);
            }
        }
        assertThat(Files.readAllLines(log)).singleElement().asString().contains("/long", "\"outcome\":\"drained\"");
    }
}
