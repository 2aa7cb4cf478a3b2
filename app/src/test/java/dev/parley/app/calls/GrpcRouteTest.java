package dev.parley.app.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Routes by service and method, and what is told of the calls that take them. */
class GrpcRouteTest {
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

    private LiveProxy parley(String routes) throws IOException {
        return LiveProxy.start("""
                drain: 3s
                listeners: { edge: { port: 0 } }
                services:
                  a: { endpoints: [%s], protocol: http2 }
                  b: { endpoints: [%s], protocol: http2 }
                  nobody: { endpoints: [127.0.0.1:%d], protocol: http2, retries: 0 }
                routes:
                %s
                """.formatted(a.endpoint(), b.endpoint(), LiveProxy.freePort(), routes.indent(2)));
    }

    private static String answer(Caller caller, String method) throws Exception {
        Caller.Call call = caller.ask(method, "x");
        assertThat(call.status()).isEqualTo(Status.OK);
        return call.heard();
    }

    @Test
    void mostSpecificOfMethodServiceAndAnyWins() throws Exception {
        try (LiveProxy parley = parley("""
                        one: { listener: edge, grpc: pay.v1.Payments/Charge, to: a }
                        service: { listener: edge, grpc: { service: pay.v1.Payments }, to: b }
                        method: { listener: edge, grpc: { method: Ping }, to: a }
                        old: { listener: edge, grpc: { service: 'shop\\.v[12]\\.[A-Z]\\w*', type: regex }, to: b }
                        """);
                Caller caller = new Caller(parley.port("edge"))) {
            assertThat(answer(caller, "pay.v1.Payments/Charge")).startsWith("a pay.v1.Payments/Charge");
            assertThat(answer(caller, "pay.v1.Payments/Refund")).startsWith("b pay.v1.Payments/Refund");
            assertThat(answer(caller, "any.Service/Ping")).startsWith("a any.Service/Ping");
            assertThat(answer(caller, "shop.v2.Carts/Add")).startsWith("b shop.v2.Carts/Add");
            assertThat(caller.ask("shop.v3.Carts/Add", "x").status().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            // A name that begins alike is another service.
            Status unknown = caller.ask("pay.v1.PaymentsOfOthers/Charge", "x").status();
            assertThat(unknown.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            assertThat(unknown.getDescription()).startsWith("no-route: ");
        }
    }

    @Test
    void requestsThatAreNoPostMatchNoCall() throws Exception {
        try (LiveProxy parley = parley("r: { listener: edge, grpc: pay.v1.Payments, to: a }");
                var client = parley.connect("edge")) {
            client.send("GET /pay.v1.Payments/Charge HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(client.readReply().status()).isEqualTo(404);
        }
    }

    @Test
    void callsAreSpreadByWeight() throws Exception {
        try (LiveProxy parley = parley("r: { listener: edge, grpc: pay.v1.Payments, to: { a: 1, b: 1 } }");
                Caller caller = new Caller(parley.port("edge"))) {
            Set<Character> answered = new HashSet<>();
            for (int i = 0; i < 64; i++) {
                answered.add(answer(caller, "pay.v1.Payments/Charge").charAt(0));
            }
            assertThat(answered).containsExactlyInAnyOrder('a', 'b');
        }
    }

    @Test
    void headersAreEditedBothWays() throws Exception {
        try (LiveProxy parley = parley("""
                        r:
                          listener: edge
                          grpc: pay.v1.Payments
                          to: a
                          request: { set: { x-team: red } }
                          response: { set: { x-seen: parley } }
                        """);
                Caller caller = new Caller(parley.port("edge"))) {
            Caller.Call call = caller.ask("pay.v1.Payments/Charge", "x");
            assertThat(call.heard()).contains(" of red: x");
            assertThat(call.head().get(Metadata.Key.of("x-seen", Metadata.ASCII_STRING_MARSHALLER)))
                    .isEqualTo("parley");
        }
    }

    @Test
    void statusOfACallIsInTheLogAndTheMetrics() throws Exception {
        try (LiveProxy parley = parley("calls: { listener: edge, grpc: pay.v1.Payments, to: a }");
                Caller caller = new Caller(parley.port("edge"))) {
            assertThat(answer(caller, "pay.v1.Payments/Charge")).startsWith("a ");
            Status failed = caller.ask("pay.v1.Payments/Fail", "x").status();
            assertThat(failed.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(failed.getDescription()).isEqualTo("50 % won't do");
            assertThat(parley.awaitLogged("Payments/Charge")).contains("\"status\":200,\"grpc_status\":0,");
            assertThat(parley.awaitLogged("Payments/Fail")).contains("\"status\":200,\"grpc_status\":9,");
            assertThat(parley.scrape())
                    .contains(
                            "parley_route_grpc_calls_total{route=\"calls\",status=\"0\"} 1.0",
                            "parley_route_grpc_calls_total{route=\"calls\",status=\"9\"} 1.0",
                            "parley_service_grpc_calls_total{service=\"a\",status=\"9\"} 1.0");
        }
    }

    @Test
    void localAnswersSayWhyAndAreCounted() throws Exception {
        try (LiveProxy parley = parley("r: { listener: edge, grpc: pay.v1.Payments, to: nobody }");
                Caller caller = new Caller(parley.port("edge"))) {
            Status refused = caller.ask("pay.v1.Payments/Charge", "x").status();
            assertThat(refused.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refused.getDescription()).contains("connection refused");
            assertThat(parley.awaitLogged("Payments/Charge")).contains("\"grpc_status\":14,");
            Status down = caller.ask("pay.v1.Payments/Again", "x").status();
            assertThat(down.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(parley.scrape())
                    .contains("parley_service_grpc_calls_total{service=\"nobody\",status=\"14\"} 2.0");
        }
    }

    @Test
    void deadlineIsToldToTheEndpointAndTheLog() throws Exception {
        try (LiveProxy parley = parley("r: { listener: edge, grpc: pay.v1.Payments, to: a }");
                Caller caller = new Caller(parley.port("edge"))) {
            CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS);
            Caller.Call call = caller.begin("pay.v1.Payments/Never", new Metadata(), options)
                    .say("x")
                    .end();
            assertThat(call.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(parley.awaitLogged("Payments/Never")).containsPattern("\"timeout_us\":[12]?\\d{5}[,}]");
            // It ends the call by itself too, which only a server that was told can do.
            await().atMost(Bounds.WAIT)
                    .untilAsserted(() -> assertThat(a.cancelled()).isPositive());
            // Client and Parley keep the same deadline: whose word comes first is a matter of milliseconds.
            assertThat(parley.scrape()).containsPattern("status=\"(none|4)\"} 1\\.0");
        }
    }

    @Test
    void cancelledCallReachesTheEndpoint() throws Exception {
        try (LiveProxy parley = parley("r: { listener: edge, grpc: pay.v1.Payments, to: a }");
                Caller caller = new Caller(parley.port("edge"))) {
            Caller.Call call = caller.begin("pay.v1.Payments/Echo").say("x");
            assertThat(call.heard()).endsWith(": x");
            call.cancel();
            await().atMost(Bounds.WAIT)
                    .untilAsserted(() -> assertThat(a.cancelled()).isEqualTo(1));
            parley.requireNothingIsLeft();
        }
    }
}
