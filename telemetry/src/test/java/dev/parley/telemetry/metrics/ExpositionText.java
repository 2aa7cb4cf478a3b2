package dev.parley.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of Prometheus' text format 0.0.4 and of OpenMetrics 1.0, as far as Parley writes them: every sample
 * belongs to the family declared above it, families do not interleave, no series comes twice, buckets grow.
 */
final class ExpositionText {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (\\S.*)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|info)");
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(\\{[^ ]*(?: [^}]*)?})? (\\S+)");
    private static final Pattern LABELS = Pattern.compile(
            "\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\"(?:,(?=[a-zA-Z_])|(?=})))*}");

    private final Map<String, Double> samples = new LinkedHashMap<>();
    private final Map<String, String> types = new LinkedHashMap<>();
    private final Set<String> helped = new HashSet<>();
    private String family = "";
    private String bucketSeries = "";
    private double bucketCount;

    static ExpositionText read(String text) {
        ExpositionText read = new ExpositionText();
        assertThat(text).endsWith("\n");
        text.lines().filter(line -> !line.equals("# EOF")).forEach(read::line);
        return read;
    }

    /** The value of a series as it is written: name, and labels in braces. */
    double value(String series) {
        assertThat(samples).containsKey(series);
        return samples.getOrDefault(series, Double.NaN);
    }

    Map<String, Double> samples() {
        return samples;
    }

    Map<String, String> types() {
        return types;
    }

    private void line(String line) {
        Matcher help = HELP.matcher(line);
        if (help.matches()) {
            assertThat(helped.add(help.group(1))).as(line).isTrue();
            return;
        }
        Matcher type = TYPE.matcher(line);
        if (type.matches()) {
            family = type.group(1);
            assertThat(types.put(family, type.group(2)))
                    .as("declared twice: " + line)
                    .isNull();
            return;
        }
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as("not a sample: " + line).isTrue();
        assertThat(sample.group(1)).as("outside its family: " + line).startsWith(family);
        String labels = sample.group(2) == null ? "" : sample.group(2);
        assertThat(labels.isEmpty() || LABELS.matcher(labels).matches())
                .as(line)
                .isTrue();
        double value = Double.parseDouble(sample.group(3).replace("+Inf", "Infinity"));
        assertThat(samples.put(sample.group(1) + labels, value))
                .as("twice: " + line)
                .isNull();
        if (sample.group(1).endsWith("_bucket")) {
            bucket(labels, value, line);
        }
    }

    private void bucket(String labels, double count, String line) {
        String series = labels.replaceFirst(",?le=\"[^\"]*\"", "");
        if (series.equals(bucketSeries)) {
            assertThat(count).as("shrinks: " + line).isGreaterThanOrEqualTo(bucketCount);
        }
        bucketSeries = series;
        bucketCount = count;
    }
}
