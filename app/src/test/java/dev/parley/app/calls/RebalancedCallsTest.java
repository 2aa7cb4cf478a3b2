package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls of gRPC that stream move to endpoints that came later, where a service asks for it. */
class RebalancedCallsTest {
    private static final int CALLS = 60;

    private static String serving(String rebalance, Speaker... speakers) {
        List<String> endpoints = new ArrayList<>();
        for (Speaker speaker : speakers) {
            endpoints.add("\"" + speaker.endpoint() + "\"");
        }
        return """
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { protocol: http2, endpoints: [%s], %s } }
            routes: { r: { listener: edge, path: /, to: s } }
            """.formatted(String.join(", ", endpoints), rebalance);
    }

    @Test
    void streamsEndAsUnavailableBetweenTwoMessagesAndBeginAnew() throws Exception {
        String fast = "rebalance: { per_minute: 100%, least_age: 0s, tolerance: 0% }";
        try (Speaker old = new Speaker("old");
                Speaker fresh = new Speaker("fresh");
                LiveProxy proxy = LiveProxy.start(serving(fast, old));
                Caller caller = new Caller(proxy.port("edge"))) {
            List<Caller.Call> calls = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                Caller.Call call = caller.begin("s.S/Stream", new Metadata(), CallOptions.DEFAULT);
                assertThat(call.say("hello").heard()).startsWith("old ");
                calls.add(call);
            }
            proxy.apply(serving(fast, old, fresh));
            await().atMost(Bounds.WAIT).until(() -> calls.stream().anyMatch(Caller.Call::ended));
            for (Caller.Call call : calls) {
                if (call.ended()) {
                    assertThat(call.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                }
            }
            assertThat(proxy.awaitLogged("rebalanced")).contains("\"grpc_status\":14");
            old.goOn();
            for (Caller.Call call : calls) {
                if (!call.ended()) {
                    assertThat(call.heard()).isEqualTo("and on");
                    call.cancel();
                }
            }
        }
    }
}
