package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WarmUpTest {
    @Test
    void answersEveryRequestOfEveryKind() {
        int answered = WarmUp.run(new WarmUp.Amount(400, Duration.ofSeconds(30)));

        assertThat(answered).isEqualTo(400);
    }

    @Test
    void servesNothingWhereItIsOff() {
        assertThat(WarmUp.run(WarmUp.Amount.NONE)).isZero();
    }
}
