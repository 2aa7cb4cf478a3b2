package dev.parley.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void sharesAreNeverBetterThanTheyAre() {
        assertThat(Figures.share(1, 10)).isEqualTo("100.0%");
        assertThat(Figures.share(0.99999, 10)).isEqualTo("99.9%");
        assertThat(Figures.share(1, 0)).isEqualTo("-");
        assertThat(Figures.share(Double.NaN, 10)).isEqualTo("-");
    }

    @Test
    void timesHaveTwoUnitsAtMost() {
        assertThat(Figures.time(Duration.ofSeconds(-3))).isEqualTo("0s");
        assertThat(Figures.time(Duration.ofSeconds(59))).isEqualTo("59s");
        assertThat(Figures.time(Duration.ofSeconds(192))).isEqualTo("3m12s");
        assertThat(Figures.time(Duration.ofMinutes(125))).isEqualTo("2h05m");
        assertThat(Figures.time(Duration.ofHours(76))).isEqualTo("3d04h");
    }

    @Test
    void latenciesAndRatesStayShort() {
        assertThat(Figures.millis(0)).isEqualTo("-");
        assertThat(Figures.millis(0.04)).isEqualTo("0.0 ms");
        assertThat(Figures.millis(99.94)).isEqualTo("99.9 ms");
        assertThat(Figures.millis(99.96)).isEqualTo("100 ms");
        assertThat(Figures.millis(999.6)).isEqualTo("1.00 s");
        assertThat(Figures.rate(9999.96)).isEqualTo("10000");
        assertThat(Figures.rate(0.04)).isEqualTo("0.0");
        assertThat(Figures.rareRate(0)).isEqualTo("-");
        assertThat(Figures.percent(0.754)).isEqualTo("75%");
    }
}
