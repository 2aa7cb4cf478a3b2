package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.telemetry.admin.Status;
import dev.parley.telemetry.metrics.Latencies;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LookBackTest {
    private static final long SECOND = 1_000_000_000L;
    private final LookBack back = new LookBack(0);

    private double look(double seconds, long count) {
        back.begin(Math.round(seconds * SECOND));
        double perSecond = back.perSecond("a", count);
        back.end();
        return perSecond;
    }

    @Test
    void takesRatesSinceTheStartAtFirstAndThenOfTheLastSeconds() {
        assertThat(look(10, 100)).isEqualTo(10);
        assertThat(look(12, 300)).isEqualTo(100);
        assertThat(look(14, 300)).isZero();
    }

    @Test
    void aSecondLookerShortensTheTimeForNobody() {
        look(10, 0);
        look(12, 200);
        // Looks 100 ms apart are compared with one that is old enough.
        assertThat(look(12.1, 210)).isCloseTo(100, within(1e-6));
        assertThat(look(12.2, 220)).isCloseTo(100, within(1e-6));
        assertThat(look(13, 300)).isEqualTo(100);
    }

    @Test
    void saysWhatTimeItsRatesAreOf() {
        look(10, 0);
        back.begin(12 * SECOND);
        assertThat(back.window()).isEqualTo(Duration.ofSeconds(2));
        back.end();
        back.begin(12 * SECOND + SECOND / 2);
        assertThat(back.window()).isEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void whatIsNewIsComparedWithTheStart() {
        look(10, 50);
        back.begin(12 * SECOND);
        assertThat(back.perSecond("b", 24)).isEqualTo(2);
    }

    @Test
    void nothingAskedIsNothingFailed() {
        look(10, 0);
        back.begin(20 * SECOND);
        Status.Lately idle = back.lately("b", 0, 0, Latencies.none());
        assertThat(idle).isEqualTo(new Status.Lately(0, 1, Duration.ZERO, Duration.ZERO));
        Status.Lately failing = back.lately("c", 20, 5, Latencies.none());
        assertThat(failing.successShare()).isEqualTo(0.75);
    }
}
