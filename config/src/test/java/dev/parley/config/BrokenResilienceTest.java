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
                        "edge.yaml:3:67 listeners.db.rate_limits[0].by: by: header:x-tenant has no meaning on a tcp listener [tcp-route]. TCP carries bytes without requests, and what is limited there is who connects. Write by: address, caller or all, or give the listener protocol: http.",
                        "edge.yaml:6:46 services.s.retries: 'many' is not a number of retries [wrong-value]. Write one from 0 to 10, or a map of settings.",
                        "edge.yaml:7:44 services.t.hedge: 'p100' is not a duration [wrong-value]. Write a whole number with its unit: 250ms, 2s, 5m, 1h.",
                        "edge.yaml:8:54 services.u.breaker.open: longest_open is 5s, which is below open, 10s [wrong-value].",
                        "edge.yaml:11:49 routes.a.budget: budget is 0; it must be longer than zero [wrong-value].",
                        "edge.yaml:12:55 routes.b.rate_limits[0]: 'fast' is not a rate [wrong-value]. Write a whole number and s, m or h: 100/s, 30/m.",
                        "edge.yaml:13:37 routes.c.budget: budget has no meaning on tcp listener 'db' [tcp-route]. TCP carries bytes without requests. Remove it, or give the listener protocol: http.",
                        "edge.yaml:14:61 routes.d.rate_limits[0].by: by: header:x-tenant has no meaning on a udp listener [udp-route]. UDP carries bytes without requests, and what is limited there is who connects. Write by: address, caller or all, or give the listener protocol: http.");
    }

    private static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }
}
