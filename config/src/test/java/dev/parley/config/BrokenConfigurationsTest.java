package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a user reads when a configuration is broken, word for word. */
class BrokenConfigurationsTest {

    static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }
    @Test void scratch() {
        String L = "listeners:\n  edge: { port: 8080 }\n", S = "services:\n  payments: { endpoints: [127.0.0.1:9001] }\n";
        for (String t : new String[] {
            "", "# nothing\n", "just words\n", "- a\n",
            "listeners:\n\tedge: { port: 8080 }\n",
            "listeners:\n  edge: { port: 8080\nservices: {}\n",
            "listeners: {}\n---\nroutes: {}\n",
            "listeners: !foo {}\n", "listeners: *x\n", "a: &a [1,2]\nb: &b [*a,*a]\n", "a: &a [*a]\n",
            L + "  edge: { port: 8081 }\n",
            L + S + "routes:\n  payments:\n    listener: egde\n    path: /pay\n    to: paymets\n",
            L + S + "routes:\n  payments:\n    listener: edge\n    to: { payments: 1, paymets: 2 }\n    mirror: pay\n",
            "listener: {}\nport: 3\n", "listeners:\n  edge: { prot: 8080, timeout: { head: 5s } }\n",
            "listeners:\n  edge:\n", "listeners:\n", "drain: 5\n", "drain: 5 s\n", "drain: -5s\n", "event_loops: \"4\"\n", "event_loops: 010\n", "event_loops: 99999999999\n", "event_loops: 5000\n",
            "admin: { enabled: yes }\n", "admin: on\n", "access_log: [a, b]\n", "access_log: { to: stdout, buffer: 4MB }\n",
            "listeners:\n  edge: { port: 8080, unix: /run/x }\n", "listeners:\n  edge: { port: 70000, protocol: htpp }\n", "listeners:\n  edge: {}\n",
            "listeners:\n  edge: { port: 1, limits: { head_bytes: 2MiB, connections: 0 , head_fields: 0 }, allow: [10.0.0.1/8, foo] }\n",
            "listeners:\n  Edge!: { port: 1 }\n",
            "services:\n  a: { endpoints: [localhost, 127.0.0.1:1, 127.0.0.1:1, \"::1:1\"], retries: 99, idle_connections: -1 }\n  b: {}\n  c: { endpoints: [127.0.0.1:1, 127.0.0.1:1] }\n",
            "services:\n  a: { endpoints: [{weight: 3}], balance: fast }\n",
            "services:\n  a: { endpoints: [{address: a:1, weight: x}], balance: {algorithm: maglv, hash: cookie} }\n",
            L + S + "routes:\n  a: { listener: edge }\n  b: { listener: edge, to: payments, redirect: {status: 305}, path: {prefx: /x} }\n  c: { listener: edge, to: payments, path: {prefix: /x, exact: /y}, method: get, headers: {\"a b\": x, y: {regex: \"(\"}} }\n",
            L + S + "routes:\n  a: { listener: edge, path: {regex: \"(?=x)\"}, to: payments, rewrite: {prefix: /x} }\n  b: { listener: edge, to: payments, path: \"/o/{id}\", rewrite: {path: \"/p/{ie}\"} }\n  c: { listener: edge, path: \"/o/{x}\", to: payments }\n",
            "listeners:\n  a: { port: 8080 }\n  b: { port: 8080, address: \"0.0.0.0\" }\n  c: { port: 9901, address: \"::\" }\n  d: { unix: /x }\n  e: { unix: /x }\n  f: { port: 1, address: localhost }\n",
            "listeners:\n  t: { port: 1, protocol: tcp }\n  u: { port: 2, protocol: tcp }\n" + S + "routes:\n  a: { listener: t, to: payments, host: x.y, path: /z }\n  b: { listener: t, to: payments }\n",
            L + S + "routes:\n  a: { listener: edge, to: payments, nope: 1 }\n  a2: { listener: edge, to: { payments: many } }\n  a3: { to: payments }\n",
            L + S + "routes: { a: { <<: {listener: edge}, to: payments }, ? [x] : y }\n",
            "a: \u0007\n",
        }) {
            System.out.println("=== " + t.replace("\n", "⏎"));
            if (ConfigReader.create().readText("edge.yaml", t) instanceof Loaded.Rejected r) r.problems().forEach(x -> System.out.println(x.render()));
            else System.out.println("ACCEPTED");
        }
    }
}
