package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void hasEachOfItsRequestsAnswered() {
        assertThat(WarmUp.run(new WarmUp.Amount(2_000, Duration.ofMinutes(1)))).isEqualTo(2_000);
    }
}
