package dev.parley.app.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.Http2Client;
import dev.parley.testkit.http2.Http2Server;
import dev.parley.testkit.http2.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of gRPC with idempotency keys: what came of a call is in its trailers, or in a head that is the whole answer. */
class KeyedCallsTest {
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    @TempDir
    private Path folder;

    private final AtomicInteger executions = new AtomicInteger();

    private static Message call(Http2Client client, int stream, String key) throws IOException {
        client.headers(
                stream,
                END_HEADERS,
                Http2Client.request(
                        "POST",
                        "/pay.v1.Payments/Charge",
                        "content-type",
                        "application/grpc",
                        "te",
                        "trailers",
                        "idempotency-key",
                        key));
        client.data(stream, END_STREAM, "\0\0\0\0\3ten");
        return client.response(stream);
    }

    @Test
    void trailersAreGivenAgain() throws Exception {
        try (Http2Server endpoint = Http2Server.handling((connection, request) -> {
                    executions.incrementAndGet();
                    int stream = request.stream();
                    connection.headers(stream, END_HEADERS, ":status", "200", "content-type", "application/grpc");
                    connection.data(stream, 0, "\0\0\0\0\4paid");
                    connection.headers(
                            stream, END_HEADERS | END_STREAM, "grpc-status", "0", "grpc-message", "executed");
                });
                KeyedParley parley =
                        KeyedParley.before(folder, endpoint.endpoint(), "protocol: http2", "mode: require");
                Http2Client client = Http2Client.connect(parley.port())) {
            Message first = call(client, 1, "k");
            Message again = call(client, 3, "k");

            assertThat(executions).hasValue(1);
            for (Message each : new Message[] {first, again}) {
                assertThat(each.body()).isEqualTo("\0\0\0\0\4paid");
                assertThat(each.trailers().value("grpc-status")).isEqualTo("0");
                assertThat(each.trailers().value("grpc-message")).isEqualTo("executed");
            }
            assertThat(first.value("idempotent-replayed")).isEmpty();
            assertThat(again.value("idempotent-replayed")).isEqualTo("true");
        }
    }

    @Test
    void aStatusWithoutAnAnswerIsGivenAgainAndRefusalsAreStatuses() throws Exception {
        try (Http2Server endpoint = Http2Server.handling((connection, request) -> {
                    executions.incrementAndGet();
                    connection.headers(
                            request.stream(),
                            END_HEADERS | END_STREAM,
                            ":status",
                            "200",
                            "content-type",
                            "application/grpc",
                            "grpc-status",
                            "9");
                });
                KeyedParley parley =
                        KeyedParley.before(folder, endpoint.endpoint(), "protocol: http2", "mode: require");
                Http2Client client = Http2Client.connect(parley.port())) {
            assertThat(call(client, 1, "k").value("grpc-status")).isEqualTo("9");
            assertThat(call(client, 3, "k").value("grpc-status")).isEqualTo("9");
            assertThat(executions).hasValue(1);

            Message refused = call(client, 5, "k, l");
            assertThat(refused.value("grpc-status")).isEqualTo("13");
            assertThat(refused.value("grpc-message")).startsWith("idempotency-key-invalid: ");
        }
    }
}
