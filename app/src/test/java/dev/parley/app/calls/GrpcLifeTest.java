package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.app.life.LiveProxy;
import io.grpc.Status;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of calls outlive a change of what they go by, and a drain lets them end. */
class GrpcLifeTest {
    private Speaker a;
    private Speaker b;

    @BeforeEach
    void start() throws IOException {
        a = new Speaker("a");
        b = new Speaker("b");
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
    }

    private static String to(Speaker speaker) {
        return """
                drain: 10s
                listeners: { edge: { port: 0 } }
                services: { s: { endpoints: [%s], protocol: http2 } }
                routes: { r: { listener: edge, grpc: chat.Chat, to: s } }
                """.formatted(speaker.endpoint());
    }

    @Test
    void streamGoesOnWhereItIsAndTheNextCallGoesWhereTheChangeSays() throws Exception {
        try (LiveProxy parley = LiveProxy.start(to(a));
                Caller caller = new Caller(parley.port("edge"))) {
            Caller.Call call = caller.begin("chat.Chat/Talk").say("1");
            assertThat(call.heard()).isEqualTo("a chat.Chat/Talk: 1");
            parley.apply(to(b));
            for (int i = 2; i < 50; i++) {
                call.say(Integer.toString(i));
                assertThat(call.heard()).isEqualTo("a chat.Chat/Talk: " + i);
            }
            assertThat(caller.ask("chat.Chat/Talk", "new").heard()).startsWith("b ");
            assertThat(call.end().status()).isEqualTo(Status.OK);
            parley.requireNothingIsLeft();
        }
    }

    @Test
    void drainLetsAStreamEnd() throws Exception {
        try (LiveProxy parley = LiveProxy.start(to(a));
                Caller caller = new Caller(parley.port("edge"))) {
            Caller.Call call = caller.begin("chat.Chat/Talk").say("1");
            assertThat(call.heard()).endsWith(": 1");
            parley.apply("drain: 10s\nlisteners: {}\nservices: {}\nroutes: {}\n");
            call.say("2");
            assertThat(call.heard()).endsWith(": 2");
            assertThat(call.end().status()).isEqualTo(Status.OK);
            parley.requireNothingIsLeft();
        }
    }

    @Test
    void largeMessagesPassBothWays() throws Exception {
        try (LiveProxy parley = LiveProxy.start(to(a));
                Caller caller = new Caller(parley.port("edge"))) {
            String large = "x".repeat(5 << 20);
            Caller.Call call = caller.ask("chat.Chat/Talk", large);
            assertThat(call.status()).isEqualTo(Status.OK);
            assertThat(call.heard()).hasSize(large.length() + "a chat.Chat/Talk: ".length());
            parley.requireNothingIsLeft();
        }
    }
}
