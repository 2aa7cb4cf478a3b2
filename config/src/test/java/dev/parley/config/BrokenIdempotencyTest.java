package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads of mistakes about idempotency keys, word for word. */
class BrokenIdempotencyTest {
    @Test
    void tellsEachMistakeInItsPlace() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080 }
                  db: { port: 8081, protocol: tcp }
                services:
                  payments: { endpoints: [127.0.0.1:9001] }
                routes:
                  a: { listener: edge, path: /a, to: payments, idempotency: always }
                  b: { listener: edge, path: /b, to: payments, idempotency: { body_bytes: 2MiB } }
                  c: { listener: edge, path: /c, answer: { body: hi }, idempotency: require }
                  d: { listener: db, to: payments, idempotency: accept }
                  e: { listener: edge, path: /e, to: payments, idempotency: { scope: tenant } }
                """))
                .containsExactly(
                        "edge.yaml:7:61 routes.a.idempotency: 'always' is not a way to treat keys [wrong-value]. Write accept or require, or a map of settings.",
                        "edge.yaml:8:75 routes.b.idempotency.body_bytes: body_bytes is 2MiB, which is above 1MiB [wrong-value].",
                        "edge.yaml:9:69 routes.c.idempotency: this route answers by itself [keys-without-service]. A key says that a service executes a request once, and here none does. Remove idempotency, or send the requests to a service.",
                        "edge.yaml:10:49 routes.d.idempotency: idempotency has no meaning on tcp listener 'db' [tcp-route]. TCP carries bytes without requests. Remove it, or give the listener protocol: http.",
                        "edge.yaml:11:70 routes.e.idempotency.scope: 'tenant' is not what a limit can be kept by [wrong-value]. Write all, address, caller or header:NAME.");
    }

    private static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }
}
