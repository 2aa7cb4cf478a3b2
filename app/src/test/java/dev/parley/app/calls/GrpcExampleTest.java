package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** examples/grpc.yaml does what its comments say. */
class GrpcExampleTest {
    private static final byte[] SERVING = {8, 1};
    private static final byte[] NOT_SERVING = {8, 2};

    @Test
    void routesCallsAsItsCommentsSay() throws Exception {
        try (Speaker charges = new Speaker("9001");
                Speaker next = new Speaker("9002");
                Speaker payments = new Speaker("9003")) {
            charges.health(SERVING);
            next.health(SERVING);
            payments.health(SERVING);
            String example = Files.readString(Path.of("../examples/grpc.yaml"))
                    .replace("port: 8080", "port: 0")
                    .replace("127.0.0.1:9001", charges.endpoint())
                    .replace("127.0.0.1:9002", next.endpoint())
                    .replace("127.0.0.1:9003", payments.endpoint());
            try (LiveProxy parley = LiveProxy.start(example);
                    Caller caller = new Caller(parley.port("edge"))) {
                Set<String> answered = new HashSet<>();
                // 1 of 20 goes to the new version: that none of 400 does, happens once in a billion runs.
                for (int i = 0; i < 400; i++) {
                    answered.add(
                            caller.ask("pay.v1.Payments/Charge", "x").heard().substring(0, 4));
                }
                assertThat(answered).containsExactlyInAnyOrder("9001", "9002");
                assertThat(caller.ask("pay.v1.Payments/Refund", "x").heard()).startsWith("9003");
                Status none = caller.ask("shop.v1.Carts/Add", "x").status();
                assertThat(none.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
                preflights(parley);
                payments.health(NOT_SERVING);
                await().atMost(Bounds.WAIT).untilAsserted(() -> {
                    Status down = caller.ask("pay.v1.Payments/Refund", "x").status();
                    assertThat(down.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    assertThat(down.getDescription()).contains("no-endpoint: ", "NOT_SERVING");
                });
            }
        }
    }

    private static void preflights(LiveProxy parley) throws Exception {
        try (RawClient browser = parley.connect("edge")) {
            browser.send("OPTIONS /pay.v1.Payments/Charge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            Reply reply = browser.readReply();
            assertThat(reply.status()).isEqualTo(204);
            assertThat(reply.value("access-control-allow-headers")).contains("x-grpc-web");
        }
    }
}
