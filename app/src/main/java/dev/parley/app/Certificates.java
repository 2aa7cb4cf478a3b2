package dev.parley.app;

import dev.parley.proxy.tls.CertificateWatch;
import dev.parley.proxy.tls.CertificateWatch.Watched;
import dev.parley.telemetry.admin.Status;
import dev.parley.telemetry.metrics.Metric;
import dev.parley.telemetry.metrics.MetricsRegistry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Shows how the certificates that are in use stand, to metrics and to {@code /status}. */
final class Certificates {
    private Certificates() {}

    static void read(MetricsRegistry metrics, CertificateWatch watch) {
        metrics.readEach(Metric.CERTIFICATE_REMAINING, () -> each(watch, of -> of.secondsLeft(Instant.now())));
        metrics.readEach(
                Metric.CERTIFICATE_SHARE_LEFT,
                () -> each(watch, of -> of.chain().shareLeft(Instant.now())));
    }

    private static Map<List<String>, Double> each(CertificateWatch watch, ToDoubleFunction<Watched> value) {
        Map<List<String>, Double> values = new HashMap<>();
        watch.all().forEach(of -> values.put(List.of(of.kind(), of.owner(), of.file()), value.applyAsDouble(of)));
        return values;
    }

    static List<Status.CertificateStatus> status(CertificateWatch watch) {
        Instant now = Instant.now();
        return watch.all().stream()
                .map(of -> new Status.CertificateStatus(
                        of.kind(),
                        of.owner(),
                        of.file(),
                        of.chain().names(),
                        of.chain().ends(),
                        of.chain().shareLeft(now)))
                .toList();
    }
}
