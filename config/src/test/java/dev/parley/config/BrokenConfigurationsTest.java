package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads when a configuration is broken, word for word. */
class BrokenConfigurationsTest {
    private static final String EDGE_AND_PAYMENTS = """
            listeners:
              edge: { port: 8080 }
            services:
              payments: { endpoints: [127.0.0.1:9001] }
            """;

    private static List<String> problems(String text) {
        return switch (ConfigReader.create().readText("edge.yaml", text)) {
            case Loaded.Accepted accepted -> List.of();
            case Loaded.Rejected rejected ->
                rejected.problems().stream().map(LocatedProblem::render).toList();
        };
    }

    @Test
    void tellsEmptyText() {
        assertThat(problems(""))
                .containsExactly(
                        "edge.yaml: there is nothing in it [empty-file]. A configuration has at least listeners, services and routes. Write them, or remove the file.");
    }

    @Test
    void tellsCommentsAlone() {
        assertThat(problems("""
                # nothing
                """))
                .containsExactly(
                        "edge.yaml: there is nothing in it [empty-file]. A configuration has at least listeners, services and routes. Write them, or remove the file.");
    }

    @Test
    void tellsWordsInPlaceOfAMap() {
        assertThat(problems("""
                just words
                """))
                .containsExactly(
                        "edge.yaml:1:1: this is not a map [wrong-type]. A configuration is a map with admin, access_log, drain, event_loops, zone, state, listeners, services, routes. Begin with one of them and a colon.");
    }

    @Test
    void tellsTabs() {
        assertThat(problems("listeners:\n\tedge: { port: 8080 }\n"))
                .containsExactly(
                        "edge.yaml:2:1: a tab stands where YAML allows only spaces [yaml-syntax]. Editors show tabs in different widths, so YAML does not indent with them. Replace it by spaces.");
    }

