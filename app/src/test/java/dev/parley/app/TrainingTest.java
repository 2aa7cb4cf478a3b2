package dev.parley.app;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class TrainingTest {
    @Test
    void servesItsConfigurationAsUpDoesAndStops() {
        assertThatCode(() -> Training.run(WarmUp.Amount.NONE)).doesNotThrowAnyException();
    }
}
