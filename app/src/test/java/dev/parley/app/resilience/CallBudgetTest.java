package dev.parley.app.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Latency budgets and retries over HTTP/2 and in calls of gRPC, whose deadline is a field of their own. */
class CallBudgetTest {
    private static final String[] CALL = {"content-type", "application/grpc", "te", "trailers"};
    private static final String MESSAGE = "\0\0\0\0\0";

    private final List<Message> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger cancelled = new AtomicInteger();

    private static LiveProxy serving(String addresses, String service, String route) throws IOException {
        return LiveProxy.start("""
            drain: 2s
            listeners: { edge: { port: 0 } }
            services: { s: { endpoints: [%s], protocol: http2, balance: round_robin, %s } }
            routes: { r: { listener: edge, to: s, %s } }
            """.formatted(addresses, service, route));
    }

    private static LiveProxy serving(Http2Server server, String route) throws IOException {
        return serving('"' + server.endpoint() + '"', "retries: 2", route);
    }

    /** A server whose answer ends with a status, one for each call and the last one from then on. */
    private Http2Server ending(int... statuses) throws IOException {
        return Http2Server.handling((connection, request) -> {
            asked.add(request);
            int status = statuses[Math.min(asked.size(), statuses.length) - 1];
            connection.headers(
                    request.stream(),
                    Frame.END_STREAM,
                    ":status",
                    "200",
                    "content-type",
                    "application/grpc",
                    "grpc-status",
                    Integer.toString(status));
        });
    }

    /** A server that sends so much of an answer and never ends it, until its stream is reset. */
    private Http2Server hanging(boolean begins) throws IOException {
        return Http2Server.running(connection -> {
            connection.begin();
            Message request = connection.takeRequest();
            asked.add(request);
            if (begins) {
                connection.headers(request.stream(), 0, ":status", "200", "content-type", "application/grpc");
                connection.data(request.stream(), 0, MESSAGE);
            }
            connection.expectReset(request.stream(), ErrorCode.CANCEL);
            cancelled.incrementAndGet();
        });
    }

    private static void call(Http2Client client, int stream, String... moreFields) throws IOException {
        String[] fields = new String[CALL.length + moreFields.length];
        System.arraycopy(CALL, 0, fields, 0, CALL.length);
        System.arraycopy(moreFields, 0, fields, CALL.length, moreFields.length);
        client.post(stream, "/pkg.S/M", fields);
        client.data(stream, Frame.END_STREAM, MESSAGE);
    }

    private long toldMicros(int number) {
        String told = asked.get(number).value("grpc-timeout");
        assertThat(told).matches("\\d{1,8}u");
        return Long.parseLong(told.substring(0, told.length() - 1));
    }

    @Test
    void whatRemainsGoesOnAsGrpcTimeout() throws Exception {
        try (Http2Server server = ending(0);
                LiveProxy proxy = serving(server, "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            client.response(1);
            assertThat(toldMicros(0)).isBetween(1_000_000L, 30_000_000L);
            call(client, 3, "grpc-timeout", "20S");
            client.response(3);
            assertThat(toldMicros(1)).isBetween(1_000_000L, 20_000_000L);
            call(client, 5, "grpc-timeout", "1H");
            client.response(5);
            assertThat(toldMicros(2)).isBetween(1_000_000L, 30_000_000L);
            assertThat(asked.get(2).value("parley-budget-ms")).isEmpty();
        }
    }

    @Test
    void aTimeoutThatCannotBeReadGoesOnAsItCame() throws Exception {
        try (Http2Server server = ending(0);
                LiveProxy proxy = serving(server, "criticality: critical");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1, "grpc-timeout", "soon");
            client.response(1);
            assertThat(asked.get(0).value("grpc-timeout")).isEqualTo("soon");
        }
    }

    @Test
    void aTimeoutIsNoBudgetOfWhatIsNoCall() throws Exception {
        try (Http2Server server = Http2Server.answering("ok");
                LiveProxy proxy = serving(server, "criticality: critical");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            client.get(1, "/", "grpc-timeout", "0S");
            assertThat(client.response(1).body()).isEqualTo("ok");
        }
    }