    @Test
    void tellsBracketThatIsNotClosed() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080
                services: {}
                """))
                .containsExactly(
                        "edge.yaml:3:9: this is not YAML: while parsing a flow mapping, expected ',' or '}', but got : (begun at line 2) [yaml-syntax]. Check the indentation, and quote text that has ': ', ' #' or brackets in it.");
    }

    @Test
    void tellsSecondDocument() {
        assertThat(problems("""
                listeners: {}
                ---
                routes: {}
                """))
                .containsExactly(
                        "edge.yaml:2:1: a second document begins here [several-documents]. A file is one document, and a folder is how several are given. Remove the '---', or move what follows into a file of its own.");
    }

    @Test
    void tellsTags() {
        assertThat(problems("""
                listeners: !foo {}
                """))
                .containsExactly(
                        "edge.yaml:1:12: the tag '!foo' is not read [yaml-tag]. Each setting has the one type that the reference gives. Remove the tag; quote a text that begins with '!'.");
    }

    @Test
    void tellsAliasOfNothing() {
        assertThat(problems("""
                listeners: *x
                """))
                .containsExactly(
                        "edge.yaml:1:12: the alias '*x' stands for nothing [yaml-syntax]. An alias repeats a whole value that was named with & above it. Put '&x' before that value.");
    }

    @Test
    void tellsAliasOfItself() {
        assertThat(problems("""
                a: &a [*a]
                """))
                .containsExactly(
                        "edge.yaml:1:8: the alias '*a' stands for nothing [yaml-syntax]. An alias repeats a whole value that was named with & above it. Put '&a' before that value.");
    }

    @Test
    void tellsKeyGivenTwice() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080 }
                  edge: { port: 8081 }
                """))
                .containsExactly(
                        "edge.yaml:3:3 listeners.edge: key 'edge' is given twice in one map, first at line 2 [duplicate-key]. Only one of the two could count. Remove or rename one.");
    }

    @Test
    void tellsDanglingReferences() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  payments:
                    listener: egde
                    path: /pay
                    to: paymets
                """))
                .containsExactly(
                        "edge.yaml:7:15 routes.payments.listener: listener 'egde' does not exist [dangling-reference]. Did you mean 'edge'?",
                        "edge.yaml:9:9 routes.payments.to: service 'paymets' does not exist [dangling-reference]. Did you mean 'payments'?");
    }

    @Test
    void tellsDanglingWeightedAndMirroredServices() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  payments:
                    listener: edge
                    to: { payments: 1, paymets: 2 }
                    mirror: pay
                """))
                .containsExactly(
                        "edge.yaml:8:33 routes.payments.to.paymets: service 'paymets' does not exist [dangling-reference]. Did you mean 'payments'?",
                        "edge.yaml:9:13 routes.payments.mirror.service: service 'pay' does not exist [dangling-reference]. Define it under services, or name one that is there.");
    }

    @Test
    void tellsMisplacedKeysAtTheTop() {
        assertThat(problems("""
                listener: {}
                port: 3
                """))
                .containsExactly(
                        "edge.yaml:1:1 listener: key 'listener' is not known here [unknown-key]. It belongs in routes.NAME. Did you mean 'listeners'?",
                        "edge.yaml:2:1 port: key 'port' is not known here [unknown-key]. It belongs in admin or listeners.NAME or services.NAME.health or routes.NAME.redirect. The keys here are admin, access_log, drain, event_loops, zone, state, listeners, services, routes.");
    }

    @Test
    void tellsMisspeltKeysInAListener() {
        assertThat(problems("""
                listeners:
                  edge: { prot: 8080, timeout: { head: 5s } }
                """))
                .containsExactly(
                        "edge.yaml:2:11 listeners.edge.prot: key 'prot' is not known here [unknown-key]. Did you mean 'port'?",
                        "edge.yaml:2:23 listeners.edge.timeout: key 'timeout' is not known here [unknown-key]. It belongs in services.NAME.health. Did you mean 'timeouts'?");
    }

    @Test
    void tellsNameWithoutAValue() {
        assertThat(problems("""
                listeners:
                  edge:
                """))
                .containsExactly(
                        "edge.yaml:2:3 listeners.edge: there is no value [null-value]. It should be a map with address, port, unix, protocol, allow, deny, proxy_protocol, tls, trust_forwarded, http2, limits, timeouts, rate_limits. Write one, or remove the key.");
    }

    @Test
    void tellsMapWithoutAValue() {
        assertThat(problems("""
                listeners:
                """))
                .containsExactly(
                        "edge.yaml:1:1 listeners: there is no value [null-value]. It should be a map. Write one, or remove the key.");
    }

    @Test
    void tellsDurationWithoutAUnit() {
        assertThat(problems("""
                drain: 5
                """))
                .containsExactly(
                        "edge.yaml:1:8 drain: '5' is not a duration [wrong-value]. Write a whole number with its unit: 250ms, 2s, 5m, 1h.");
    }

    @Test
    void tellsDurationWithASpace() {
        assertThat(problems("""
                drain: 5 s
                """))
                .containsExactly(
                        "edge.yaml:1:8 drain: '5 s' is not a duration [wrong-value]. Write a whole number with its unit: 250ms, 2s, 5m, 1h.");
    }

    @Test
    void tellsQuotedNumber() {
        assertThat(problems("""
                event_loops: "4"
                """))
                .containsExactly(
                        "edge.yaml:1:14 event_loops: the text \"4\" is not a whole number [wrong-type]. Remove the quotes.");
    }

    @Test
    void tellsLeadingZero() {
        assertThat(problems("""
                event_loops: 010
                """))
                .containsExactly(
                        "edge.yaml:1:14 event_loops: '010' is not a whole number [wrong-type]. Remove the leading zero, which some readers of YAML take for octal.");
    }

    @Test
    void tellsNumberBeyondAllBounds() {
        assertThat(problems("""
                event_loops: 99999999999
                """))
                .containsExactly(
                        "edge.yaml:1:14 event_loops: 99999999999 is larger than any setting [wrong-value]. Lower it.");
    }

    @Test
    void tellsNumberOutOfRange() {
        assertThat(problems("""
                event_loops: 5000
                """))
                .containsExactly(
                        "edge.yaml:1:14 event_loops: event_loops is 5000, which is not within 0 to 1024 [wrong-value].");
    }

    @Test
    void tellsBooleanOfYaml11() {
        assertThat(problems("""
                admin: { enabled: yes }
                """))
                .containsExactly("edge.yaml:1:19 admin.enabled: 'yes' is not true or false [wrong-type].");
    }

    @Test
    void tellsWordInPlaceOfARecord() {
        assertThat(problems("""
                admin: on
                """))
                .containsExactly("edge.yaml:1:8 admin: 'on' is not a map with address, port, enabled [wrong-type].");
    }

    @Test
    void tellsSizeInDecimalUnits() {
        assertThat(problems("""
                access_log: { to: stdout, buffer: 4MB }
                """))
                .containsExactly(
                        "edge.yaml:1:35 access_log.buffer: '4MB' is not a size [wrong-value]. Write a whole number of bytes, or one with KiB, MiB or GiB: 512, 16KiB.");
    }

    @Test
    void tellsPortAndUnixSocket() {
        assertThat(problems("""
                listeners:
                  edge: { port: 8080, unix: /run/x }
                """))
                .containsExactly(
                        "edge.yaml:2:3 listeners.edge: A listener has either a port or a unix socket [wrong-value]. Give one of the two.");
    }

    @Test
    void tellsSeveralBadValuesInOneListener() {
        assertThat(problems("""
                listeners:
                  edge: { port: 70000, protocol: htpp }
                """))
                .containsExactly(
                        "edge.yaml:2:17 listeners.edge.port: port is 70000, which is not within 0 to 65535 [wrong-value].",
                        "edge.yaml:2:34 listeners.edge.protocol: 'htpp' is not one of http, tcp, auto, udp [wrong-value]. Did you mean 'http'?");
    }

    @Test
    void tellsListenerWithoutAPort() {
        assertThat(problems("""
                listeners:
                  edge: {}
                """))
                .containsExactly(
                        "edge.yaml:2:3 listeners.edge: A listener has either a port or a unix socket [wrong-value]. Give one of the two.");
    }

    @Test
    void tellsEveryBadLimitAndRange() {
        assertThat(problems("""
                listeners:
                  edge: { port: 1, limits: { head_bytes: 2MiB, connections: 0 , head_fields: 0 }, allow: [10.0.0.1/8, foo] }
                """))
                .containsExactly(
                        "edge.yaml:2:42 listeners.edge.limits.head_bytes: head_bytes is 2MiB, which is above 1MiB [wrong-value].",
                        "edge.yaml:2:61 listeners.edge.limits.connections: connections is 0, which is not within 1 to 10000000 [wrong-value].",
                        "edge.yaml:2:78 listeners.edge.limits.head_fields: head_fields is 0, which is not within 1 to 1000 [wrong-value].",
                        "edge.yaml:2:91 listeners.edge.allow[0]: '10.0.0.1/8' has bits set beyond its prefix [wrong-value]. Clear them, or use a longer prefix.",
                        "edge.yaml:2:103 listeners.edge.allow[1]: 'foo' is not an address range [wrong-value]. Write an IP address or CIDR: 10.0.0.0/8, ::1.");
    }

    @Test
    void tellsBadName() {
        assertThat(problems("""
                listeners:
                  Edge!: { port: 1 }
                """))
                .containsExactly(
                        "edge.yaml:2:3 listeners.Edge!: 'Edge!' is not a name [bad-name]. A name has 1 to 63 of a-z, 0-9, '.', '_' and '-', and begins and ends with a letter or digit. Rename it.");
    }

    @Test
    void tellsEveryBadEndpoint() {
        assertThat(problems("""
                services:
                  a: { endpoints: [localhost, 127.0.0.1:1, 127.0.0.1:1, "::1:1"], retries: 99, idle_connections: -1 }
                  b: {}
                  c: { endpoints: [127.0.0.1:1, 127.0.0.1:1] }
                """))
                .containsExactly(
                        "edge.yaml:2:20 services.a.endpoints[0]: 'localhost' is not an endpoint [wrong-value]. Write host:port, [ipv6]:port or unix:/path.",
                        "edge.yaml:2:57 services.a.endpoints[3]: '::1:1': put an IPv6 address in brackets: [::1]:9001 [wrong-value].",
                        "edge.yaml:2:76 services.a.retries: attempts is 99, which is not within 0 to 10 [wrong-value].",
                        "edge.yaml:2:98 services.a.idle_connections: idle_connections is -1, which is not within 0 to 1000000 [wrong-value].",
                        "edge.yaml:3:3 services.b: this service has no endpoints [no-endpoints]. Every request to it would be answered 503. Add endpoints: [host:port], or remove the service.",
                        "edge.yaml:4:33 services.c.endpoints[1]: 127.0.0.1:1 is given twice, first as endpoint 1 [duplicate-endpoint]. An endpoint has one state and one share. Remove one, and give the other a weight if it is to get more.");
    }

    @Test
    void tellsEndpointWithoutAnAddress() {
        assertThat(problems("""
                services:
                  a: { endpoints: [{weight: 3}], balance: fast }
                """))
                .containsExactly(
                        "edge.yaml:2:20 services.a.endpoints[0]: address is missing [missing-key]. host:port, [ipv6]:port or unix:/path. It has no default: add 'address: ...'.",
                        "edge.yaml:2:43 services.a.balance: 'fast' is not a way to balance [wrong-value]. Use p2c_ewma, least_request, round_robin, random, maglev or ring_hash.");
    }

    @Test
    void tellsBadBalance() {
        assertThat(problems("""
                services:
                  a: { endpoints: [{address: a:1, weight: x}], balance: {algorithm: maglv, hash: cookie} }
                """))
                .containsExactly(
                        "edge.yaml:2:43 services.a.endpoints[0].weight: 'x' is not a whole number [wrong-type].",
                        "edge.yaml:2:69 services.a.balance.algorithm: 'maglv' is not one of p2c_ewma, least_request, round_robin, random, maglev, ring_hash [wrong-value]. Did you mean 'maglev'?",
                        "edge.yaml:2:82 services.a.balance.hash: 'cookie' is not a hash key [wrong-value]. Write source, header:NAME, cookie:NAME or query:NAME.");
    }

    @Test
    void tellsRoutesThatTheModelRefuses() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  a: { listener: edge }
                  b: { listener: edge, to: payments, redirect: {status: 305}, path: {prefx: /x} }
                  c: { listener: edge, to: payments, path: {prefix: /x, exact: /y}, method: get, headers: {"a b": x, y: {regex: "("}} }
                """))
                .containsExactly(
                        "edge.yaml:6:3 routes.a: A route has exactly one of to, redirect and answer; this one has none [wrong-value].",
                        "edge.yaml:7:57 routes.b.redirect.status: status is 305; a redirect is 301, 302, 303, 307 or 308 [wrong-value].",
                        "edge.yaml:7:70 routes.b.path.prefx: key 'prefx' is not known here [unknown-key]. Did you mean 'prefix'?",
                        "edge.yaml:8:38 routes.c.path: this has 2 keys [wrong-value]. It has exactly one of prefix, exact, template, regex. Keep the one that is meant.",
                        "edge.yaml:8:77 routes.c.method: 'get' is not a method [wrong-value]. Methods are upper case: GET.",
                        "edge.yaml:8:82 routes.c.headers: 'a b' is not a header name [wrong-value].");
    }

    @Test
    void tellsRewritesAndRegexesThatCannotWork() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  a: { listener: edge, path: {regex: "(?=x)"}, to: payments, rewrite: {prefix: /x} }
                  b: { listener: edge, to: payments, path: "/o/{id}", rewrite: {path: "/p/{ie}"} }
                  c: { listener: edge, path: "/o/{x}", to: payments }
                """))
                .containsExactly(
                        "edge.yaml:6:38 routes.a.path.regex: '(?=x)' is not a regular expression: invalid or unsupported Perl syntax [bad-regex]. The syntax is RE2's, which has no look-around and no back-references, so that matching takes linear time. See https://github.com/google/re2/wiki/Syntax.",
                        "edge.yaml:6:80 routes.a.rewrite.prefix: this replaces a prefix, and the route matches (?=x) by regex [needs-prefix]. There is no matched prefix to replace. Match a prefix, or give the whole path instead.",
                        "edge.yaml:7:71 routes.b.rewrite.path: {ie} is not a variable of the route's path /o/{id} [unknown-variable]. Did you mean 'id'?",
                        "edge.yaml:8:3 routes.c: routes 'b' and 'c' match the same requests: /o/{} on listener 'edge' [route-conflict]. Only one of them could ever be taken. Remove one, make its match differ, or put both services into one route with weights.");
    }

    @Test
    void tellsAddressesThatConflict() {
        assertThat(problems("""
                listeners:
                  a: { port: 8080 }
                  b: { port: 8080, address: "0.0.0.0" }
                  c: { port: 9901, address: "::" }
                  d: { unix: /x }
                  e: { unix: /x }
                  f: { port: 1, address: localhost }
                """))
                .containsExactly(
                        "edge.yaml:3:3 listeners.b: port 8080 of 0.0.0.0 is taken by listeners.a [address-conflict]. Clients would reach the one or the other at random. Give one of them another port, address or socket.",
                        "edge.yaml:4:3 listeners.c: port 9901 of 0:0:0:0:0:0:0:0 is taken by admin [address-conflict]. Clients would reach the one or the other at random. Give one of them another port, address or socket.",
                        "edge.yaml:6:3 listeners.e: the socket /x is taken by listeners.d [address-conflict]. Clients would reach the one or the other at random. Give one of them another port, address or socket.",
                        "edge.yaml:7:26 listeners.f.address: 'localhost' is not an IP address [wrong-value]. Listening on a name would depend on what DNS says at the moment. Write 127.0.0.1, 0.0.0.0 or ::, or the address of an interface.");
    }

    @Test
    void tellsHttpOnATcpListener() {
        assertThat(problems("""
                listeners:
                  t: { port: 1, protocol: tcp }
                  u: { port: 2, protocol: tcp }
                services:
                  payments: { endpoints: [127.0.0.1:9001] }
                routes:
                  a: { listener: t, to: payments, host: x.y, path: /z }
                  b: { listener: t, to: payments }
                """))
                .containsExactly(
                        "edge.yaml:3:3 listeners.u: no route is on this tcp listener [tcp-route]. A connection has nowhere to go. Add a route with listener: u and to: a service.",
                        "edge.yaml:7:41 routes.a.host: host has no meaning on tcp listener 't' [tcp-route]. TCP carries bytes without requests. Remove it, or give the listener protocol: http.",
                        "edge.yaml:7:52 routes.a.path: path has no meaning on tcp listener 't' [tcp-route]. TCP carries bytes without requests. Remove it, or give the listener protocol: http.",
                        "edge.yaml:8:3 routes.b: 'a' is on tcp listener 't' already [tcp-route]. TCP has nothing to tell two routes by. Keep one; to spread over services, give to a map of services to weights.");
    }

    @Test
    void tellsWhatUdpHasNot() {
        assertThat(problems("""
                listeners:
                  a: { unix: /run/a.sock, protocol: udp }
                  b: { port: 2, protocol: udp, proxy_protocol: required }
                  c: { port: 3, protocol: udp }
                  d: { port: 3, protocol: tcp }
                services:
                  s: { endpoints: ["unix:/x"] }
                  t: { endpoints: [127.0.0.1:1], health: { http: /, udp: { send: "\u20ac" } } }
                routes:
                  c: { listener: c, to: s, method: GET }
                  d: { listener: d, to: s }
                """))
                .containsExactly(
                        "edge.yaml:2:37 listeners.a.protocol: protocol is udp, which has no Unix sockets here [wrong-value]. Give a port instead.",
                        "edge.yaml:3:3 listeners.b: proxy_protocol is required, and protocol is udp [wrong-value]. Only connections begin with its header: remove it.",
                        "edge.yaml:8:34 services.t.health: A check asks over http or over udp, not both [wrong-value]. Remove one of the two.",
                        "edge.yaml:8:66 services.t.health.udp.send: send must be at most 1232 characters of U+0000 to U+00FF, each of which is one byte [wrong-value]. Write others as their bytes: \"\\xe2\".",
                        "edge.yaml:10:25 routes.c.to: service 's' has an endpoint that is a Unix socket [udp-route]. Datagrams go to ports alone. Give its endpoints as host:port.",
                        "edge.yaml:10:36 routes.c.method: method has no meaning on udp listener 'c' [udp-route]. UDP carries bytes without requests. Remove it, or give the listener protocol: http.");
    }

    @Test
    void tellsWhatContradictsFailureDomains() {
        assertThat(problems("""
                services:
                  s:
                    endpoints: [127.0.0.1:1]
                    balance: maglev
                    rebalance: 10%
                  t: { endpoints: [{ address: 127.0.0.1:1, priority: 16 }], locality: { overprovisioning: 0.5, panic: 50 } }
                """))
                .containsExactly(
                        "edge.yaml:2:3 services.s: rebalance has what lasts begin anew at another endpoint, and balance: maglev sends the same key back to the same one [wrong-value]. Remove one of the two.",
                        "edge.yaml:6:54 services.t.endpoints[0].priority: priority is 16, which is not within 0 to 15 [wrong-value].",
                        "edge.yaml:6:91 services.t.locality.overprovisioning: overprovisioning is 0.5; it is at least 1 [wrong-value].",
                        "edge.yaml:6:103 services.t.locality.panic: '50' is not a share [wrong-value]. Write it with its sign: 20%.");
    }

    @Test
    void tellsPartsThatAreBadWhileTheRestIsChecked() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  a: { listener: edge, to: payments, nope: 1 }
                  a2: { listener: edge, to: { payments: many } }
                  a3: { to: payments }
                """))
                .containsExactly(
                        "edge.yaml:6:38 routes.a.nope: key 'nope' is not known here [unknown-key]. The keys here are listener, host, path, grpc, method, headers, query, sni, to, redirect, answer, rewrite, request, response, mirror, budget, criticality, retries, rate_limits, idempotency.",
                        "edge.yaml:7:41 routes.a2.to.payments: 'many' is not a whole number [wrong-type].",
                        "edge.yaml:8:3 routes.a3: listener is missing [missing-key]. The name of the listener. It has no default: add 'listener: ...'.");
    }

    @Test
    void tellsMapAsAKey() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes: { a: { <<: {listener: edge}, to: payments }, ? [x] : y }
                """))
                .containsExactly(
                        "edge.yaml:5:56: a map or list stands where a key should [yaml-syntax]. Keys are words. Quote text that begins with { or [.");
    }

    @Test
    void tellsControlCharacter() {
        assertThat(problems("a: \u0007\n"))
                .containsExactly(
                        "edge.yaml:1:4: the character U+0007 cannot stand in YAML [yaml-syntax]. Remove it, or write it as an escape in double quotes.");
    }

    @Test
    void tellsReferencesOfARouteThatCannotBeMade() {
        assertThat(problems(EDGE_AND_PAYMENTS + """
                routes:
                  a: { listener: egde }
                  b: { listner: edge, to: paymets }
                  c: { listener: egde, to: payments, redirect: {} }
                """))
                .extracting(problem -> problem.replaceAll("(^[^ ]* [^:]*).*(\\[.*?]).*", "$1 $2"))
                .containsExactly(
                        "edge.yaml:6:3 routes.a [wrong-value]",
                        "edge.yaml:6:18 routes.a.listener [dangling-reference]",
                        "edge.yaml:7:3 routes.b [missing-key]",
                        "edge.yaml:7:8 routes.b.listner [unknown-key]",
                        "edge.yaml:7:27 routes.b.to [dangling-reference]",
                        "edge.yaml:8:3 routes.c [wrong-value]",
                        "edge.yaml:8:18 routes.c.listener [dangling-reference]");
    }

    @Test
    void showsTheLineWithACaret() {
        Loaded loaded = ConfigReader.create().readText("edge.yaml", "admin:\n  port: many\n");

        assertThat(((Loaded.Rejected) loaded).problems().getFirst().renderWithSource())
                .isEqualToNormalizingNewlines("""
                        edge.yaml:2:9 admin.port: 'many' is not a whole number [wrong-type].
                         2 |   port: many
                           |         ^""");
    }

    @Test
    void boundsDepth() {
        assertThat(problems("a: " + "[".repeat(100_000)))
                .singleElement()
                .asString()
                .startsWith("edge.yaml:1:35: this is more than 32 levels deep [too-deep].");
    }

    @Test
    void boundsBillionLaughs() {
        StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            text.append(
                    "a%d: &a%d [%s]\n".formatted(i, i, "*a%d, ".formatted(i - 1).repeat(10)));
        }
        assertThat(problems(text.toString())).singleElement().asString().contains("[too-many-values]");
    }

    @Test
    void tellsTenThousandDanglingRoutesInOrder() {
        StringBuilder text = new StringBuilder(EDGE_AND_PAYMENTS + "routes:\n");
        for (int i = 0; i < 10_000; i++) {
            text.append("  r%d: { listener: edge, path: /p%d, to: paymets }\n".formatted(i, i));
        }
        List<String> problems = problems(text.toString());
        assertThat(problems).hasSize(10_000);
        assertThat(problems.getLast()).startsWith("edge.yaml:10005:").contains("routes.r9999.to");
    }
}
