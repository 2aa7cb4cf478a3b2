package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads of mistakes about budgets, retries, hedges, breakers and limits, word for word. */
class BrokenResilienceTest {
    @Test
    void tellsEachMistakeInItsPlace() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080 }
                  db: { port: 8081, protocol: tcp, rate_limits: [{ rate: 5/s, by: 'header:X-Tenant' }] }
                  dns: { port: 8053, protocol: udp }
                services:
                  s: { endpoints: [127.0.0.1:9001], retries: many }
                  t: { endpoints: [127.0.0.1:9001], hedge: p100 }
                  u: { endpoints: [127.0.0.1:9001], breaker: { open: 10s } }
                  v: { endpoints: [127.0.0.1:9001] }
                routes:
                  a: { listener: edge, path: /a, to: v, budget: 0s }
                  b: { listener: edge, path: /b, to: v, rate_limits: [fast] }
                  c: { listener: db, to: v, budget: 1s }
                  d: { listener: dns, to: v, rate_limits: [{ rate: 5/s, by: 'header:X-Tenant' }] }
                """))
                .containsExactly(
                        "");
    }

    private static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }
}