    @Test
    void aCallThatCameTooLateIsToldAtOnce() throws Exception {
        try (Http2Server server = ending(0);
                LiveProxy proxy = serving(server, "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1, "grpc-timeout", "0m");
            Message answer = client.response(1);
            assertThat(answer.value("grpc-status")).isEqualTo("4");
            assertThat(answer.value("grpc-message")).startsWith("budget-spent: ");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aCallIsCancelledAtTheEndpointAndExceedsItsDeadline() throws Exception {
        try (Http2Server server = hanging(false);
                LiveProxy proxy = serving(server, "budget: 200ms");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            assertThat(client.response(1).value("grpc-status")).isEqualTo("4");
            await().atMost(Bounds.WAIT).until(() -> cancelled.get() == 1);
            assertThat(proxy.awaitLogged("budget_spent")).contains("\"grpc_status\":4", "\"status\":504");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aCallWhoseAnswerHasBegunEndsWithThatStatusToo() throws Exception {
        try (Http2Server server = hanging(true);
                LiveProxy proxy = serving(server, "budget: 300ms");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            Message answer = client.response(1);
            assertThat(answer.bodyBytes()).isEqualTo(5);
            assertThat(answer.trailers().value("grpc-status")).isEqualTo("4");
            await().atMost(Bounds.WAIT).until(() -> cancelled.get() == 1);
            assertThat(proxy.awaitLogged("budget_spent")).contains("\"grpc_status\":4", "\"cut_short\":true");
            proxy.requireNothingIsLeft();
        }
    }

    @Test
    void aRequestOfHttp2IsCancelledByAReset() throws Exception {
        try (Http2Server server = hanging(false);
                LiveProxy proxy = serving(server, "budget: 200ms");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            Message answer = client.exchange(1, "/");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("budget-spent");
            await().atMost(Bounds.WAIT).until(() -> cancelled.get() == 1);
        }
    }

    // ---- retries ----

    @Test
    void aCallIsTriedAgainForAStatusThatIsListedWhereTheServiceTakesThat() throws Exception {
        try (Http2Server server = ending(14, 0);
                LiveProxy proxy = serving(
                        '"' + server.endpoint() + '"',
                        "retries: { grpc_statuses: [14], any_method: true }",
                        "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            assertThat(client.response(1).value("grpc-status")).isEqualTo("0");
            assertThat(toldMicros(1)).isLessThan(toldMicros(0));
            assertThat(proxy.scrape()).contains("parley_service_retries_total{cause=\"grpc_status\",service=\"s\"} 1");
        }
    }

    @Test
    void aCallIsAPostAndIsNotTriedAgainByItself() throws Exception {
        try (Http2Server server = ending(14, 0);
                LiveProxy proxy =
                        serving('"' + server.endpoint() + '"', "retries: { grpc_statuses: [14] }", "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            assertThat(client.response(1).value("grpc-status")).isEqualTo("14");
            assertThat(proxy.awaitLogged("\"grpc_status\":14")).contains("\"no_retry\":\"not_safe\"");
        }
    }

    @Test
    void aStatusBehindAMessageIsPassedOn() throws Exception {
        try (Http2Server server = Http2Server.handling((connection, request) -> {
                    asked.add(request);
                    int stream = request.stream();
                    connection.headers(stream, 0, ":status", "200", "content-type", "application/grpc");
                    connection.data(stream, 0, MESSAGE);
                    connection.headers(stream, Frame.END_STREAM, "grpc-status", "14");
                });
                LiveProxy proxy = serving(
                        '"' + server.endpoint() + '"',
                        "retries: { grpc_statuses: [14], any_method: true }",
                        "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            call(client, 1);
            assertThat(client.response(1).trailers().value("grpc-status")).isEqualTo("14");
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void aStreamThatWasNotProcessedIsTriedAgainWhateverItsMethod() throws Exception {
        Http2Server.Handler handler = (connection, request) -> {
            asked.add(request);
            if (asked.size() == 1) {
                connection.reset(request.stream(), ErrorCode.REFUSED_STREAM);
            } else {
                connection.answer(request.stream(), 200, request.body());
            }
        };
        try (Http2Server one = Http2Server.handling(handler);
                Http2Server two = Http2Server.handling(handler);
                LiveProxy proxy = serving(
                        "\"%s\", \"%s\"".formatted(one.endpoint(), two.endpoint()), "retries: 2", "budget: 30s");
                Http2Client client = Http2Client.connect(proxy.port("edge"))) {
            client.post(1, "/");
            client.data(1, Frame.END_STREAM, "body");
            assertThat(client.response(1).body()).isEqualTo("body");
            assertThat(asked).hasSize(2);
        }
    }
}
