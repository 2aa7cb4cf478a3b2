package dev.parley.app.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** examples/http2.yaml does what its comments say. */
class Http2ExampleTest {
    @Test
    void bridgesAsItsCommentsSay() throws Exception {
        try (Http2Server current = Http2Server.answering("current");
                Origin legacy = Origin.start(request -> Answer.ok("legacy"))) {
            String example = Files.readString(Path.of("../examples/http2.yaml"))
                    .replace("port: 8080", "port: 0")
                    .replace("127.0.0.1:9001, 127.0.0.1:9002", current.endpoint())
                    .replace("127.0.0.1:9101", legacy.endpoint());
            try (LiveProxy parley = LiveProxy.start(example);
                    Http2Client client = Http2Client.connect(parley.port("edge"));
                    RawClient old = parley.connect("edge")) {
                assertThat(client.exchange(1, "/v2/").body()).isEqualTo("current");
                assertThat(client.exchange(3, "/v1/").body()).isEqualTo("legacy");
                old.send("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(old.readReply().body()).isEqualTo("current");
            }
        }
    }
}
