package dev.parley.telemetry.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One scrape: gathers data points by metric and writes them. The only user of the Prometheus library, whose classes are
 * loaded by the first scrape and not by the start.
 */
public final class Exposition {
    private final ExpositionFormatWriter format;
    private final Map<Metric, List<DataPointSnapshot>> points = new EnumMap<>(Metric.class);

    Exposition(String accept) {
        format = accept.contains("application/openmetrics-text")
                ? OpenMetricsTextFormatWriter.create()
                : PrometheusTextFormatWriter.create();
    }

    /** The Content-Type of what {@link #writeTo} writes. */
    public String contentType() {
        return format.getContentType();
    }

    /** Writes everything that was gathered. The stream stays open. */
    public void writeTo(OutputStream to) throws IOException {
        List<MetricSnapshot> families = new ArrayList<>();
        points.forEach((metric, values) -> families.add(family(metric, values)));
        format.write(to, new MetricSnapshots(families));
    }

    /** Prometheus' numbers are doubles: exact up to 2^53, which is bytes for three months at 1 GB/s. */
    void add(Metric metric, long value, String... labelValues) {
        add(metric, (double) value, labelValues);
    }

    void add(Metric metric, double value, String... labelValues) {
        Labels labels = labels(metric, labelValues);
        put(
                metric,
                metric.kind() == Metric.Kind.COUNTER
                        ? new CounterDataPointSnapshot(value, labels, null, 0L)
                        : new GaugeDataPointSnapshot(value, labels, null));
    }

    /** Buckets are exposed by octave: their bounds are 2^16 to 2^36 ns, written in seconds. */
    void add(Metric metric, Latencies latencies, String... labelValues) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int octave = LatencyHistogram.FIRST_OCTAVE; octave <= LatencyHistogram.LAST_OCTAVE; octave++) {
            buckets.bucket((1L << octave) / 1e9, latencies.countWithinOctave(octave));
        }
        buckets.bucket(Double.POSITIVE_INFINITY, latencies.countBeyond());
        put(
                metric,
                new HistogramDataPointSnapshot(
                        buckets.build(), latencies.sumNs() / 1e9, labels(metric, labelValues), Exemplars.EMPTY, 0L));
    }

    /** Buckets are exposed by tenths. */
    void add(Metric metric, Shares shares, String... labelValues) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int tenth = 0; tenth < Shares.TENTHS; tenth++) {
            buckets.bucket((tenth + 1) / 10.0, shares.count(tenth));
        }
        buckets.bucket(Double.POSITIVE_INFINITY, shares.count(Shares.TENTHS));
        put(
                metric,
                new HistogramDataPointSnapshot(
                        buckets.build(), shares.sum(), labels(metric, labelValues), Exemplars.EMPTY, 0L));
    }

    void state(Metric metric, String... labelValues) {
        put(metric, new InfoDataPointSnapshot(labels(metric, labelValues)));
    }

    private void put(Metric metric, DataPointSnapshot point) {
        points.computeIfAbsent(metric, absent -> new ArrayList<>()).add(point);
    }

    private static Labels labels(Metric metric, String[] values) {
        return Labels.of(metric.labels().toArray(String[]::new), values);
    }

    private static MetricSnapshot family(Metric metric, List<DataPointSnapshot> points) {
        // The library adds the suffix of a counter itself and refuses a name that has it.
        String name = metric.kind() == Metric.Kind.COUNTER
                ? metric.exposedName().substring(0, metric.exposedName().length() - "_total".length())
                : metric.exposedName();
        MetricMetadata metadata = new MetricMetadata(name, metric.help());
        return switch (metric.kind()) {
            case COUNTER -> new CounterSnapshot(metadata, typed(points, CounterDataPointSnapshot.class));
            case GAUGE -> new GaugeSnapshot(metadata, typed(points, GaugeDataPointSnapshot.class));
            case HISTOGRAM -> new HistogramSnapshot(metadata, typed(points, HistogramDataPointSnapshot.class));
            case INFO -> new InfoSnapshot(metadata, typed(points, InfoDataPointSnapshot.class));
        };
    }

    private static <P> List<P> typed(List<DataPointSnapshot> points, Class<P> type) {
        return points.stream().map(type::cast).toList();
    }
}
