package dev.parley.app.http2;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.app.life.LiveProxy;
import dev.parley.testkit.Answer;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.ChildProcess;
import dev.parley.testkit.Origin;
import dev.parley.testkit.Programs;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of RFC 9113 and RFC 7541 for servers, one case each; and the same rules put to nghttpd, to show that they are sound. */
class ConformanceTest {
    /** Long enough to be cut by the windows of a few bytes that some rules give. */
    static final String BODY = "a body of some length";

    static Stream<Rule> rules() {
        return Stream.of(ConnectionRules.all(), FrameRules.all(), MessageRules.all(), CompressionRules.all())
                .flatMap(rules -> rules);
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Parley {
        private Origin origin;
        private LiveProxy parley;

        @BeforeAll
        void start() throws IOException {
            origin = Origin.answering(Answer.ok(BODY));
            parley = LiveProxy.start("""
                    admin: { enabled: false }
                    listeners: { edge: { port: 0, protocol: http } }
                    services: { s: { endpoints: ["%s"] } }
                    routes: { r: { listener: edge, to: s } }
                    """.formatted(origin.endpoint()));
        }

        @AfterAll
        void stop() throws IOException {
            try {
                parley.requireNothingIsLeft();
            } finally {
                parley.close();
                origin.close();
            }
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("dev.parley.app.http2.ConformanceTest#rules")
        void keeps(Rule rule) throws IOException {
            rule.check(parley.port("edge"), Rule.Strictness.EXACT);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Nghttpd {
        /** Where nghttpd 1.52 is of another opinion, and why that says nothing against the rule. */
        private static final Map<String, String> OTHERWISE = Map.of(
                "5.1.1: a new stream has a higher number", "it takes the lower one for a stream that has ended",
                "5.1.2: streams beyond SETTINGS_MAX_CONCURRENT_STREAMS are refused", "it ends the connection",
                "5.3: a stream that depends on itself does not end the connection",
                        "it ends it, or resets the stream, as RFC 7540 had it",
                "6.9.2: SETTINGS do not take a stream's window beyond 2^31", "it resets the stream alone",
                "8.3.1: :authority has no user information", "it does not look into the authority");

        private ChildProcess server;
        private int port;

        @BeforeAll
        void start(@TempDir Path folder) throws IOException {
            Path program = Programs.require("nghttpd");
            Files.writeString(folder.resolve("index.html"), BODY, UTF_8);
            port = LiveProxy.freePort();
            server = ChildProcess.start(
                    folder,
                    Bounds.WAIT.multipliedBy(6),
                    List.of(program.toString(), "--no-tls", "-d", folder.toString(), Integer.toString(port)));
            Awaitility.await().atMost(Bounds.WAIT).ignoreExceptions().until(() -> {
                RawClient.connect(port).close();
                return true;
            });
        }

        @AfterAll
        void stop() {
            if (server != null) {
                server.close();
            }
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("dev.parley.app.http2.ConformanceTest#rules")
        void keeps(Rule rule) throws IOException {
            Assumptions.assumeFalse(OTHERWISE.containsKey(rule.name()), () -> "nghttpd: " + OTHERWISE.get(rule.name()));
            rule.check(port, Rule.Strictness.ALLOWED);
        }
    }
}
