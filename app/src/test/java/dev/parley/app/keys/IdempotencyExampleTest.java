package dev.parley.app.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** examples/idempotency.yaml does what its comments say. */
class IdempotencyExampleTest {
    @TempDir
    private Path folder;

    private static Reply ask(KeyedParley parley, String request) throws IOException {
        try (RawClient client = RawClient.connect(parley.port())) {
            return client.send(request).readReply();
        }
    }

    @Test
    void executesOnceAsItsCommentsSay() throws Exception {
        AtomicInteger executions = new AtomicInteger();
        CountDownLatch held = new CountDownLatch(1);
        try (Origin payments = Origin.start(request -> request.head().startsWith("POST /orders")
                ? Answer.after(held).then(Answer.ok("order " + executions.incrementAndGet()))
                : Answer.ok("paid " + executions.incrementAndGet()))) {
            String example = Files.readString(Path.of("../examples/idempotency.yaml"))
                    .replace("port: 8080", "port: 0")
                    .replace("127.0.0.1:9001, 127.0.0.1:9002", payments.endpoint());
            String key = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"";
            try (KeyedParley parley = KeyedParley.serve(folder, example);
                    RawClient first = RawClient.connect(parley.port())) {
                assertThat(ask(parley, KeyedParley.request(key, "amount=10")).body())
                        .isEqualTo("paid 1");
                Reply again = ask(parley, KeyedParley.request(key, "amount=10"));
                assertThat(again.body()).isEqualTo("paid 1");
                assertThat(again.value("Idempotent-Replayed")).isEqualTo("true");
                assertThat(ask(parley, KeyedParley.request(key, "amount=20")).status())
                        .isEqualTo(422);
                assertThat(ask(parley, "POST /pay HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                                .status())
                        .isEqualTo(400);

                first.send(KeyedParley.requestTo("/orders", key, "one", "X-Tenant: a"));
                payments.takeRequest();
                payments.takeRequest();
                assertThat(ask(parley, KeyedParley.requestTo("/orders", key, "one", "X-Tenant: a"))
                                .status())
                        .isEqualTo(409);
                held.countDown();
                assertThat(first.readReply().body()).isEqualTo("order 2");
                assertThat(ask(parley, KeyedParley.requestTo("/orders", key, "one", "X-Tenant: b"))
                                .body())
                        .isEqualTo("order 3");
            }
        }
    }
}
