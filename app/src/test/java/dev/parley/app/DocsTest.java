package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proxy.record.Outcome;
import dev.parley.telemetry.metrics.HandshakeResult;
import dev.parley.telemetry.metrics.Metric;
import dev.parley.wire.http1.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tables in docs/ that the code knows better. Rewrite them with {@code -Ddocs.write=true}. */
class DocsTest {
    private static final Path OPERATIONS = Path.of("../docs/operations.md");
    private static final Path ERRORS = Path.of("../docs/errors.md");

    @Test
    void operationsHasEveryMetric() throws IOException {
        assertTable(
                OPERATIONS,
                "metrics",
                "| metric | kind | labels | meaning |",
                Arrays.stream(Metric.values())
                        .map(metric -> "| `%s` | %s | %s | %s |"
                                .formatted(
                                        metric.exposedName() + (metric.kind() == Metric.Kind.INFO ? "_info" : ""),
                                        metric.kind().name().toLowerCase(Locale.ROOT),
                                        String.join(", ", metric.labels()),
                                        metric.help())));
    }

    @Test
    void errorsHasEveryOutcome() throws IOException {
        assertTable(
                ERRORS,
                "outcomes",
                "| outcome | fault | meaning |",
                Arrays.stream(Outcome.values())
                        .map(outcome -> "| `%s` | %s | %s |"
                                .formatted(
                                        outcome.code().text(),
                                        outcome.fault().name().toLowerCase(Locale.ROOT),
                                        outcome.meaning())));
    }

    @Test
    void errorsHasEveryResultOfAHandshake() throws IOException {
        assertTable(
                ERRORS,
                "handshakes",
                "| result | meaning |",
                Arrays.stream(HandshakeResult.values())
                        .map(result -> "| `%s` | %s |".formatted(result.code(), result.meaning())));
    }

    @Test
    void errorsHasEveryRefusal() throws IOException {
        Predicate<Refusal> ofAnswer = refusal -> refusal.code().startsWith("response-");
        assertTable(
                ERRORS,
                "refusals",
                "| code | status | meaning |",
                Arrays.stream(Refusal.values())
                        .filter(ofAnswer.negate())
                        .map(refusal -> "| `%s` | %d | %s |"
                                .formatted(refusal.code(), refusal.status(), refusal.explanation())));
        assertTable(
                ERRORS,
                "answer refusals",
                "| code | meaning |",
                Arrays.stream(Refusal.values())
                        .filter(ofAnswer)
                        .map(refusal -> "| `%s` | %s |".formatted(refusal.code(), refusal.explanation())));
    }

    private static void assertTable(Path page, String name, String columns, Stream<String> rows) throws IOException {
        String table = "%s%n%s%n%s%n"
                .formatted(
                        columns,
                        columns.replaceAll("[^|]+", "---"),
                        rows.collect(Collectors.joining(System.lineSeparator())));
        String begin = "<!-- %s: written by DocsTest -->%n".formatted(name);
        String text = Files.readString(page);
        int from = text.indexOf(begin);
        int to = text.indexOf("<!-- /%s -->".formatted(name));
        assertThat(from).as("the mark of %s in %s", name, page).isBetween(0, to);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(page, text.substring(0, from + begin.length()) + table + text.substring(to));
        }
        assertThat(page).content().contains(begin + table);
    }
}
