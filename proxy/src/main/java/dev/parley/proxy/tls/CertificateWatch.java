package dev.parley.proxy.tls;

import dev.parley.model.certificate.CertificateChain;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates in use, and whether they near their end: by share of their lifetime, for a third of a year is a lot and a third
 * of an hour is as much of an hour-long one. Warns when the last third begins, where most renew, and when the last tenth does;
 * one that is over is an error at each look.
 */
public final class CertificateWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
    private static final double LATE = 1.0 / 3;
    private static final double VERY_LATE = 0.1;

    private final Clock clock;
    /** The stage that was warned of, by certificate. */
    private final Map<Watched, Stage> told = new HashMap<>();

    private volatile List<Watched> all = List.of();

    CertificateWatch() {
        this(Clock.systemUTC());
    }

    CertificateWatch(Clock clock) {
        this.clock = clock;
    }

    /** How near its end a certificate is. */
    enum Stage {
        FINE,
        LATE,
        VERY_LATE,
        OVER
    }

    /**
     * A certificate that Parley shows.
     *
     * @param kind {@code listener} or {@code service}
     * @param owner the name of that
     */
    public record Watched(String kind, String owner, CertificateChain chain) {
        /** The file that it was read from. */
        public String file() {
            return chain.files().certificate().text();
        }

        /** Seconds until it ends at a time; negative where it has. */
        public double secondsLeft(Instant now) {
            return Duration.between(now, chain.ends()).toMillis() / 1e3;
        }
    }

    /** Those in use now. */
    public List<Watched> all() {
        return all;
    }

    /** These are in use from now on; looks at them at once. */
    void of(List<Watched> current) {
        synchronized (told) {
            told.keySet().retainAll(current);
        }
        all = List.copyOf(current);
        look();
    }

    /** Warns of those that near their end, once for each stage. */
    void look() {
        Instant now = clock.instant();
        synchronized (told) {
            for (Watched each : all) {
                Stage stage = stage(each.chain().shareLeft(now));
                Stage before = told.put(each, stage);
                if (stage == Stage.OVER || (stage != Stage.FINE && stage != before)) {
                    warn(each, stage);
                }
            }
        }
    }

    static Stage stage(double shareLeft) {
        return shareLeft <= 0
                ? Stage.OVER
                : shareLeft < VERY_LATE ? Stage.VERY_LATE : shareLeft < LATE ? Stage.LATE : Stage.FINE;
    }

    private static void warn(Watched of, Stage stage) {
        switch (stage) {
            case FINE -> {}
            case LATE ->
                LOG.warn(
                        "certificate in the last third of its lifetime {}={} file={} ends={}",
                        of.kind(),
                        of.owner(),
                        of.file(),
                        of.chain().ends());
            case VERY_LATE ->
                LOG.warn(
                        "certificate in the last tenth of its lifetime, renew it now {}={} file={} ends={}",
                        of.kind(),
                        of.owner(),
                        of.file(),
                        of.chain().ends());
            case OVER ->
                LOG.error(
                        "certificate expired, peers refuse it {}={} file={} ended={}",
                        of.kind(),
                        of.owner(),
                        of.file(),
                        of.chain().ends());
        }
    }
}
