package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokenBodyTest {
    @Test
    void isRefusedWithTheCodeOfWhatIsWrong(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.answering(Answer.ok("never"));
                TestParley parley = TestParley.start(
                        Files.writeString(folder.resolve("parley.yaml"), """
                        admin: { enabled: false }
                        access_log: none
                        listeners:
                          edge: { port: 0 }
                        services:
                          hello: { endpoints: ["%s"] }
                        routes:
                          hello: { listener: edge, to: hello }
                        """.formatted(origin.endpoint())));
                RawClient client = RawClient.connect(parley.port("edge"))) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5g\r\nhello\r\n0\r\n\r\n");

            Reply reply = client.readReply();

            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.body()).contains("\"code\":\"chunk-size\"");
            assertThat(client.readToEnd()).isEmpty();
        }
    }
}
