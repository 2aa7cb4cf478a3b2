package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a reader should never have to say twice about the sources. */
class TidyTest {
    private static final int MOST_LINES = 400;

    /** Files that are longer than a file should be, and why each is still one. */
    private static final Map<String, String> LONGER = Map.ofEntries(
            Map.entry("Exchange.java", "the story of a request, which reads in order only while it is whole"),
            Map.entry(
                    "ConnectionStart.java", "one ladder from the first byte to the protocol, read from top to bottom"),
            Map.entry("Http1Downstream.java", "one state machine, whose transitions are all in one place"),
            Map.entry("Http1Upstream.java", "one state machine, whose transitions are all in one place"),
            Map.entry("ServerStream.java", "one state machine, whose transitions are all in one place"),
            Map.entry("Metric.java", "the list of all metrics, in the order of the page that is made of it"),
            Map.entry("Session.java", "the rules of RFC 9113 that both sides share, in the order of the RFC"),
            Map.entry("Http2AttackTest.java", "a catalogue of attacks, one after the other"),
            Map.entry("UpstreamTest.java", "a catalogue of what endpoints do, one after the other"),
            Map.entry("BrokenConfigurationsTest.java", "a catalogue of mistakes, one after the other"),
            Map.entry(
                    "TcpDownstream.java",
                    "one connection from its first byte to its last, in the order in which things happen to it"),
            Map.entry("Delivery.java", "what is tried again, when and where: the rules read against each other"),
            Map.entry("Decision.java", "the list of all that is recorded of an interaction"),
            Map.entry("ExamplesTest.java", "one test for each example, in the order of the folder"),
            Map.entry("OutlierDetectorTest.java", "a catalogue of what ejects and what does not"));

    private static final Pattern FORBIDDEN_NAME =
            Pattern.compile(".*(Utils?|Helper|Manager|Impl|Common)(Test)?\\.java");
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");

    @Test
    void noFileIsLongerThanIsComfortableWithoutAReason() throws IOException {
        List<String> longer = new ArrayList<>();
        for (Path source : sources()) {
            long lines = lines(source).size();
            if (lines > MOST_LINES && !LONGER.containsKey(source.getFileName().toString())) {
                longer.add(source + ": " + lines + " lines");
            }
        }
        assertThat(longer).isEmpty();
    }

    @Test
    void noNameSaysNothing() throws IOException {
        assertThat(sources())
                .noneMatch(source ->
                        FORBIDDEN_NAME.matcher(source.getFileName().toString()).matches());
    }

    @Test
    void nothingIsLeftForLater() throws IOException {
        List<String> marks = new ArrayList<>();
        for (Path source : sources()) {
            for (String line : lines(source)) {
                if (UNFINISHED.matcher(line).find()) {
                    marks.add(source + ": " + line);
                }
            }
        }
        assertThat(marks).isEmpty();
    }

    private static List<String> lines(Path source) throws IOException {
        return Files.readAllLines(source);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(root())) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList();
            assertThat(sources).as("sources under %s", root()).hasSizeGreaterThan(100);
            return sources;
        }
    }

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("mvnw")) ? here : here.resolve("..").normalize();
    }
}
