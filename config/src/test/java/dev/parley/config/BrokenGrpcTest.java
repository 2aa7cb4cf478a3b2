package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads of mistakes about gRPC, word for word. */
class BrokenGrpcTest {
    @Test
    void tellsEachMistakeInItsPlace() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080 }
                  db: { port: 8081, protocol: tcp }
                services:
                  payments: { endpoints: [127.0.0.1:9001], health: { http: /, grpc: '' } }
                  orders: { endpoints: [127.0.0.1:9001], health: { grpc: "two words" } }
                routes:
                  a: { listener: edge, path: /pay, grpc: pay.v1.Payments, to: payments }
                  b: { listener: edge, grpc: pay v1, to: payments }
                  c: { listener: edge, grpc: {}, to: payments }
                  d: { listener: edge, grpc: { service: '(', type: regex }, to: payments }
                  e: { listener: edge, grpc: a.B/C, to: payments }
                  f: { listener: edge, grpc: { service: a.B, method: C }, to: orders }
                  g: { listener: edge, grpc: a.B/D, redirect: { path: / } }
                  h: { listener: edge, grpc: a.B/E, method: GET, to: payments }
                  i: { listener: db, grpc: a.B/E, to: payments }
                  j: { listener: edge, grpc: { sevice: a.B }, to: payments }
                """))
                .containsExactly(
                        "edge.yaml:5:44 services.payments.health: A check asks over grpc or over http, not both [wrong-value]. Remove one of the two.",
                        "edge.yaml:6:58 services.orders.health.grpc: grpc is 'two words'; it must be the name of a service, of at most 1024 characters without spaces [wrong-value].",
                        "edge.yaml:8:3 routes.a: A route has grpc or path, not both [wrong-value]. The path of a call is its service and method: give one of the two.",
                        "edge.yaml:9:30 routes.b.grpc: service is 'pay v1', which is no name in protobuf [wrong-value]. Write it as in the .proto file: pay.v1.Payments; or set type: regex.",
                        "edge.yaml:10:24 routes.c.grpc: grpc names neither a service nor a method [wrong-value]. Leave grpc out to match any request.",
                        "edge.yaml:11:41 routes.d.grpc.service: '(' is not a regular expression: missing closing ) [bad-regex]. The syntax is RE2's, which has no look-around and no back-references, so that matching takes linear time. See https://github.com/google/re2/wiki/Syntax.",
                        "edge.yaml:13:3 routes.f: routes 'e' and 'f' match the same requests: POST /a.B/C on listener 'edge' [route-conflict]. Only one of them could ever be taken. Remove one, make its match differ, or put both services into one route with weights.",
                        "edge.yaml:14:30 routes.g.grpc: A route has grpc or redirect, not both [wrong-value]. Clients of gRPC follow no redirect.",
                        "edge.yaml:15:3 routes.h: A route has grpc or method, not both [wrong-value]. Every call of gRPC is a POST.",
                        "edge.yaml:16:28 routes.i.grpc: grpc has no meaning on tcp listener 'db' [tcp-route]. TCP carries bytes without requests. Remove it, or give the listener protocol: http.",
                        "edge.yaml:17:32 routes.j.grpc.sevice: key 'sevice' is not known here [unknown-key]. Did you mean 'service'?");
    }

    private static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }
}
